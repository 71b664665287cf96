"""Reading back what was written before a channel was connected."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from inbox.models.channels import Channel

UNFINISHED = ("running", "paused")


class BackfillQuerySet(models.QuerySet["Backfill"]):
    def unfinished(self) -> BackfillQuerySet:
        return self.filter(state__in=UNFINISHED)

    def due(self) -> BackfillQuerySet:
        """Running ones whose turn it is; those of channels that are off wait."""
        return self.filter(
            state=Backfill.State.RUNNING,
            next_turn_at__lte=timezone.now(),
            channel__is_active=True,
        )


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(condition=pghistory.AnyChange("state", "most")),
    fields=["channel", "since", "history_before", "most", "state"],
    model_name="BackfillEvent",
)
class Backfill(models.Model):
    """One period of a channel being read; its cursor makes it resumable."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField(help_text="what was written from then on is wanted")
    history_before = models.DateTimeField(help_text="what was written before is nobody's work")
    most = models.PositiveIntegerField(help_text="posts, after which somebody must say go on")
    expected = models.PositiveIntegerField(default=0, help_text="posts, as estimated; 0: unknown")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    cursor = models.JSONField(default=dict)
    pages = models.PositiveIntegerField(default=0)
    posts = models.PositiveIntegerField(default=0, help_text="read, known ones included")
    created = models.PositiveIntegerField(default=0)
    tickets = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True, help_text="the oldest post so far")
    failures = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True, default="", help_text="why it waits or was paused")
    # Until then somebody is reading, or nobody is to.
    next_turn_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Backfill]] = BackfillQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(state__in=UNFINISHED), name="backfill_one_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["next_turn_at"], name="backfill_due", condition=Q(state="running"))
        ]

    def __str__(self) -> str:
        return f"{self.channel} from {self.since:%Y-%m-%d}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED
