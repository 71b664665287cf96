"""Rehearsals: what a change of routing would have done to the posts of the last days."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import access_of
from accounts.models import User


class RehearsalQuerySet(models.QuerySet["Rehearsal"]):
    """Speaks the domain."""

    def visible_to(self, user: User | AnonymousUser) -> RehearsalQuerySet:
        """Admins see all, others those they asked for."""
        if access_of(user).is_admin:
            return self
        return self.filter(by=user) if isinstance(user, User) else self.none()

    def unfinished(self) -> RehearsalQuerySet:
        return self.filter(state__in=[Rehearsal.State.QUEUED, Rehearsal.State.RUNNING])


class Rehearsal(models.Model):
    """One change of routing, replayed over stored decisions before it is saved.

    The result holds counts and the keys of decisions, never words.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    DAYS, MOST_DAYS = 14, 366
    MOST_POSTS = 100_000

    change = models.JSONField(help_text="see routing.services.changes")
    reason = models.CharField(_("why"), max_length=300, blank=True, default="")
    days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    posts = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_POSTS)]
    )
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="how many workers took it; the last one's word counts"
    )
    heartbeat_at = models.DateTimeField(default=timezone.now)
    percent = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    basis = models.CharField(
        max_length=64, blank=True, default="", help_text="fingerprint of what it was held against"
    )
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[models.Manager[Rehearsal]] = RehearsalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=False, posts=None) | Q(days=None, posts__isnull=False),
                name="rehearsal_has_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="rehearsal_finished_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                name="rehearsal_unfinished",
                condition=Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.change.get('kind')}, {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}
