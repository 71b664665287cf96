"""Tells the live-update process which tickets changed, inside the writing transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from accounts import notices

if TYPE_CHECKING:
    from inbox.models import Ticket

CHANNEL = notices.CHANNEL
# PostgreSQL refuses a notification of 8,000 bytes or more.
IDS_A_MESSAGE = 200
PEOPLE_A_MESSAGE = 500


Change = tuple[int, int | None, int | None] | tuple[int, int | None, int | None, list[int]]


def publish(changes: Iterable[Change], *, kind: str = "action") -> None:
    """Announce (ticket id, department id now, department id before) to entitled browsers at commit.

    A ticket that is new or did not move has its department in both places: None means triage, so
    "before: None" would tell those who sort triage of it. A fourth part names departments that are
    shown the ticket because they were asked about it, or were until now.
    """
    for message in messages(changes, kind=kind):
        notices.send(message)


def change_of(ticket: Ticket, before: int | None, *, shown_before: Collection[int] = ()) -> Change:
    """What `publish` is told of a ticket that was in department `before`."""
    asked = {*ticket.shown_also_to, *shown_before}
    change = (ticket.pk, ticket.department_id, before)
    return (*change, sorted(asked)) if asked else change


def messages(changes: Iterable[Change], *, kind: str) -> Iterator[dict[str, object]]:
    """What `publish` sends, for whoever sends it along with other statements."""
    rows = list(changes)
    size = IDS_A_MESSAGE if all(len(row) == 3 for row in rows) else IDS_A_MESSAGE // 4
    for start in range(0, len(rows), size):
        yield {"k": kind, "t": rows[start : start + size]}


def notices_for(user_ids: Iterable[int]) -> Iterator[dict[str, object]]:
    """What tells the browsers of these people that they have a new notice, or fewer unread."""
    people = sorted(set(user_ids))
    for start in range(0, len(people), PEOPLE_A_MESSAGE):
        yield {"k": "notice", "t": [], "u": people[start : start + PEOPLE_A_MESSAGE]}


def tell(user_ids: Iterable[int]) -> None:
    """Have the browsers of these people look at their notices, at commit."""
    for message in notices_for(user_ids):
        notices.send(message)
