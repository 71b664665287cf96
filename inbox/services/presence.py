"""Who has a ticket on screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inbox import live
from inbox.models import Presence, Ticket
from inbox.queries.presence import FRESH, who

__all__ = ["forget_absent", "leave", "see", "who"]

THROTTLE = timedelta(seconds=15)


@transaction.atomic
def see(*, ticket: Ticket, user: User) -> bool:
    """Note that `user` has the ticket on screen; return whether they just came.

    Costs one read when the last beat was a moment ago. Browsers hear of it only when someone
    comes, not at each beat.
    """
    now = timezone.now()
    last = _last_seen(ticket, user)
    if last is not None and now - last < THROTTLE:
        return False
    Presence.objects.bulk_create(
        [Presence(ticket=ticket, user=user, seen_at=now)],
        update_conflicts=True,
        unique_fields=["ticket", "user"],
        update_fields=["seen_at"],
    )
    has_come = last is None or now - last >= FRESH
    if has_come:
        _announce(ticket)
    return has_come


@transaction.atomic
def leave(*, ticket: Ticket, user: User) -> bool:
    """Note that `user` closed the ticket; return whether anyone could still see them there."""
    last = _last_seen(ticket, user)
    if last is None:
        return False
    Presence.objects.filter(ticket=ticket, user=user).delete()
    was_shown = timezone.now() - last < FRESH
    if was_shown:
        _announce(ticket)
    return was_shown


def forget_absent() -> int:
    """Delete rows that mean nothing any more; return how many."""
    return Presence.objects.filter(seen_at__lte=timezone.now() - FRESH).delete()[0]


def _last_seen(ticket: Ticket, user: User) -> datetime | None:
    seen = Presence.objects.filter(ticket=ticket, user=user).values_list("seen_at", flat=True)
    return seen.first()


def _announce(ticket: Ticket) -> None:
    live.publish([live.change_of(ticket, ticket.department_id)], kind="presence")
