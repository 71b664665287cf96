"""What came in, hour by hour: so that a loss, a delay or a silence shows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from inbox.models.channels import Channel


class Counts(models.Model):
    """What happened to a channel, as numbers that add up."""

    deliveries = models.PositiveIntegerField(default=0, db_default=0)
    polls = models.PositiveIntegerField(default=0, db_default=0)
    doubled = models.PositiveIntegerField(default=0, db_default=0, help_text="posts known already")
    edited = models.PositiveIntegerField(default=0, db_default=0)
    errors = models.PositiveIntegerField(
        default=0, db_default=0, help_text="failed questions, and parts put in quarantine"
    )
    gaps = models.PositiveIntegerField(
        default=0, db_default=0, help_text="posts found by reading conversations again"
    )

    class Meta:
        abstract = True


class IntakeTick(Counts):
    """One thing that happened, not yet in the ledger.

    Only ever added, so that deliveries of one channel do not queue for a row that counts them.
    """

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.channel_id} {self.at:%Y-%m-%d %H:%M:%S}"


class IntakeHour(Counts):
    """One hour of one channel. An hour nobody watched has no row, which is not the same as none."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="hours", db_index=False
    )
    hour = models.DateTimeField(help_text="its beginning")
    new = models.PositiveIntegerField(
        default=0, db_default=0, help_text="others' posts that came within a day of being written"
    )
    old = models.PositiveIntegerField(
        default=0, db_default=0, help_text="others' posts that came later: history"
    )
    lag_median = models.FloatField(null=True, help_text="seconds from written to here, of new ones")
    lag_most = models.FloatField(null=True, help_text="seconds")
    last_at = models.DateTimeField(null=True, help_text="when the last of the new ones came")

    objects: ClassVar[models.Manager[IntakeHour]] = models.Manager()

    class Meta:
        ordering = ["channel", "hour"]
        constraints = [models.UniqueConstraint(fields=["channel", "hour"], name="intake_hour_once")]
        indexes = [models.Index(fields=["hour"], name="intake_by_hour")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.hour:%Y-%m-%d %H}h: {self.new}"
