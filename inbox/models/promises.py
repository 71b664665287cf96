"""What was promised for a ticket, as columns of it: `inbox.clock` moves them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models

from accounts.models import Department, SlaPolicy

# The due time of a ticket whose clock stands still, or that nothing was promised for: such tickets
# come last in the order of due times, and an order has no place for an empty one.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Promised(models.Model):
    """Something with a clock that runs, stands still and runs out."""

    sla_policy = models.ForeignKey(
        SlaPolicy, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    sla_used = models.PositiveIntegerField(
        default=0, help_text="seconds of working time that passed before `sla_running_since`"
    )
    sla_running_since = models.DateTimeField(null=True, help_text="empty: the clock stands still")
    first_response_due_at = models.DateTimeField(null=True)
    first_responded_at = models.DateTimeField(null=True)
    first_response_breached = models.BooleanField(default=False, help_text="is on the timeline")
    resolution_due_at = models.DateTimeField(null=True)
    resolution_breached = models.BooleanField(default=False, help_text="is on the timeline")
    due_at = models.DateTimeField(default=NEVER, help_text="when the next promise ends, or NEVER")
    breach_due_at = models.DateTimeField(
        null=True, help_text="when the sweep shall write the next breach into the timeline"
    )
    approval_by = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="replies need this department's approval",
    )
    approval_by_leads = models.BooleanField(default=False, help_text="by its leads alone")

    class Meta:
        abstract = True

    # Columns that only the clock moves.
    CLOCK: ClassVar[tuple[str, ...]] = (
        *("sla_policy_id", "sla_used", "sla_running_since", "due_at", "breach_due_at"),
        *("first_response_due_at", "first_responded_at", "first_response_breached"),
        *("resolution_due_at", "resolution_breached"),
    )

    @property
    def has_due(self) -> bool:
        """Whether a promise runs out some time."""
        return self.due_at < NEVER

    def breached(self, now: datetime) -> bool:
        """Whether a promise was not kept, or is not kept by now."""
        is_late = self.breach_due_at is not None and self.breach_due_at <= now
        return self.first_response_breached or self.resolution_breached or is_late
