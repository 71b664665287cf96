"""The newest matches that a person may see, without looking at all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import DateTimeField, ExpressionWrapper, F, Func, QuerySet, Value

from accounts.models import User
from inbox.models import Ticket
from inbox.queries.keyset import beyond

POST, NOTE = "post", "note"
TIME_OF = {POST: "posted_at", NOTE: "at"}
LAST_KEY = 2**63 - 1
# So many matches are sorted faster than found by walking back through time, which for matches of
# long ago would be all the way.
FEW = 8_000
# Most matches are visible to most people; when they are not, each look goes further.
FIRST_LOOK = 2
NEXT_LOOK = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A match before its ticket and text are loaded."""

    at: datetime
    kind: str
    key: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after this time, and after this row of those of the same time."""

    at: datetime
    kind: str
    key: int

    def among(self, kind: str) -> tuple[datetime, int]:
        """The position among rows of one kind; of the same time, posts come before notes."""
        if kind == self.kind:
            return self.at, self.key
        return self.at, 0 if kind == POST else LAST_KEY


def newest_first(row: Found) -> tuple[float, bool, int]:
    """The sorting key of the order in which `Position` counts."""
    return -row.at.timestamp(), row.kind == NOTE, -row.key


def newest_seen(
    user: User | AnonymousUser,
    rows: QuerySet[Any],
    exact: Sequence[Func],
    kind: str,
    position: Position | None,
    enough: int,
) -> list[Found]:
    """Up to `enough` of the newest `rows` after `position` whose ticket `user` may see.

    `exact` are conditions that no index knows, and the planner's statistics even less.

    The newest are taken first and their tickets asked for after, in one query: asking for each
    match would cost many times the search itself.
    """
    order = _order(rows, TIME_OF[kind])
    rows = rows.filter(*exact)
    found: list[Found] = []
    look = enough * FIRST_LOOK
    while True:
        candidates = _look(rows, order, kind, position, look)
        ids = {row.ticket_id for row in candidates}
        visible = Ticket.objects.visible_to(user).filter(pk__in=ids)
        seen = set(visible.values_list("pk", flat=True))
        found += [row for row in candidates if row.ticket_id in seen]
        if len(found) >= enough or len(candidates) < look:
            return found[:enough]
        last = candidates[-1]
        position = Position(last.at, last.kind, last.key)
        look *= NEXT_LOOK


def _order(rows: QuerySet[Any], column: str) -> list[Any]:
    """How to ask for the newest: a computed time keeps the planner from walking through time."""
    # Nothing is explained, or found, where a condition can never hold.
    plan = json.loads(rows.order_by().explain(format="json") or "null")
    if plan and plan[0]["Plan"]["Plan Rows"] > FEW:
        return [F(column).desc(), F("id").desc()]
    shifted = F(column) + Value(timedelta(0))
    return [ExpressionWrapper(shifted, output_field=DateTimeField()).desc(), F("id").desc()]


def _look(
    rows: QuerySet[Any], order: list[Any], kind: str, position: Position | None, size: int
) -> list[Found]:
    column = TIME_OF[kind]
    if position:
        rows = rows.filter(beyond([column, "id"], position.among(kind), down=True))
    values = rows.order_by(*order).values_list(column, "id", "ticket_id")[:size]
    return [Found(at, kind, key, ticket) for at, key, ticket in values]
