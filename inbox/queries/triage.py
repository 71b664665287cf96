"""What waits in triage, how long, and what of it says the same."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.access import access_of_each
from accounts.models import User
from inbox.models import HandOver, Ticket, TicketEvent
from inbox.models.tickets import TicketQuerySet
from routing.likeness import near_to

Kind = TicketEvent.Kind
# A press of a key answers this many at once, so that it stays a matter of a second.
MOST_ALIKE = 50
LOOKED_THROUGH = 2000
# What puts a ticket in front of those who sort, or back there.
ARRIVALS = (Kind.RECEIVED, Kind.HANDED_OVER, Kind.REOPENED, Kind.WOKEN, Kind.UNDONE)


def in_triage() -> TicketQuerySet:
    """Open tickets nobody has sorted; for jobs, which act for nobody."""
    return Ticket.objects.open().filter(department=None)


def waiting_before(limit: datetime) -> TicketQuerySet:
    """Open tickets in triage that last came there before `limit`."""
    arrived = TicketEvent.objects.filter(ticket=OuterRef("pk"), kind__in=ARRIVALS)
    newest = Subquery(arrived.order_by("-at").values("at")[:1])
    return in_triage().alias(arrived_at=Coalesce(newest, "opened_at")).filter(arrived_at__lt=limit)


def waiting_since(ticket: Ticket) -> datetime:
    """When the ticket last came into its queue."""
    events = TicketEvent.objects.filter(ticket=ticket, kind__in=ARRIVALS)
    newest = events.order_by("-at").values_list("at", flat=True).first()
    return newest or ticket.opened_at


def was_sorted_since(moment: datetime) -> bool:
    """Whether a person has moved a ticket out of triage since `moment`."""
    moved = HandOver.objects.filter(from_department=None, by__isnull=False, undone_at=None)
    return moved.filter(at__gte=moment).exists()


def alike_to(ticket: Ticket, user: User | AnonymousUser) -> list[int]:
    """Other open tickets in triage that say what `ticket` says, newest first; at most `MOST_ALIKE`.

    Of the `LOOKED_THROUGH` newest that `user` may see, by the start of their newest posts.
    """
    others = Ticket.objects.visible_to(user).open().filter(department=None).exclude(pk=ticket.pk)
    texts = others.order_by("-last_post_at", "-pk").values_list("pk", "excerpt")
    return near_to(ticket.excerpt, texts[:LOOKED_THROUGH])[:MOST_ALIKE]


def who_sorts() -> list[User]:
    """Active people who may move tickets out of triage, by name."""
    people = list(User.objects.filter(is_active=True, memberships__isnull=False).distinct())
    rights = access_of_each(people)
    return sorted((p for p in people if rights[p.pk].can_work_triage), key=str)
