"""Who wrote: one contact for each person or page of a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from inbox.connectors.types import IncomingAuthor

# Most authors are known and unchanged: those are only read, so that deliveries do not queue for the
# row of somebody who writes a lot. The rest are locked in one order everywhere. What a network
# leaves out does not make us forget it. A confidential department is not told as the earlier one:
# decisions are read by people of others.
_SETTLE = """
    WITH said AS (
        SELECT * FROM unnest(%(keys)s::text[], %(handles)s::text[], %(names)s::text[],
                             %(urls)s::text[], %(followers)s::integer[],
                             %(firsts)s::timestamptz[])
            AS said(key, handle, name, url, followers, first_at)
    ), known AS (
        SELECT contact.* FROM inbox_contact contact
        WHERE network = %(network)s AND external_id = ANY(%(keys)s::text[])
    ), wanted AS (
        SELECT said.key,
               coalesce(nullif(said.handle, ''), known.handle, '') AS handle,
               coalesce(nullif(said.name, ''), known.name, '') AS name,
               coalesce(nullif(said.url, ''), known.url, '') AS url,
               coalesce(said.followers, known.followers) AS followers
        FROM said LEFT JOIN known ON known.external_id = said.key
    ), written AS (
        INSERT INTO inbox_contact (network, external_id, handle, name, url, followers, created_at)
        SELECT %(network)s, key, handle, name, url, followers, statement_timestamp() FROM wanted
        WHERE NOT EXISTS (
            SELECT FROM known WHERE external_id = key
            AND (known.handle, known.name, known.url, known.followers)
                IS NOT DISTINCT FROM (wanted.handle, wanted.name, wanted.url, wanted.followers)
        )
        ORDER BY key
        ON CONFLICT (network, external_id) DO UPDATE SET handle = excluded.handle,
            name = excluded.name, url = excluded.url, followers = excluded.followers
        RETURNING external_id, id, followers
    ), found AS (
        SELECT external_id, id, followers FROM written
        UNION ALL
        SELECT external_id, id, followers FROM known
        WHERE NOT EXISTS (SELECT FROM written WHERE written.id = known.id)
    )
    SELECT external_id, id, found.followers, coalesce(earlier.slug, '')
    FROM found JOIN said ON said.key = found.external_id
    LEFT JOIN LATERAL (
        SELECT department.slug FROM inbox_ticket ticket
        JOIN accounts_department department ON department.id = ticket.department_id
        WHERE ticket.contact_id = found.id AND ticket.opened_at < said.first_at
              AND NOT department.is_confidential
        ORDER BY ticket.last_post_at DESC LIMIT 1
    ) AS earlier ON true
"""


class Known(NamedTuple):
    """A stored contact, and which open department last had a ticket of theirs."""

    pk: int
    followers: int | None = None
    earlier_department: str = ""


def settle_contacts(
    network: str, authors: Mapping[str, IncomingAuthor], firsts: Mapping[str, datetime]
) -> dict[str, Known]:
    """Return contacts by key, adding who is new and refreshing who changed.

    `firsts` says when each one's first post of the batch was written: tickets opened earlier count.
    """
    if not authors:
        return {}
    said = authors.values()
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "network": network,
                "keys": list(authors),
                "handles": [author.handle for author in said],
                "names": [author.name for author in said],
                "urls": [author.url for author in said],
                "followers": [author.followers for author in said],
                "firsts": [firsts[key] for key in authors],
            },
        )
        return {key: Known(*row) for key, *row in cursor.fetchall()}
