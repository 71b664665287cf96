"""What the database knows already about the posts and tickets a batch concerns."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, JSONField, Model

from inbox.models import Channel, Post, PostVersion, Ticket

# Characters of the newest posts that are read back; an excerpt needs fewer.
_HEAD = 600
Row = TypeVar("Row", bound=Model)


def posts_named(
    channel: Channel, names: Collection[str], new_names: Collection[str]
) -> tuple[dict[str, Post], list[Post]]:
    """Stored posts by external id, and those whose parent, not here so far, is in `new_names`."""
    select = f"SELECT {_columns(Post)} FROM inbox_post WHERE channel_id = %s AND"  # noqa: S608
    found = _read(
        Post,
        f"""
        {select} external_id = ANY(%s)
        UNION ALL
        {select} parent_external_id = ANY(%s) AND parent_id IS NULL AND NOT parent_external_id = ''
        """,
        [channel.pk, list(names), channel.pk, list(new_names)],
    )
    posts = {post.pk: post for post in found}.values()
    wanted, looking = set(names), set(new_names)
    return (
        {post.external_id: post for post in posts if post.external_id in wanted},
        [post for post in posts if post.parent_id is None and post.parent_external_id in looking],
    )


def talks(channel: Channel, conversations: Collection[str]) -> dict[str, int]:
    """The ticket of the newest message that has one, by conversation."""
    if not conversations:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT given.name, newest.ticket_id FROM unnest(%s::text[]) AS given(name)
            CROSS JOIN LATERAL (
                SELECT ticket_id FROM inbox_post
                WHERE channel_id = %s AND conversation = given.name AND NOT conversation = ''
                    AND ticket_id IS NOT NULL
                ORDER BY posted_at DESC LIMIT 1
            ) AS newest
            """,
            [sorted(conversations), channel.pk],
        )
        return dict(cursor.fetchall())


def unanswered(channel: Channel, conversations: Collection[str]) -> list[Post]:
    """The page's own messages of `conversations` that nobody has written back to so far."""
    if not conversations:
        return []
    return _read(
        Post,
        f"""
        SELECT {_columns(Post)} FROM inbox_post
        WHERE channel_id = %s AND conversation = ANY(%s) AND NOT conversation = ''
            AND ticket_id IS NULL AND is_own AND NOT is_stub
        """,  # noqa: S608 - names of our own columns
        [channel.pk, sorted(conversations)],
    )


def below(roots: Iterable[Post]) -> list[Post]:
    """Posts under the page's own free-standing `roots`, down to the first ones with a ticket."""
    ids = [post.pk for post in roots]
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE free(id, ticket_id) AS (
                SELECT id, ticket_id FROM inbox_post WHERE id = ANY(%s)
                UNION
                SELECT post.id, post.ticket_id FROM inbox_post post
                JOIN free ON post.parent_id = free.id AND free.ticket_id IS NULL
            )
            SELECT id FROM free WHERE NOT id = ANY(%s)
            """,
            [ids, ids],
        )
        found = [row[0] for row in cursor.fetchall()]
    return list(Post.objects.filter(pk__in=found).defer("search")) if found else []


def earlier_wordings(posts: Collection[Post]) -> Iterable[PostVersion]:
    """Every earlier wording of `posts`."""
    return PostVersion.objects.filter(post__in=[post.pk for post in posts]) if posts else []


def locked_tickets(ids: Collection[int]) -> tuple[dict[int, Ticket], dict[int, Ticket]]:
    """The tickets `ids` by id, and the last one of each one's chain; locked until the end."""
    if not ids:
        return {}, {}
    rows = _read(
        Ticket,
        f"""
        WITH RECURSIVE chain(id) AS (
            SELECT unnest(%s::bigint[])
            UNION
            SELECT ticket.id FROM inbox_ticket ticket JOIN chain ON ticket.previous_id = chain.id
            WHERE ticket.previous_id IS NOT NULL
        )
        SELECT {_columns(Ticket)} FROM inbox_ticket ticket
        WHERE id IN (SELECT id FROM chain) ORDER BY id FOR NO KEY UPDATE OF ticket
        """,  # noqa: S608 - names of our own columns
        [sorted(ids)],
    )
    tickets = {ticket.pk: ticket for ticket in rows}
    last = {pk: pk for pk in tickets}
    for ticket in tickets.values():  # Ascending: whatever follows a ticket is younger.
        if ticket.previous_id in last:
            for start, end in last.items():
                if end == ticket.previous_id:
                    last[start] = ticket.pk
    return tickets, {start: tickets[end] for start, end in last.items()}


def newest_posts(ticket_ids: Collection[int], gone: Collection[int]) -> list[Post]:
    """The newest post of each ticket, the newest still there, and the newest of those not ours.

    `gone` are the ids of posts of which we learn only now that they were deleted.
    """
    if not ticket_ids:
        return []
    columns = (
        "id, ticket_id, external_id, posted_at, is_own, is_from_here, deleted_at,"
        f" left(text, {_HEAD}) AS text"
    )
    there = "ticket_id = given.id AND deleted_at IS NULL AND NOT id = ANY(%s::bigint[])"
    newest = "ORDER BY posted_at DESC, external_id DESC LIMIT 1"
    return list(
        Post.objects.raw(
            f"""
            SELECT newest.* FROM unnest(%s::bigint[]) AS given(id) CROSS JOIN LATERAL (
                (SELECT {columns} FROM inbox_post WHERE ticket_id = given.id {newest})
                UNION ALL
                (SELECT {columns} FROM inbox_post WHERE {there} {newest})
                UNION ALL
                (SELECT {columns} FROM inbox_post WHERE {there} AND NOT is_own {newest})
            ) AS newest
            """,  # noqa: S608 - constants only
            [sorted(ticket_ids), sorted(gone), sorted(gone)],
        )
    )


def _read(model: type[Row], query: str, arguments: list[Any]) -> list[Row]:
    """Rows of `query`, which selects `_columns(model)`.

    `objects.raw` says it shorter, and costs a single post as much as routing it.
    """
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        rows = cursor.fetchall()
    if not rows:
        return []
    fields = _fields(model)
    names = [field.attname for field in fields]
    encoded = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    found = []
    for row in rows:
        values = list(row)
        for place in encoded:
            values[place] = json.loads(values[place])
        found.append(model.from_db(connection.alias, names, values))
    return found


@cache
def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    """Everything but what the database generates."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented Meta API
    return [field for field in fields if not field.generated]


def _columns(model: type[Model]) -> str:
    return ", ".join(str(field.column) for field in _fields(model))
