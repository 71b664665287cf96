"""Rows that many browsers ask for at once, drawn once.

A post that comes in has every open browser ask for the same row within a moment. People with the
same rights who look at the same list get the same rows, as long as nobody has changed the tickets
since: the versions of their database rows say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

# "5 min" is drawn into the rows; the browser keeps it up to date, from not too old a start.
SECONDS_KEPT = 2.0
MOST_KEPT = 500
# These lists differ from person to person.
PERSONAL = frozenset({"mine", "mentions", "consults"})

Rows = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    drawn: Rows
    # A row says "me" to its assignee.
    assignees: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was drawn in the last moments."""

    until: float = 0.0
    entries: dict[Hashable, _Entry] = field(default_factory=dict)
    # All ask at once: one draws, the others wait for it.
    lock: Lock = field(default_factory=Lock)


class _Memo:
    # One attribute, so that another thread never reads half of it.
    kept = _Kept()


def shared_rows(
    key: Hashable, *, versions: str, reader: int, draw: Callable[[], tuple[Rows, frozenset[int]]]
) -> Rows:
    """Rows drawn for `key` at `versions`, by this reader or another; else drawn now.

    `key` holds everything the rows depend on besides the database and, by "me", the reader. `draw`
    returns the rows and their assignees. Empty versions share nothing.
    """
    kept = _Memo.kept
    if not versions:
        return draw()[0]
    now = time.monotonic()
    if now > kept.until or len(kept.entries) >= MOST_KEPT:
        kept = _Memo.kept = _Kept(now + SECONDS_KEPT)
    with kept.lock:
        entry = kept.entries.get((versions, key))
        if entry is None:
            rows, assignees = draw()
            if reader not in assignees:
                kept.entries[versions, key] = _Entry(rows, assignees)
            return rows
    return entry.drawn if reader not in entry.assignees else draw()[0]
