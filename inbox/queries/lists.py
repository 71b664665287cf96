"""The ticket list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import User
from inbox.models import Ticket
from inbox.queries.filters import TicketFilter, tickets_on
from inbox.queries.keyset import slice_of

# Order: columns, their types, whether they run downwards.
KEYS: dict[str, tuple[tuple[str, ...], tuple[type, ...], bool]] = {
    "newest": (("last_post_at", "id"), (datetime, int), True),
    "oldest": (("last_post_at", "id"), (datetime, int), False),
    "due": (("due_at", "id"), (datetime, int), False),
    "priority": (("priority", "last_post_at", "id"), (int, datetime, int), True),
}
LARGEST = 200
# Long columns of the joined rows that no list shows.
SECRETS = ("channel__secret", "channel__previous_secret")
UNSHOWN = ("contact__search", *SECRETS)


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One page of a list and the cursors of the pages around it ("" where there is none)."""

    rows: list[Ticket]
    next: str
    previous: str


def page_of(
    user: User | AnonymousUser, wanted: TicketFilter, *, after: str = "", size: int = 50
) -> TicketPage:
    """The page of the list at cursor `after`; a cursor that makes no sense gives the first page.

    Two queries: the rows with channel, contact, department and assignee, and their tags; up to
    three more where rows have a policy, an approver or an incident.
    """
    columns, kinds, down = KEYS[wanted.effective_order]
    found = slice_of(
        tickets_on(user, wanted),
        order=wanted.effective_order,
        columns=columns,
        kinds=kinds,
        down=down,
        after=after,
        size=max(1, min(size, LARGEST)),
        dressed=lambda keys: shown(Ticket.objects.filter(pk__in=keys)),
    )
    return TicketPage(rows=found.rows, next=found.next, previous=found.previous)


def rows_of(
    user: User | AnonymousUser, wanted: TicketFilter, ticket_ids: Iterable[int]
) -> list[Ticket]:
    """Those of `ticket_ids` that belong on the list now, in its order; for live updates."""
    ids = list(ticket_ids)[:LARGEST]
    columns, _, down = KEYS[wanted.effective_order]
    rows = shown(tickets_on(user, wanted).filter(pk__in=ids))
    return list(rows.order_by(*(f"-{c}" if down else c for c in columns)))


def shown(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """`rows` with what a line of the list shows."""
    joined = rows.select_related("channel", "contact", "department", "assignee")
    # Few tickets have these, and beyond eight tables PostgreSQL no longer looks for the best order.
    return joined.defer(*UNSHOWN).prefetch_related("tags", "sla_policy", "approval_by", "incident")
