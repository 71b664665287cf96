"""Pages that follow a position in an order, not a number of rows skipped."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import DateTimeField, F, Func, IntegerField, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

M = TypeVar("M", bound=Model)
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """One page of rows, with the cursors of its neighbours ("" where there is none)."""

    rows: list[M]
    next: str
    previous: str


def encode(position: Sequence[Any]) -> str:
    """An opaque, URL-safe word for a position."""
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in position]
    text = json.dumps(plain, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, kinds: Sequence[type]) -> list[Any] | None:
    """The position `encode` made, if its values are of these kinds; anything else is None."""
    if not cursor or len(cursor) > LONGEST:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
        return _typed(values, kinds)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return None


def _typed(values: Any, kinds: Sequence[type]) -> list[Any]:
    if not isinstance(values, list) or len(values) != len(kinds):
        raise ValueError("not a position")
    typed: list[Any] = []
    for value, kind in zip(values, kinds, strict=True):
        real = datetime.fromisoformat(value) if kind is datetime else value
        if type(real) is not kind:
            raise ValueError("not a position")
        if isinstance(real, datetime) and real.tzinfo is None:
            raise ValueError("not a time")
        if isinstance(real, int) and not -(2**63) <= real < 2**63:
            raise ValueError("not a key")
        typed.append(real)
    return typed


def beyond(columns: Sequence[str], position: Sequence[Any], *, down: bool) -> LessThan:
    """A condition for the rows after `position`, as one row comparison that an index can answer."""
    here = _row(*(F(column) for column in columns))
    there = _row(*(_value(v) for v in position))
    lookup = LessThan if down else GreaterThan
    return lookup(here, there)  # type: ignore[return-value]


def slice_of(
    rows: QuerySet[M],
    *,
    order: str,
    columns: Sequence[str],
    kinds: Sequence[type],
    down: bool,
    after: str,
    size: int,
    dressed: Callable[[QuerySet[M, Any]], QuerySet[M]] | None = None,
) -> Slice[M]:
    """The page of `rows` at cursor `after`; a cursor that makes no sense gives the first page.

    All `columns` run in one direction; the last is unique. A cursor belongs to its `order`.
    `dressed` gives the rows of these keys with what each shows, so that the database joins
    nothing but this page.
    """
    position = decode(after, [str, bool, *kinds])
    if position and position[0] != order:
        position = None
    backwards = bool(position and position[1])
    descending = down != backwards
    if position:
        rows = rows.filter(beyond(columns, position[2:], down=descending))
    direction = [f"-{c}" if descending else c for c in columns]
    rows = rows.order_by(*direction)[: size + 1]
    if dressed:
        rows = dressed(rows.values("pk")).order_by(*direction)
    found = list(rows)
    has_more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    has_next = backwards or has_more
    has_previous = has_more if backwards else position is not None
    return Slice(
        rows=found,
        next=_cursor(last if has_next else None, order, columns, back=False),
        previous=_cursor(first if has_previous else None, order, columns, back=True),
    )


def _cursor(row: Model | None, order: str, columns: Sequence[str], *, back: bool) -> str:
    if row is None:
        return ""
    return encode([order, back, *(getattr(row, column) for column in columns)])


def _row(*expressions: Any) -> Func:
    return Func(*expressions, function="ROW", output_field=IntegerField())


def _value(value: Any) -> Value:
    return Value(value, output_field=DateTimeField() if isinstance(value, datetime) else None)
