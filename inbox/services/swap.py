"""How a ticket changes: one compare-and-swap, one event row, one word to the browsers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from inbox import live
from inbox.models import Ticket, TicketEvent
from inbox.services import promises
from inbox.services.conflicts import NotAllowed, Refused, conflict_over

# Column of the ticket: its name in an event's `before` and `after`.
NAMES = {
    "state": "state",
    "priority": "priority",
    "department_id": "department",
    "assignee_id": "assignee",
    "snoozed_until": "snoozed_until",
    "resolved_at": "resolved_at",
    "post_count": "posts",
    "incident_id": "incident",
    "consulted": "consulted",
    "shown_to": "shown_to",
    "shown_in": "shown_in",
    "bouncing_since": "bouncing_since",
    "settled_at": "settled_at",
}
GUARDED = ("state", "department_id", "assignee_id")


@dataclass(frozen=True, slots=True)
class Expectation:
    """State, department, assignee and number of posts as the person saw them.

    `str()` is its form-field format.
    """

    state: str
    department_id: int | None
    assignee_id: int | None
    post_count: int

    def __str__(self) -> str:
        return f"{self.state}.{self.department_id or 0}.{self.assignee_id or 0}.{self.post_count}"

    @classmethod
    def of(cls, ticket: Ticket) -> Expectation:
        return cls(ticket.state, ticket.department_id, ticket.assignee_id, ticket.post_count)

    @classmethod
    def parse(cls, text: str) -> Expectation | None:
        """Read the form-field format; anything else is None."""
        parts = text.split(".")
        if len(parts) != 4 or not all(p.isascii() and p.isdigit() for p in parts[1:]):
            return None
        return cls(parts[0], int(parts[1]) or None, int(parts[2]) or None, int(parts[3]))

    def differs_in(self, ticket: Ticket) -> set[str]:
        """Names of what is no longer so."""
        return {NAMES[c] for c in GUARDED if getattr(self, c) != getattr(ticket, c)}


def fresh(ticket: Ticket, *, by: User, expect: Expectation | None) -> Ticket:
    """The ticket as it is in the database now, which `by` may change and which is as expected.

    Raises `Refused` when `by` may not work its department, and `Conflict` when it is no longer as
    `expect` says, moved away from `by` since `ticket` was read, or was merged into another.
    """
    now = Ticket.objects.get(pk=ticket.pk)
    access = access_of(by)
    if not access.works(now.department_id):
        if access.works(ticket.department_id):
            raise conflict_over(now.pk, by=by, about={"department"})
        raise NotAllowed(_("Only people who work in the ticket's department may change it."))
    if now.merged_into_id is not None:
        raise conflict_over(now.pk, by=by, about={"merged_into"})
    if expect and (differing := expect.differs_in(now)):
        raise conflict_over(now.pk, by=by, about=differing)
    return now


def must_have_read_all(now: Ticket, *, by: User, expect: Expectation | None) -> None:
    """Raise `Conflict` when the ticket holds posts that were not on the screen of `by`."""
    if expect and now.post_count > expect.post_count:
        raise conflict_over(now.pk, by=by, about={NAMES["post_count"]})


def take(now: Ticket, *, by: User, besides: Collection[str] = (), **changes: Any) -> None:
    """Write `changes` if the ticket is still as `now` says, and hold its row until the commit.

    `besides` are further columns that must not have changed. Raises `Conflict` when another
    transaction changed the row since `now` was read.
    """
    expected = {column: getattr(now, column) for column in {*GUARDED, *besides, *changes}}
    untouched = Ticket.objects.filter(pk=now.pk, merged_into=None, **expected)
    if not untouched.update(is_touched=True, **changes):
        raise conflict_over(now.pk, by=by, about={NAMES[column] for column in expected})


def swap(
    now: Ticket,
    *,
    by: User,
    kind: TicketEvent.Kind,
    into: Ticket | None = None,
    data: Mapping[str, Any] | None = None,
    besides: Collection[str] = (),
    **changes: Any,
) -> TicketEvent:
    """Change columns of the ticket if it is still as `now` says, and record it.

    Needs a transaction around it. `into` is the caller's object, which gets the new values;
    `besides` are further columns that must be as they were.
    Raises `Conflict` when another transaction changed the row since `now` was read.
    """
    take(now, by=by, besides=besides, **changes)
    clock = promises.move(now.pk, before=now, changes=changes) if changes else {}
    before = {NAMES[column]: plain(getattr(now, column)) for column in changes}
    after = {NAMES[column]: plain(value) for column, value in changes.items()}
    came_from, shown_before = now.department_id, now.shown_also_to
    current = {column: getattr(now, column) for column in NAMES} | changes
    target = into or now
    for column, value in current.items():
        setattr(target, column, value)
    target.is_touched = True
    told = {"before": before, "after": after, **(data or {})}
    if clock:
        told["clock"] = clock
    return record(
        target, by=by, kind=kind, data=told, came_from=came_from, shown_before=shown_before
    )


def record(
    ticket: Ticket,
    *,
    by: User,
    kind: TicketEvent.Kind,
    data: Mapping[str, Any],
    came_from: int | None,
    shown_before: Collection[int] = (),
) -> TicketEvent:
    """Write one line of the timeline and tell the browsers at commit."""
    event = TicketEvent.objects.create(ticket=ticket, kind=kind, actor=by, data=dict(data))
    live.publish([live.change_of(ticket, came_from, shown_before=shown_before)])
    return event


def plain(value: Any) -> Any:
    """The JSON form of a column's value."""
    return value.isoformat() if isinstance(value, datetime) else value


def must_be_unresolved(now: Ticket, *, by: User, expect: Expectation | None) -> None:
    """Raise `Conflict` when `by` acts on a ticket someone resolved, `Refused` when `by` knew."""
    if now.state != Ticket.State.RESOLVED:
        return
    if expect is None:
        raise conflict_over(now.pk, by=by, about={"state"})
    raise Refused(_("This ticket is resolved. Re-open it first."), field="state")
