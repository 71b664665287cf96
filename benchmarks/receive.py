"""Taking posts in: batches of 500 against bare `bulk_create` of the same rows, and single posts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import models, transaction
from django.test import override_settings

from benchmarks.harness import Figure, Writer, at_least, fresh_database, p50, p95, seconds
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
        yield _cost_of_keeping(writer, ours)
        again = posts
        yield Figure("the same 500 again", seconds(lambda: receive(ours, again)) * 1000, "ms")
        yield from _one_by_one(writer, ours)


def _cost_of_keeping(writer: Writer, channel: Channel) -> Figure:
    """How much longer batches take when what came is kept word for word, turn by turn."""
    spent = {0: 0.0, 30: 0.0}
    for _ in range(ROUNDS):
        for days in spent:
            posts = [replace(post, raw=_body(post)) for post in _posts(writer, BATCH)]
            with override_settings(RAW_PAYLOAD_DAYS=days):
                spent[days] += seconds(lambda: receive(channel, posts))  # noqa: B023
    return Figure("keeping raw payloads costs", 100 * (spent[30] / spent[0] - 1), "%")


def _body(post: IncomingPost) -> bytes:
    """What a network might have sent for `post`."""
    said = {"id": post.external_id, "message": post.text, "link": post.url, "lang": "en"}
    return json.dumps({"object": "page", "entry": [{"changes": [{"value": said}]}]}).encode()


def _one_by_one(writer: Writer, channel: Channel) -> Iterator[Figure]:
    """Single posts, beside saving their rows one by one and doing nothing else."""
    whole, bare = [], []
    for _ in range(SINGLES):
        posts = _posts(writer, 1)
        whole.append(seconds(lambda: receive(channel, posts)) * 1000)  # noqa: B023 - called at once
        ticket = Ticket.objects.select_related("decision", "contact").latest("pk")
        rows = [ticket.contact, ticket.decision, ticket, *ticket.posts.all(), *ticket.events.all()]
        bare.append(seconds(lambda: _save_again(rows)) * 1000)  # noqa: B023
    yield Figure("one post's rows by bare create, median", p50(bare), "ms")
    yield Figure("one post, median", p50(whole), "ms")
    yield Figure("one post, p95", p95(whole), "ms")


@transaction.atomic
def _save_again(rows: Sequence[models.Model | None]) -> None:
    for row in rows:
        if row is not None:
            row.pk = None
            row._state.adding = True  # noqa: SLF001 - as if never saved
            if isinstance(row, Contact | Post):
                row.external_id = f"again{next(_serial)}"
            row.save(force_insert=True)


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
    found = [post.contact_id for post in posts if post.contact_id]
    contacts = list(Contact.objects.filter(pk__in=found, created_at__gte=posts[0].received_at))
    kinds: list[list[models.Model]] = [[*contacts], [*decisions], [*tickets], [*posts], [*events]]
    spent = 0.0
    with transaction.atomic():
        copies: dict[tuple[type[models.Model], int], models.Model] = {}
        for rows in kinds:
            keys = [row.pk for row in rows]
            for row in rows:
                row.pk = None
                row._state.adding = True  # noqa: SLF001 - as if never saved
                _point_at(row, copies, channel)
            start = time.perf_counter()
            type(rows[0])._default_manager.bulk_create(rows)  # noqa: SLF001
            spent += time.perf_counter() - start
            copies |= {(type(row), key): row for key, row in zip(keys, rows, strict=True)}
    return sum(len(rows) for rows in kinds), spent


def _point_at(
    row: models.Model, copies: dict[tuple[type[models.Model], int], models.Model], channel: Channel
) -> None:
    """Let the copy name the copies that were made before it."""
    for field in row._meta.concrete_fields:  # noqa: SLF001
        if not isinstance(field, models.ForeignKey):
            continue
        key = getattr(row, field.attname)
        if field.related_model is Channel:
            setattr(row, field.attname, channel.pk)
        elif (copy := copies.get((field.related_model, key))) is not None:
            setattr(row, field.attname, copy.pk)
    if isinstance(row, Contact):
        row.network = channel.network
