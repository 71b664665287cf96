"""Tells the live-update process which tickets changed, inside the writing transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accounts import notices

CHANNEL = notices.CHANNEL
# PostgreSQL refuses a notification of 8,000 bytes or more.
IDS_A_MESSAGE = 200


def publish(changes: Iterable[tuple[int, int | None, int | None]], *, kind: str = "action") -> None:
    """Announce (ticket id, department id now, department id before) to entitled browsers at commit.

    A ticket that is new or did not move has its department in both places: None means triage, so
    "before: None" would tell those who sort triage of it.
    """
    rows: Sequence[tuple[int, int | None, int | None]] = list(changes)
    for start in range(0, len(rows), IDS_A_MESSAGE):
        notices.send({"k": kind, "t": rows[start : start + IDS_A_MESSAGE]})
