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
    ("inbox_notice", "ticket_id"),
    ("inbox_consult", "ticket_id"),
    ("inbox_ticket", "previous_id"),
    ("inbox_ticket", "merged_into_id"),
)

# A department that was asked on both is asked once: the older question stays open.
_ASKED_TWICE = """
    UPDATE inbox_consult SET state = 'withdrawn', closed_at = now() WHERE id IN (
        SELECT id FROM (
            SELECT consult.id, row_number() OVER (
                PARTITION BY coalesce(moved.target, consult.ticket_id), consult.department_id
                ORDER BY consult.id
            ) AS place
            FROM inbox_consult consult
            LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS moved(source, target)
                ON moved.source = consult.ticket_id
            WHERE consult.state = 'open' AND consult.ticket_id = ANY(%s)
        ) AS asked WHERE place > 1
    )
"""


def merge_into(writes: Writes, merged: Mapping[int, int]) -> None:
    """Move posts, notes, timeline, tags and the like from each key's ticket to its value's."""
    if not merged:
        return
    pairs = [list(merged), list(merged.values())]
    moved = "FROM unnest(%s::bigint[], %s::bigint[]) AS moved(source, target)"
    writes.add(_ASKED_TWICE, [*pairs, [*merged, *merged.values()]])
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
