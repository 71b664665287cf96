"""What PostgreSQL says, what a browser is told of it, and how that looks on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.access import Access

# (ticket, department now, department before); None is triage, or "no longer yours to see".
Change = tuple[int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Message:
    """One notification: tickets that changed, and in which way (post, action, presence, access).

    One of kind `notice` is for the people `users` alone. `shown` are departments that see a
    ticket, by its key, because they were asked about it.
    """

    kind: str
    changes: tuple[Change, ...]
    users: frozenset[int] = frozenset()
    shown: Mapping[int, tuple[int, ...]] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, payload: str) -> Message | None:
        """Read a notification; None when it is not one of ours."""
        try:
            found = json.loads(payload)
            rows = [(int(row[0]), *row[1:]) for row in found["t"]]
            changes = tuple((t, _id(now), _id(before)) for t, now, before, *_ in rows)
            shown = {row[0]: tuple(map(int, row[3])) for row in rows if len(row) > 3}
            return cls(str(found["k"]), changes, frozenset(map(int, found.get("u", ()))), shown)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return None

    def seen_by(self, access: Access) -> list[Change]:
        """The part of it that may be told to a person with these rights.

        A ticket that left for a place they cannot see is told as gone, one that came from there
        as if it had always been here: neither names the other department.
        """
        told = []
        for ticket, now, before in self.changes:
            shown = self.shown.get(ticket, ())
            sees_now, saw_before = access.sees(now, shown), access.sees(before, shown)
            if sees_now:
                told.append((ticket, now, before if saw_before else now))
            elif saw_before:
                told.append((ticket, None, before))
        return told


def _id(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError(value)


def retry(milliseconds: int) -> str:
    """Tell the browser how long to wait before it connects again."""
    return f"retry: {milliseconds}\n\n"


def heartbeat(*, mark: str) -> str:
    """Move the browser's Last-Event-ID on without an event; keeps the connection busy, too."""
    return f": \nid: {mark}\n\n"


def changed(kind: str, changes: Iterable[Sequence[int | None]], *, mark: str) -> str:
    """An event for `onmessage`."""
    data = json.dumps({"k": kind, "t": list(changes)}, separators=(",", ":"))
    return f"id: {mark}\ndata: {data}\n\n"


def event(name: str, data: Mapping[str, object], *, mark: str) -> str:
    """An event for `addEventListener(name)`."""
    return f"id: {mark}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
