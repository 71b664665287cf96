"""Taking posts in: batches of 500 against bare `bulk_create` of the same rows, and single posts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import models, transaction

from benchmarks.harness import Figure, Writer, at_least, at_most, fresh_database, p50, p95, seconds
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Contact, Post, Ticket, TicketEvent
from inbox.services.receive import receive
from routing.models import Decision

BATCH = 500
ROUNDS = 12
SINGLES = 300
_serial = count(1)


def measure() -> Iterator[Figure]:
    """Return rows a second both ways in the same run, turn by turn, and one post's time."""
    with fresh_database():
        writer = Writer()
        ours = Channel.objects.create(name="Ours", network="forum", connector="import")
        bare = Channel.objects.create(name="Bare", network="bare", connector="import")
        receive(ours, _posts(writer, BATCH))  # Caches, connection, plans.
        rows, receiving, creating = 0, [], []
        for _ in range(ROUNDS):
            posts = _posts(writer, BATCH)
            last = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            receiving.append(seconds(lambda: receive(ours, posts)))  # noqa: B023 - called at once
            made, spent = _create_again(last, bare)
            rows += made
            creating.append(spent)
        yield Figure("bare bulk_create of the same rows", rows / sum(creating), "rows/s")
        yield Figure("receive, batches of 500", rows / sum(receiving), "rows/s")
        yield Figure("receive, batches of 500", BATCH * ROUNDS / sum(receiving), "posts/s")
        share = 100 * sum(creating) / sum(receiving)
        yield at_least("receive as a share of bare bulk_create", share, "%", 40)
        again = posts
        yield Figure("the same 500 again", seconds(lambda: receive(ours, again)) * 1000, "ms")
        singles = [seconds(lambda: receive(ours, _posts(writer, 1))) * 1000 for _ in range(SINGLES)]
        yield Figure("one post, median", p50(singles), "ms")
        yield at_most("one post, p95", p95(singles), "ms", 15)


def _posts(writer: Writer, size: int) -> list[IncomingPost]:
    """Seven new threads of ten posts, by people who mostly write once."""
    posts: list[IncomingPost] = []
    start = datetime.now(UTC) - timedelta(hours=1)
    for number in range(size):
        serial = next(_serial)
        is_reply = bool(posts) and number % 10 >= 7
        person = f"u{writer.random.randrange(serial + 20)}"
        posts.append(
            IncomingPost(
                external_id=f"p{serial}",
                text=writer.text(),
                posted_at=start + timedelta(milliseconds=number),
                author=IncomingAuthor(person, handle=person, name=person.title()),
                parent_external_id=posts[number - 1].external_id if is_reply else "",
                url=f"https://forum.example/{serial}",
            )
        )
    return posts


def _create_again(after: int, channel: Channel) -> tuple[int, float]:
    """Write the rows of tickets newer than `after` once more, bare; return rows and seconds."""
    tickets = list(Ticket.objects.filter(pk__gt=after))
    posts = list(Post.objects.filter(ticket__gt=after))
    events = list(TicketEvent.objects.filter(ticket__gt=after))
    decisions = list(Decision.objects.filter(pk__in=[t.decision_id for t in tickets]))
    found = {post.contact_id for post in posts}
    contacts = list(Contact.objects.filter(pk__in=found, created_at__gte=posts[0].received_at))
    spent = 0.0
    with transaction.atomic():
        copies: dict[tuple[type[models.Model], int], models.Model] = {}
        for rows in (contacts, decisions, tickets, posts, events):
            keys = [row.pk for row in rows]
            for row in rows:
                row.pk = None
                row._state.adding = True
                _point_at(row, copies, channel)
            start = time.perf_counter()
            type(rows[0]).objects.bulk_create(rows)  # type: ignore[attr-defined]
            spent += time.perf_counter() - start
            copies |= {(type(row), key): row for key, row in zip(keys, rows, strict=True)}
    total = sum(map(len, (contacts, decisions, tickets, posts, events)))
    return total, spent


def _point_at(
    row: models.Model, copies: dict[tuple[type[models.Model], int], models.Model], channel: Channel
) -> None:
    """Let the copy name the copies that were made before it."""
    for field in row._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        key = getattr(row, field.attname)
        if field.related_model is Channel:
            setattr(row, field.attname, channel.pk)
        elif (copy := copies.get((field.related_model, key))) is not None:  # type: ignore[arg-type]
            setattr(row, field.attname, copy.pk)
    if isinstance(row, Contact):
        row.network = channel.network
