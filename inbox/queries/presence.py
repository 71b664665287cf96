"""Who has a ticket on screen."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from inbox.models import Presence, Ticket

# A page says every so often that it is still there; one missed beat is forgiven.
FRESH = timedelta(seconds=45)


def who(*, ticket: Ticket, besides: User | None = None) -> list[User]:
    """The people who have the ticket on screen now, by name."""
    rows = Presence.objects.filter(ticket=ticket, seen_at__gt=timezone.now() - FRESH)
    if besides is not None:
        rows = rows.exclude(user=besides)
    return [row.user for row in rows.select_related("user").order_by("user__name", "user_id")]
