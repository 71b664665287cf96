"""What people do with a ticket. Each is one transaction, one compare-and-swap, one event row.

Every service takes `expect`, the `Expectation` the person's screen was drawn from (None: do not
check), raises `Conflict` when someone else was first, `Refused` when it is not possible, and returns the
`TicketEvent` written; its pk is what `undo` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Department, User
from inbox.models import Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class Expectation:
    """State, department and assignee as the person saw them; `str()` is its form-field format."""

    state: str
    department_id: int | None
    assignee_id: int | None

    def __str__(self) -> str:
        return f"{self.state}.{self.department_id or 0}.{self.assignee_id or 0}"

    @classmethod
    def of(cls, ticket: Ticket) -> Expectation:
        return cls(ticket.state, ticket.department_id, ticket.assignee_id)

    @classmethod
    def parse(cls, text: str) -> Expectation | None:
        """Read the form-field format; anything else is None."""
        parts = text.split(".")
        if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
            return None
        return cls(parts[0], int(parts[1]) or None, int(parts[2]) or None)


def claim(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """Make `by` the assignee of an unassigned ticket."""
    raise NotImplementedError


def assign(
    *, ticket: Ticket, to: User | None, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Give the ticket to `to` (must be able to work its department), or to nobody."""
    raise NotImplementedError


def set_priority(
    *, ticket: Ticket, priority: int, by: User, expect: Expectation | None = None
) -> TicketEvent:
    raise NotImplementedError


def set_tags(*, ticket: Ticket, names: Sequence[str], by: User) -> TicketEvent:
    """Replace the ticket's tags; unknown names become new tags."""
    raise NotImplementedError


def set_pending(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """Wait for the contact; their next post opens it again."""
    raise NotImplementedError


def snooze(
    *, ticket: Ticket, until: datetime, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Out of sight until `until` (future), or until the contact writes."""
    raise NotImplementedError


def resolve(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    raise NotImplementedError


def reopen(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    raise NotImplementedError


def hand_over(
    *,
    ticket: Ticket,
    to: Department | None,
    by: User,
    reason: str,
    expect: Expectation | None = None,
) -> TicketEvent:
    """Move the ticket to another department's queue (None: triage), unassigned.

    The sender keeps a `HandOver` receipt.
    """
    raise NotImplementedError


def undo(*, event_id: int, by: User) -> TicketEvent:
    """Take back one's own action within `settings.UNDO_SECONDS`, if nothing happened since."""
    raise NotImplementedError


def wake_snoozed() -> int:
    """Open every snoozed ticket whose time has come; return how many."""
    raise NotImplementedError
