"""Tags that rules give to tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from inbox.services.receive.store import Writes

# Names are added in one order everywhere, so that two deliveries do not wait for each other.
_NEW_TAGS = """
    INSERT INTO inbox_tag (name)
    SELECT name FROM (
        SELECT DISTINCT ON (lower(name)) name FROM unnest(%s::text[]) AS given(name)
        ORDER BY lower(name)
    ) AS wanted
    WHERE NOT EXISTS (SELECT FROM inbox_tag WHERE lower(inbox_tag.name) = lower(wanted.name))
    ON CONFLICT DO NOTHING
"""
_TAGGED = """
    INSERT INTO inbox_ticket_tags (ticket_id, tag_id)
    SELECT DISTINCT wanted.ticket_id, tag.id
    FROM unnest(%s::bigint[], %s::text[]) AS wanted(ticket_id, name)
    JOIN inbox_tag tag ON lower(tag.name) = lower(wanted.name)
    ON CONFLICT DO NOTHING
"""


def add_tags(
    writes: Writes, tags: Mapping[int, Collection[str]], merged: Mapping[int, int]
) -> None:
    """Add `tags` to the tickets of these ids, or to what those have become part of."""
    pairs = [(merged.get(pk, pk), name) for pk, names in tags.items() for name in names]
    if not pairs:
        return
    ids, names = [pk for pk, _ in pairs], [name for _, name in pairs]
    writes.add(_NEW_TAGS, [names])
    writes.add(_TAGGED, [ids, names])
