"""An attack wave or outage: many tickets, one cause."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> IncidentQuerySet:
        return self.filter(closed_at=None)


@pghistory.track()
class Incident(models.Model):
    """What is going on, and by what new posts that belong to it are known."""

    class Kind(models.TextChoices):
        ATTACK_WAVE = "attack_wave", _("Attack wave")
        OUTAGE = "outage", _("Outage")
        OTHER = "other", _("Something else")

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("label"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    phrases = ArrayField(
        models.CharField(max_length=200), verbose_name=_("phrases"), default=list, blank=True
    )
    channels = ArrayField(
        models.BigIntegerField(), verbose_name=_("channels"), default=list, blank=True
    )
    languages = ArrayField(
        models.CharField(max_length=8), verbose_name=_("languages"), default=list, blank=True
    )
    # Keys of decisions, whose vectors say what the posts said; one that was forgotten says nothing.
    examples = ArrayField(
        models.BigIntegerField(), verbose_name=_("examples"), default=list, blank=True
    )
    likeness = models.FloatField(
        _("likeness"),
        default=0.75,
        validators=[MinValueValidator(0.3), MaxValueValidator(1.0)],
        help_text=_("How like an example a post must be, 0.3 to 1."),
    )
    opened_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Incident]] = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("inbox:incident", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
