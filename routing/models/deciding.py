"""Rules, models, and what routing decided and why."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Skill, SlaPolicy, User

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


@pghistory.track()
class AuthorList(models.Model):
    """People who are known: employees, journalists, VIPs; rules name it by its label."""

    slug = models.SlugField(_("label"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    handles = ArrayField(
        models.CharField(max_length=200), verbose_name=_("handles"), default=list, blank=True
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Rule(models.Model):
    """One line of the ordered rule list: for which posts, and what then."""

    class Place(models.TextChoices):
        DEPARTMENT = "department", _("goes to a department")
        TRIAGE = "triage", _("waits in triage")
        SPAM = "spam", _("is parked as spam")
        UNCHANGED = "unchanged", _("goes where it would have gone")

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(_("position"))
    is_active = models.BooleanField(_("active"), default=True)
    conditions = models.JSONField(_("conditions"), default=dict)
    place = models.CharField(_("place"), max_length=12, choices=Place.choices, default=Place.TRIAGE)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    priority = models.SmallIntegerField(_("priority"), null=True, blank=True)
    tags = ArrayField(
        models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True
    )
    assignee = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sla_policy = models.ForeignKey(
        SlaPolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approval_by = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approval_by_leads = models.BooleanField(_("by its leads alone"), default=False)
    consult = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    notify_user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notify_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    goes_on = models.BooleanField(_("goes on with the next rule"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    owner = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notes = models.TextField(_("notes"), blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(place="department", department__isnull=False)
                | (~Q(place="department") & Q(department=None)),
                name="rule_place_names_its_department",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """What a rule was from one save to the next; rows are only ever added.

    It outlives its rule: decisions point at the exact version that fired.
    """

    class Action(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        RESTORED = "restored", _("restored")
        REMOVED = "removed", _("removed")

    rule = models.ForeignKey(
        Rule, on_delete=models.DO_NOTHING, db_constraint=False, related_name="versions"
    )
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    definition = models.JSONField()
    reason = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"{self.definition.get('name')}, {self.number}"


class RuleProposal(models.Model):
    """A rule, or a change of one, that a lead asks for and an admin accepts or declines."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    rule = models.ForeignKey(
        Rule, on_delete=models.CASCADE, null=True, blank=True, related_name="proposals"
    )
    based_on = models.PositiveIntegerField(null=True, help_text="version of the rule it changes")
    definition = models.JSONField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    settled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="rule_proposal_settled_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.definition.get("name"))


@pghistory.track()
class RouterSettings(models.Model):
    """How routing behaves; one row."""

    threshold = models.FloatField(
        _("threshold"),
        default=0.6,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("A post the classifier is less sure of waits in triage. 0 to 1."),
    )
    consult_margin = models.FloatField(
        _("ask the second department, too, within"),
        default=0.3,
        validators=SHARE,
        help_text=_("When the two likeliest departments are this close. 0: never. 0 to 1."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default="UTC",
        help_text=_("Hours and weekdays in rules are meant in it: Europe/Berlin, for example."),
    )
    lesson_weight = models.FloatField(
        _("weight of a lesson"),
        default=10.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(50.0)],
        help_text=_("A post of your own teaches as much as this many posts of the starter corpus."),
    )
    person_share = models.FloatField(
        _("most one person may weigh"),
        default=0.25,
        validators=[MinValueValidator(0.01), MaxValueValidator(1.0)],
        help_text=_("Share of everything the router learns from. Imported history is not counted."),
    )
    least_gain = models.FloatField(
        _("gain a new model must bring"),
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("It takes charge only if its score is higher by more than this."),
    )
    most_recall_lost = models.FloatField(
        _("share of its posts a department may lose"),
        default=0.02,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_(
            "A new model that finds fewer of its posts by more than this does not take charge."
        ),
    )
    least_accuracy = models.FloatField(
        _("alarm below this accuracy"), default=0.75, validators=SHARE, help_text=_("0 to 1.")
    )
    most_triage = models.FloatField(
        _("alarm above this share in triage"), default=0.5, validators=SHARE
    )
    most_bounces = models.FloatField(
        _("alarm above this bounce rate"), default=0.1, validators=SHARE
    )
    most_miscalibration = models.FloatField(
        _("alarm when surer than right by more than"), default=0.15, validators=SHARE
    )
    most_drift = models.FloatField(
        _("alarm above this drift"),
        default=0.1,
        validators=SHARE,
        help_text=_("More unknown words, or less confidence, than when the model took charge."),
    )
    most_rule_ms = models.FloatField(
        _("alarm above this time a rule takes"),
        default=5.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(1000.0)],
        help_text=_("Milliseconds to hold one post against it."),
    )
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("routing settings")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="router_settings_one_row"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0, threshold__lte=1), name="router_threshold_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


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
    is_pinned = models.BooleanField(
        default=False, help_text="stays in charge whatever a training brings"
    )
    promoted_at = models.DateTimeField(
        null=True, help_text="when it last took charge, other than by going back to it"
    )

    class Meta:
        verbose_name, verbose_name_plural = _("model"), _("models")
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
    fired = models.JSONField(
        default=list, help_text="every rule that matched: id, version, name and its reasons"
    )
    effects = models.JSONField(
        default=dict, help_text="tags, assignee, notify, spam and more, as rules ask for them"
    )
    consult = models.CharField(
        max_length=60, blank=True, default="", help_text="label of a department to be asked"
    )
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
