"""Tells the live-update process which tickets changed, inside the writing transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from accounts import notices

CHANNEL = notices.CHANNEL
# PostgreSQL refuses a notification of 8,000 bytes or more.
IDS_A_MESSAGE = 200


Change = tuple[int, int | None, int | None]


def publish(changes: Iterable[Change], *, kind: str = "action") -> None:
    """Announce (ticket id, department id now, department id before) to entitled browsers at commit.

    A ticket that is new or did not move has its department in both places: None means triage, so
    "before: None" would tell those who sort triage of it.
    """
    for message in messages(changes, kind=kind):
        notices.send(message)


def messages(changes: Iterable[Change], *, kind: str) -> Iterator[dict[str, object]]:
    """What `publish` sends, for whoever sends it along with other statements."""
    rows = list(changes)
    for start in range(0, len(rows), IDS_A_MESSAGE):
        yield {"k": kind, "t": rows[start : start + IDS_A_MESSAGE]}
