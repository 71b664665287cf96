"""Tickets and the incident they belong to, one by one and all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Ticket, TicketEvent
from inbox.services import tickets
from inbox.services.conflicts import Conflict, Refused
from inbox.services.swap import Expectation, fresh, swap
from inbox.services.tags import tag_names
from routing.models import Incident

# A press of a button answers this many at once.
MOST_AT_ONCE = 200


@transaction.atomic
def put_into(
    *, ticket: Ticket, incident: Incident | None, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Say that a ticket belongs to an incident, or (None) to none. As the services of `tickets`."""
    now = fresh(ticket, by=by, expect=expect)
    target = incident.pk if incident else None
    if now.incident_id == target:
        raise Refused(_("Nothing would change."), field="incident")
    told = incident or now.incident
    title = told.title if told else ""
    kind = TicketEvent.Kind.INCIDENT
    return swap(now, by=by, kind=kind, into=ticket, data={"title": title}, incident_id=target)


def resolve_all(*, chosen: Sequence[Ticket], by: User) -> TicketEvent | None:
    """Resolve those of `chosen` that are not; undoing the event undoes all of them.

    Returns None when there was nothing to do. Tickets that are not for `by`, or that somebody else
    has just changed, are left out.
    """
    return _each(chosen, lambda ticket: tickets.resolve(ticket=ticket, by=by))


def assign_all(*, chosen: Sequence[Ticket], to: User | None, by: User) -> TicketEvent | None:
    """Give all of `chosen` to one person, or to nobody; as `resolve_all`."""
    return _each(chosen, lambda ticket: tickets.assign(ticket=ticket, to=to, by=by))


def tag_all(*, chosen: Sequence[Ticket], names: Sequence[str], by: User) -> TicketEvent | None:
    """Add tags to all of `chosen`; as `resolve_all`."""

    def add(ticket: Ticket) -> TicketEvent:
        return tickets.set_tags(ticket=ticket, names=[*tag_names(ticket), *names], by=by)

    return _each(chosen, add)


@transaction.atomic
def _each(chosen: Sequence[Ticket], act: Callable[[Ticket], TicketEvent]) -> TicketEvent | None:
    done: list[TicketEvent] = []
    # In order of key, so that two people who press at once do not wait for each other for ever.
    for ticket in sorted(chosen[:MOST_AT_ONCE], key=lambda ticket: ticket.pk):
        try:
            with transaction.atomic():
                done.append(act(ticket))
        except (Conflict, Refused):
            continue
    if not done:
        return None
    first, *others = done
    if others:
        first.data["also"] = [event.pk for event in others]
        first.save(update_fields=["data"])
    return first
