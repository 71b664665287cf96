"""Reading again what came before, with the reader of today: what it missed is taken in."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from inbox import live
from inbox.connectors import feed, tape, webhook
from inbox.connectors.base import Access, Network, network_of
from inbox.connectors.errors import NetworkError
from inbox.connectors.types import IncomingPost, ParseError, Verb
from inbox.models import Channel, Post, RawPayload, TicketEvent
from inbox.services import raw
from inbox.services.access import access_of
from inbox.services.receive import receive
from inbox.services.receive.cleaning import Item, clean
from inbox.services.receive.contacts import settle_contacts

How = RawPayload.How
AT_ONCE = 200
MOST_TOLD = 200
_UNREADABLE = (ParseError, NetworkError, ValueError, zlib.error, LookupError)


@dataclass(slots=True)
class Report:
    """What reading again found; `changes` are the first external ids and what is new of each."""

    payloads: int = 0
    new: int = 0
    edited: int = 0
    unchanged: int = 0
    changes: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def tell(self, name: str, what: str) -> None:
        if len(self.changes) < MOST_TOLD:
            self.changes.append((name, what))


class _History:
    """What a back-fill brought and nothing else: of that the old is nobody's work, now as then."""

    def __init__(self) -> None:
        self._before: dict[str, datetime | None] = {}

    def note(self, post: IncomingPost, before: datetime | None) -> None:
        """A post was read from what a back-fill was told, or from what came as it was written."""
        if before is None or post.external_id not in self._before:
            self._before[post.external_id] = before

    def apart(
        self, posts: Sequence[IncomingPost]
    ) -> list[tuple[datetime | None, list[IncomingPost]]]:
        """`posts` by the moment before which they are history; None: all are work."""
        found: dict[datetime | None, list[IncomingPost]] = {}
        for post in posts:
            found.setdefault(self._before.get(post.external_id), []).append(post)
        return list(found.items())


def reparse(*, channel: Channel, since: datetime, is_dry_run: bool = False) -> Report:
    """Read every payload kept since then again; take in what is found more than before.

    May be repeated: the second time nothing changes. Words that were edited or removed meanwhile
    stay as they are, and what did not change is told to nobody. A dry run writes nothing.
    """
    report = Report()
    latest: dict[str, IncomingPost] = {}
    happened: list[IncomingPost] = []
    history = _History()
    for post, before in _read_all(channel, since, report):
        history.note(post, before)
        if post.verb is not Verb.ADD:
            happened.append(post)
        elif post.external_id not in latest or _at(post) >= _at(latest[post.external_id]):
            latest[post.external_id] = post
    posts = [*latest.values(), *happened]
    for start in range(0, len(posts), AT_ONCE):
        with transaction.atomic():
            _apply(channel, posts[start : start + AT_ONCE], report, history)
            transaction.set_rollback(is_dry_run)
    return report


def _at(post: IncomingPost) -> tuple[bool, float]:
    at = post.edited_at
    return at is not None, at.timestamp() if at else 0.0


def _read_all(
    channel: Channel, since: datetime, report: Report
) -> Iterator[tuple[IncomingPost, datetime | None]]:
    """The posts, each with the moment before which its back-fill called all history."""
    own = channel.settings.get("account_id", "")
    payloads = RawPayload.objects.filter(channel=channel, received_at__gte=since)
    for payload in payloads.order_by("received_at", "pk").iterator(chunk_size=50):
        report.payloads += 1
        try:
            posts = list(_read(channel, payload))
        except _UNREADABLE as error:
            report.faults.append(f"{payload.pk}: {getattr(error, 'reason', error)}")
            continue
        told = payload.about.get("history_before")
        before = datetime.fromisoformat(told) if told else None
        yield from ((post, before) for post in posts if post.account in {"", own})


def _read(channel: Channel, payload: RawPayload) -> Iterator[IncomingPost]:
    parts, about = raw.unpack(bytes(payload.body)), payload.about
    if payload.how == How.FEED:
        kind, now = about.get("content_type", ""), payload.received_at
        for part in parts:
            yield from feed.parse(part, address=channel.url, content_type=kind, now=now).posts
        return
    network = network_of(channel.connector)
    if network is None:
        for part in parts:
            yield from webhook.parse_delivery(part).posts
        return
    # What a network told of limits and secrets then is no news.
    access = replace(access_of(channel), renewed=_ignore, quota=_ignore)
    for part in parts:
        if payload.how == How.DELIVERY:
            yield from network.parse_delivery(access, {}, part).posts
        else:
            with tape.playing(part):
                yield from _ask_again(network, access, payload.how, about)


def _ask_again(
    network: Network, access: Access, how: str, about: Mapping[str, Any]
) -> Sequence[IncomingPost]:
    if how == How.FETCH:
        return network.fetch(access, about["cursor"]).posts
    if how == How.THREAD:
        return network.thread(access, about["post"]).posts
    return [post for name in about["references"] for post in network.read(access, name)]


def _ignore(_told: Any) -> None:
    """Nobody wants to know."""


def _apply(
    channel: Channel, posts: Sequence[IncomingPost], report: Report, history: _History
) -> None:
    posts = [replace(post, raw=b"") for post in posts]
    names = [post.external_id for post in posts]
    rows = Post.objects.filter(channel=channel, external_id__in=names).defer("search")
    stored = {row.external_id: row for row in rows}
    items = clean(channel, posts, now=timezone.now())
    fresh, told = [], []
    for post, item in zip(posts, items, strict=True):
        row = stored.get(post.external_id)
        if item.verb is Verb.ADD and (row is None or row.is_stub):
            fresh.append(post)
        elif item.verb is not Verb.ADD or (row is not None and _says_more(row, item)):
            told.append(post)
        elif row is not None:
            _amend(channel, row, item, report)
    for before, some in history.apart(fresh):
        report.new += receive(channel, some, history_before=before).created
    _take_in(channel, fresh, told, report)


def _take_in(
    channel: Channel, fresh: list[IncomingPost], told: list[IncomingPost], report: Report
) -> None:
    for post in fresh:
        report.tell(post.external_id, "new")
    for post in told:
        receipt = receive(channel, [post])
        if receipt.edited or receipt.deleted or receipt.hidden:
            report.edited += 1
            report.tell(post.external_id, post.verb if post.verb is not Verb.ADD else "words")
        else:
            report.unchanged += 1


def _says_more(row: Post, item: Item) -> bool:
    """Whether the intake has something to do with it: words, a parent, or privacy."""
    if row.words_removed_at is not None:
        return False
    # An older wording read better must not stand in for the one that replaced it.
    is_newest = row.edited_at is None or (item.edited_at or row.posted_at) > row.edited_at
    is_linked = bool(item.parent_external_id) and not row.parent_external_id
    return (is_newest and item.text != row.text) or is_linked or (item.is_private > row.is_private)


def _amend(channel: Channel, row: Post, item: Item, report: Report) -> None:
    """Write what the old reader left out, and say so on the timeline."""
    changes = _missing(row, item)
    if row.contact_id is None and item.author is not None and item.author_key:
        key = item.author_key
        known = settle_contacts(channel.network, {key: item.author}, {key: row.posted_at})
        changes["contact_id"] = known[key].pk
    same = Post.objects.filter(pk=row.pk, edited_at=row.edited_at, words_removed_at=None)
    if not changes or not same.update(**changes):
        report.unchanged += 1
        return
    names = sorted(name.removesuffix("_id") for name in changes)
    report.edited += 1
    report.tell(row.external_id, ", ".join(names))
    if row.ticket is not None:
        data = {"post": row.pk, "reread": names}
        TicketEvent.objects.create(ticket=row.ticket, kind=TicketEvent.Kind.EDITED, data=data)
        live.publish([live.change_of(row.ticket, row.ticket.department_id)])


def _missing(row: Post, item: Item) -> dict[str, Any]:
    if row.words_removed_at is not None:
        return {}
    found: dict[str, Any] = {"kind": item.kind, "rating": item.rating or row.rating}
    if row.edited_at in {None, item.edited_at}:
        found["url"] = item.url or row.url
        found["attachments"] = item.attachments or row.attachments
        found["details"] = {**row.details, **item.details}
    return {name: value for name, value in found.items() if value != getattr(row, name)}
