"""Moves what hung on tickets that turned out to be part of another."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

# Presences stay: a browser that shows a merged ticket is sent to the other and says so itself.
_MOVED = (
    ("inbox_post", "ticket_id"),
    ("inbox_note", "ticket_id"),
    ("inbox_ticketevent", "ticket_id"),
    ("inbox_handover", "ticket_id"),
    ("inbox_ticket", "previous_id"),
    ("inbox_ticket", "merged_into_id"),
)


def merge_into(merged: Mapping[int, int]) -> None:
    """Move posts, notes, timeline, receipts, tags and links from each key's ticket to its value's."""
    if not merged:
        return
    pairs = [list(merged), list(merged.values())]
    moved = "FROM unnest(%s::bigint[], %s::bigint[]) AS moved(source, target)"
    with connection.cursor() as cursor:
        for table, column in _MOVED:
            cursor.execute(
                f"UPDATE {table} SET {column} = moved.target {moved} WHERE {column} = moved.source",  # noqa: S608 - constants only
                pairs,
            )
        cursor.execute(
            f"""
            INSERT INTO inbox_ticket_tags (ticket_id, tag_id)
            SELECT DISTINCT moved.target, tags.tag_id {moved}
            JOIN inbox_ticket_tags tags ON tags.ticket_id = moved.source
            ON CONFLICT DO NOTHING
            """,
            pairs,
        )
        cursor.execute("DELETE FROM inbox_ticket_tags WHERE ticket_id = ANY(%s)", [pairs[0]])
