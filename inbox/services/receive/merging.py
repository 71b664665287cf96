"""Moves what hung on tickets that turned out to be part of another."""

from __future__ import annotations

from collections.abc import Mapping

from inbox.services.receive.store import Writes

# Presences stay: a browser that shows a merged ticket is sent to the other and says so itself.
_MOVED = (
    ("inbox_post", "ticket_id"),
    ("inbox_note", "ticket_id"),
    ("inbox_ticketevent", "ticket_id"),
    ("inbox_handover", "ticket_id"),
    ("inbox_ticket", "previous_id"),
    ("inbox_ticket", "merged_into_id"),
)


def merge_into(writes: Writes, merged: Mapping[int, int]) -> None:
    """Move posts, notes, timeline, receipts and tags from each key's ticket to its value's."""
    if not merged:
        return
    pairs = [list(merged), list(merged.values())]
    moved = "FROM unnest(%s::bigint[], %s::bigint[]) AS moved(source, target)"
    for table, column in _MOVED:
        writes.add(
            f"UPDATE {table} SET {column} = moved.target {moved} WHERE {column} = moved.source",  # noqa: S608
            pairs,
        )
    writes.add(
        f"INSERT INTO inbox_ticket_tags (ticket_id, tag_id)"
        f" SELECT DISTINCT moved.target, tags.tag_id {moved}"
        " JOIN inbox_ticket_tags tags ON tags.ticket_id = moved.source ON CONFLICT DO NOTHING",
        pairs,
    )
    writes.add("DELETE FROM inbox_ticket_tags WHERE ticket_id = ANY(%s)", pairs[:1])
