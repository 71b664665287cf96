"""Whether a ticket goes back and forth between departments, and whether a lead settled it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models


class Bounced(models.Model):
    """Columns of a ticket that several departments moved on."""

    bouncing_since = models.DateTimeField(
        null=True, help_text="goes back and forth; a lead is asked to settle it"
    )
    settled_at = models.DateTimeField(null=True, help_text="when a lead last said whose it is")

    class Meta:
        abstract = True

    def settled_until(self, *, hours: int) -> datetime | None:
        """Until when only leads move it; None when nobody settled it."""
        return self.settled_at + timedelta(hours=hours) if self.settled_at else None
