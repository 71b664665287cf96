"""What a ticket's page says of its going back and forth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.access import access_of
from accounts.models import User
from inbox.models import HandOver, Ticket, TriagePolicy


@dataclass(frozen=True, slots=True)
class Moves:
    """How often a ticket changed departments since a lead last settled it; triage is none."""

    count: int
    left: frozenset[int]
    concerned: frozenset[int]


@dataclass(frozen=True, slots=True)
class Bounce:
    """It goes back and forth, or (`settled_until`) a lead has settled that lately."""

    is_open: bool
    may_settle: bool
    settled_until: datetime | None


def moves_of(ticket: Ticket) -> Moves:
    """The moves of `ticket` that stand."""
    rows = HandOver.objects.filter(
        ticket=ticket.pk, undone_at=None, from_department__isnull=False, to_department__isnull=False
    )
    if ticket.settled_at:
        rows = rows.filter(at__gt=ticket.settled_at)
    pairs = list(rows.values_list("from_department", "to_department"))
    concerned = {pk for pair in pairs for pk in pair if pk is not None}
    if ticket.department_id is not None:
        concerned.add(ticket.department_id)
    left = frozenset(start for start, _end in pairs if start is not None)
    return Moves(len(pairs), left, frozenset(concerned))


def leads_of(ticket: Ticket, user: User | AnonymousUser) -> frozenset[int]:
    """The departments `user` leads among those between which `ticket` goes to and fro."""
    led = access_of(user).led_department_ids
    return led & moves_of(ticket).concerned if led else frozenset()


def bounce_of(ticket: Ticket, user: User) -> Bounce | None:
    """None for nearly every ticket, without asking the database."""
    if ticket.bouncing_since is not None:
        return Bounce(is_open=True, may_settle=bool(leads_of(ticket, user)), settled_until=None)
    if ticket.settled_at is None:
        return None
    until = ticket.settled_until(hours=TriagePolicy.current().settled_for)
    is_held = until is not None and until > timezone.now()
    return Bounce(is_open=False, may_settle=False, settled_until=until) if is_held else None
