"""Lessons, trainings, the first hour, and the daily counts that health is read from."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import access_of
from accounts.models import Department, User
from routing.models.deciding import Decision, RouterModel


class LessonQuerySet(models.QuerySet["Lesson"]):
    """Speaks the domain."""

    def standing(self) -> LessonQuerySet:
        """Lessons nobody took back."""
        return self.filter(undone_at=None)

    def teaching(self) -> LessonQuerySet:
        """Lessons to learn from: they stand, and their words were not erased."""
        return self.standing().exclude(text="")

    def readable_by(self, user: User | AnonymousUser) -> LessonQuerySet:
        """Lessons whose words `user` may read.

        None about a post that any lesson, even one taken back, sends to or from a department that
        `user` may not see: its words are that department's alone.
        """
        visible = sorted(access_of(user).visible_department_ids)
        if not visible:
            return self.none()
        hidden = Lesson.objects.filter(
            Q(from_department__isnull=False) & ~Q(from_department__in=visible)
            | Q(to_department__isnull=False) & ~Q(to_department__in=visible)
        )
        return self.exclude(digest__in=hidden.values("digest")).exclude(
            decision__in=hidden.filter(decision__isnull=False).values("decision")
        )


class Lesson(models.Model):
    """An answer a person gave: where a post belongs."""

    class Source(models.TextChoices):
        HAND_OVER = "hand_over", _("Hand-over")
        TRIAGE = "triage", _("Triage")
        CONFIRMED = "confirmed", _("“Right department”")
        FIRST_HOUR = "first_hour", _("First hour")
        IMPORT = "import", _("Import")

    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="lessons")
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=10, choices=Source.choices)
    from_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: triage"
    )
    to_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: spam"
    )
    is_spam = models.BooleanField(default=False)
    text = models.TextField(blank=True, help_text="empty once it was erased")
    language = models.CharField(max_length=8, blank=True, default="")
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, related_name="lessons", db_index=False
    )
    digest = models.CharField(max_length=32, help_text="the same for the same words")
    likeness = ArrayField(
        models.BigIntegerField(), default=list, help_text="near-identical texts share one of these"
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[models.Manager[Lesson]] = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_spam=True, to_department=None)
                | Q(is_spam=False, to_department__isnull=False),
                name="lesson_has_one_answer",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="lesson_by_time"),
            models.Index(fields=["digest"], name="lesson_by_digest"),
            models.Index(
                fields=["decision"], name="lesson_by_decision", condition=Q(decision__isnull=False)
            ),
            GinIndex(fields=["likeness"], name="lesson_by_likeness"),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} → {self.to_department or 'spam'}"

    @property
    def label(self) -> str:
        """The classifier's name for the answer."""
        return self.to_department.slug if self.to_department else "spam"


class Training(models.Model):
    """One attempt to learn: asked for, running, done; and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True, default="")
    lessons = models.PositiveIntegerField(default=0)
    challenger = models.ForeignKey(RouterModel, on_delete=models.SET_NULL, null=True)
    is_promoted = models.BooleanField(default=False)
    outcome = models.TextField(blank=True, default="", help_text="why it was promoted, or kept")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["waiting", "running"]),
                name="training_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.state}"


class FirstHour(models.Model):
    """A person answering the posts that teach most: what is left, what was said, how it goes."""

    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="first_hours")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    queue = ArrayField(models.BigIntegerField(), default=list, help_text="decisions still to ask")
    asked = ArrayField(
        models.BigIntegerField(), default=list, help_text="decisions answered or skipped"
    )
    answers = models.JSONField(
        default=list, help_text="lesson, label, and what the router would have said"
    )
    pool = models.JSONField(default=list, help_text="share and mean confidence of ten bins")
    model_version = models.CharField(max_length=60, blank=True, default="")
    curve = models.JSONField(default=list, help_text="answers given and accuracy estimated then")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by"], condition=Q(finished_at=None), name="first_hour_one_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.by}, {self.started_at:%Y-%m-%d %H:%M}"


class DayCount(models.Model):
    """How many decisions of one kind a day saw: what health is drawn from, millions or not."""

    day = models.DateField()
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    method = models.CharField(max_length=10, choices=Decision.Method.choices)
    rule = models.BigIntegerField(null=True, help_text="key of the rule, which may be gone")
    bin = models.PositiveSmallIntegerField(help_text="confidence in tenths")
    n = models.PositiveIntegerField()
    confidence = models.FloatField(help_text="sum")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "department", "method", "rule", "bin"],
                nulls_distinct=False,
                name="day_count_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.method} → {self.department or 'triage'}: {self.n}"


class RoutingDay(models.Model):
    """How one day's posts sounded to the router, from a sample."""

    day = models.DateField(primary_key=True)
    n = models.PositiveIntegerField(help_text="decisions")
    mean_confidence = models.FloatField()
    unknown_words = models.FloatField(help_text="share of words that the router never learned")

    def __str__(self) -> str:
        return f"{self.day}"


class RuleDay(models.Model):
    """What one rule did on one day, also where a later rule decided, and what holding it costs."""

    day = models.DateField()
    rule = models.BigIntegerField(help_text="key of the rule, which may be gone")
    n = models.PositiveIntegerField(default=0, help_text="decisions it fired for")
    microseconds = models.FloatField(
        null=True, help_text="mean time of holding one post of a sample against it"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "rule"], name="rule_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.rule}: {self.n}"
