"""Rules, models, and what routing decided and why."""

from __future__ import annotations

from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User


@pghistory.track()
class Rule(models.Model):
    """One line of the ordered rule list: every group that is not empty must match."""

    GROUPS = ("phrases", "words", "channel_ids", "networks", "handles", "languages")

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(_("position"))
    is_active = models.BooleanField(_("active"), default=True)
    phrases = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    words = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    channel_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    networks = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    handles = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    priority = models.SmallIntegerField(_("priority"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def groups(self) -> dict[str, list[Any]]:
        """The conditions: each group that is not empty must match, by any of its entries."""
        return {name: getattr(self, name) for name in self.GROUPS}


@pghistory.track()
class RouterSettings(models.Model):
    """How routing behaves; one row."""

    threshold = models.FloatField(
        _("threshold"),
        default=0.6,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("A post the classifier is less sure of waits in triage. 0 to 1."),
    )
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="router_settings_one_row"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0, threshold__lte=1), name="router_threshold_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return "router settings"


@pghistory.track()
class RouterModel(models.Model):
    """One trained classifier file."""

    version = models.CharField(max_length=60, unique=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    sklearn_version = models.CharField(max_length=20)
    trained_at = models.DateTimeField(default=timezone.now)
    metrics = models.JSONField(default=dict)
    is_active = models.BooleanField(default=False)

    class Meta:
        ordering = ["-trained_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=Q(is_active=True), name="router_model_one_active"
            )
        ]

    def __str__(self) -> str:
        return self.version


class Decision(models.Model):
    """What routing decided for one post, from what it saw."""

    class Method(models.TextChoices):
        RULE = "rule", _("Rule")
        CLASSIFIER = "classifier", _("Classifier")
        TRIAGE = "triage", _("Triage")

    class Sentiment(models.TextChoices):
        NEGATIVE = "negative", _("negative")
        NEUTRAL = "neutral", _("neutral")
        POSITIVE = "positive", _("positive")

    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    method = models.CharField(max_length=10, choices=Method.choices)
    confidence = models.FloatField(default=0)
    probabilities = models.JSONField(default=dict)
    runner_up = models.CharField(max_length=60, blank=True, default="")
    rule = models.ForeignKey(
        Rule, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    rule_version = models.PositiveIntegerField(null=True)
    model_version = models.CharField(max_length=60, blank=True, default="")
    priority = models.SmallIntegerField(null=True)
    reasons = models.JSONField(default=list)
    topic = models.CharField(_("topic"), max_length=40, blank=True, default="")
    topic_confidence = models.FloatField(default=0)
    sentiment = models.CharField(
        _("sentiment"), max_length=8, choices=Sentiment.choices, blank=True, default=""
    )
    urgency = models.PositiveSmallIntegerField(_("urgency"), default=0)
    urgency_cues = models.JSONField(default=list)
    # Why it looks like spam; empty when it does not.
    spam = models.CharField(_("spam"), max_length=200, blank=True, default="")
    # The sentence vector as 16-bit floats, so that nothing is ever encoded twice; empty without.
    vector = models.BinaryField(default=b"")
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # Written by the thousand and kept by the million: no index that every row must enter,
        # but one of pages for "the last two weeks" and one of the few rows a rule's deletion seeks.
        constraints = [
            models.CheckConstraint(
                condition=Q(urgency__gte=0, urgency__lte=3), name="decision_urgency_is_a_level"
            )
        ]
        indexes = [
            BrinIndex(fields=["created_at"], name="decision_by_time"),
            models.Index(fields=["rule"], name="decision_by_rule", condition=Q(rule__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.method} → {self.department or 'triage'}"


class Alarm(models.Model):
    """Something an admin must know about the system's health."""

    class Severity(models.TextChoices):
        WARNING = "warning", _("Warning")
        CRITICAL = "critical", _("Critical")

    key = models.CharField(max_length=100, unique=True)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    message = models.TextField()
    raised_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]

    def __str__(self) -> str:
        return self.message
