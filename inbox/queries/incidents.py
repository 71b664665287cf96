"""Incidents, and as much of them as a person may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q

from accounts.models import User
from inbox.models import Ticket
from inbox.models.tickets import TicketQuerySet
from inbox.queries.lists import shown
from routing.models import Incident

CLOSED_SHOWN = 50
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """An incident with the numbers of its tickets that a person may see."""

    incident: Incident
    total: int
    unresolved: int


def incident_lines(user: User | AnonymousUser) -> list[Line]:
    """The open incidents, then the closed ones, newest first; two queries."""
    opened = list(Incident.objects.filter(closed_at=None))
    closed = list(Incident.objects.filter(closed_at__isnull=False)[:CLOSED_SHOWN])
    found = [*opened, *closed]
    counts = _counts(user, found)
    return [Line(incident, *counts.get(incident.pk, (0, 0))) for incident in found]


def incident_line(user: User | AnonymousUser, incident: Incident) -> Line:
    """One incident with its numbers."""
    return Line(incident, *_counts(user, [incident]).get(incident.pk, (0, 0)))


def tickets_of(user: User | AnonymousUser, incident: Incident) -> TicketQuerySet:
    """The tickets of an incident that `user` may see."""
    return Ticket.objects.visible_to(user).current().filter(incident=incident)


def newest_of(user: User | AnonymousUser, incident: Incident) -> list[Ticket]:
    """The newest of them, as a list shows them."""
    return list(shown(tickets_of(user, incident).order_by("-last_post_at", "-id")[:MOST_SHOWN]))


def _counts(
    user: User | AnonymousUser, incidents: list[Incident]
) -> dict[int | None, tuple[int, int]]:
    rows = Ticket.objects.visible_to(user).current().filter(incident__in=incidents)
    unresolved = Count("pk", filter=~Q(state=Ticket.State.RESOLVED))
    counted = rows.values_list("incident").annotate(total=Count("pk"), todo=unresolved).order_by()
    return {key: (total, todo) for key, total, todo in counted}
