"""What becomes of a ticket's clock when people act on it, and what breaks meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from inbox import clock, live
from inbox.models import Ticket, TicketEvent
from inbox.services.receive.store import Writes
from routing import queries

RECORDED_AT_ONCE = 500
MOVING = {"state", "department_id", "priority"}
Saved = dict[str, dict[str, Any]]
# As the database has them: columns by attribute, fields by name.
FIELDS = tuple(column.removesuffix("_id") for column in Ticket.CLOCK)
TIMES = {column for column in Ticket.CLOCK if column.endswith(("_at", "_since"))}


def move(pk: int, *, before: Ticket, changes: Collection[str]) -> Saved:
    """Let the clock of a ticket follow `changes` of its columns; its row must be held.

    `before` is the ticket as it was. Returns the clock's columns that changed, before and after.
    """
    promises = queries.snapshot().promises
    if not MOVING & set(changes) or not promises.terms:
        return {}
    ticket = _held(pk)
    was = _columns(ticket)
    now = timezone.now()
    terms = clock.terms_for(ticket, promises)
    usual = promises.default_of(ticket.department_id, ticket.priority)
    if "department_id" in changes:
        if terms is None or terms.resets_on_hand_over:
            clock.begin(ticket, usual, at=now)
    elif "priority" in changes and usual is not None:
        if terms is None:
            clock.begin(ticket, usual, at=now)
        # What a rule asked for stays; what the old priority stood for does not.
        elif terms is promises.default_of(before.department_id, before.priority):
            clock.exchange(ticket, usual, before=terms, now=now)
    clock.follow(ticket, clock.terms_for(ticket, promises), now=now)
    return _save(ticket, was)


def put_back(pk: int, saved: Mapping[str, Mapping[str, Any]], *, before: Ticket) -> Saved:
    """Undo what `move` did, unless the clock was moved since; the row must be held."""
    ticket = _held(pk)
    was = _columns(ticket)
    after = saved.get("after", {})
    if any(_plain(was[column]) != after[column] for column in after):
        return move(pk, before=before, changes=MOVING)
    for column, value in saved.get("before", {}).items():
        is_time = column in TIMES and isinstance(value, str)
        setattr(ticket, column, parse_datetime(value) if is_time else value)
    clock.settle(ticket)
    return _save(ticket, was)


def move_all(tickets: Iterable[Ticket], *, to_another_department: bool = False) -> None:
    """As `move`, for many held tickets that have their new state or department already."""
    promises = queries.snapshot().promises
    now = timezone.now()
    moved = []
    for ticket in tickets if promises.terms else ():
        terms = clock.terms_for(ticket, promises)
        if to_another_department and (terms is None or terms.resets_on_hand_over):
            usual = promises.default_of(ticket.department_id, ticket.priority)
            clock.begin(ticket, usual, at=now)
        clock.follow(ticket, clock.terms_for(ticket, promises), now=now)
        moved.append(ticket)
    _write(moved)


@transaction.atomic
def record_breaches() -> int:
    """Write promises broken by now into the timeline, each once, a batch a call; return how many.

    How many tickets were looked at, that is: when it is `RECORDED_AT_ONCE` there may be more.
    """
    now = timezone.now()
    due = Ticket.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    broken = due.filter(breach_due_at__lte=now).select_related("sla_policy")
    tickets = list(broken.order_by("breach_due_at")[:RECORDED_AT_ONCE])
    events = []
    for ticket in tickets:
        dues = {
            "first_response": ticket.first_response_due_at,
            "resolution": ticket.resolution_due_at,
        }
        for promise in clock.reached(ticket, now):
            data = {
                "promise": promise,
                "policy": str(ticket.sla_policy or ""),
                "due_at": _plain(dues[promise]),
            }
            kind = TicketEvent.Kind.BREACHED
            events.append(TicketEvent(ticket=ticket, kind=kind, at=now, data=data))
    _write(tickets)
    TicketEvent.objects.bulk_create(events)
    live.publish(live.change_of(t, t.department_id) for t in tickets)
    return len(tickets)


def _held(pk: int) -> Ticket:
    names = ("state", "department", "priority", "resolved_at", "merged_into", "opened_at")
    return Ticket.objects.only(*names, *FIELDS).get(pk=pk)


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {column: getattr(ticket, column) for column in Ticket.CLOCK}


def _save(ticket: Ticket, was: Mapping[str, Any]) -> Saved:
    is_now = _columns(ticket)
    changed = [column for column in is_now if is_now[column] != was[column]]
    if not changed:
        return {}
    Ticket.objects.filter(pk=ticket.pk).update(**{column: is_now[column] for column in changed})
    return {
        "before": {column: _plain(was[column]) for column in changed},
        "after": {column: _plain(is_now[column]) for column in changed},
    }


def _write(tickets: list[Ticket]) -> None:
    writes = Writes()
    writes.update(tickets, FIELDS)
    writes.run()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
