"""Keeping what came word for word, so that a better reader can read it again; and letting it go."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from inbox.connectors.base import network_of
from inbox.connectors.types import IncomingPost
from inbox.models import Channel, RawPayload
from inbox.services.receive.cleaning import Item

if TYPE_CHECKING:
    from inbox.services.receive import Receipt

How = RawPayload.How
PURGED_AT_ONCE = 2000
# The fastest: a delivery waits for it.
LEVEL = 1
_NO_NEWS = ("duplicates", "counted")


def kept_for(channel: Channel) -> timedelta:
    """How long payloads of `channel` are kept; none is at all when that is zero."""
    limits = [timedelta(days=settings.RAW_PAYLOAD_DAYS), retention_of(channel)]
    return min(limit for limit in limits if limit is not None)


def retention_of(channel: Channel) -> timedelta | None:
    """How long the words of `channel` may be kept: the shorter of its setting and the network's."""
    network = network_of(channel.connector)
    own = timedelta(days=channel.retention_days) if channel.retention_days else None
    limits = [limit for limit in (own, network.retention if network else None) if limit is not None]
    return min(limits, default=None)


def pack(parts: Iterable[bytes]) -> bytes:
    """`parts` as one compressed body."""
    framed = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return zlib.compress(framed, LEVEL)


def unpack(body: bytes) -> list[bytes]:
    """What `pack` put together."""
    content, at, parts = zlib.decompress(body), 0, []
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        at += 4 + size
        parts.append(content[at - size : at])
    return parts


def rows_of(
    channel: Channel, items: Sequence[Item], outcomes: Sequence[str], *, now: datetime
) -> list[RawPayload]:
    """One unsaved row for the payloads of a batch that said anything: each once, whatever it held.

    `outcomes` are the counts of the receipt each item went into.
    """
    said = [
        item
        for item, outcome in zip(items, outcomes, strict=True)
        if item.raw and outcome not in _NO_NEWS
    ]
    if not said or not kept_for(channel):
        return []
    parts = dict.fromkeys(item.raw for item in said)
    private = _private(said)
    return [
        RawPayload(
            channel_id=channel.pk, received_at=now, how=How.DELIVERY, about={},
            body=pack(parts), private=private,
        )
    ]  # fmt: skip


def keep(
    *,
    channel: Channel,
    how: str,
    body: bytes,
    about: Mapping[str, Any],
    posts: Iterable[IncomingPost],
    receipt: Receipt,
) -> None:
    """Keep what was read from the network, if it was news, in the caller's transaction."""
    is_news = receipt.created or receipt.edited or receipt.deleted or receipt.hidden
    if is_news and kept_for(channel):
        RawPayload.objects.create(
            channel=channel,
            received_at=timezone.now(),
            how=how,
            about=dict(about),
            body=pack([body]),
            private=_private(posts),
        )


def _private(posts: Iterable[IncomingPost | Item]) -> list[str]:
    return sorted({post.external_id for post in posts if post.is_private})


def purge() -> int:
    """Remove what was kept long enough, some at a time; how many rows went."""
    gone = 0
    for channel in Channel.objects.all():
        before = timezone.now() - kept_for(channel)
        while (count := _purge(channel, before)) > 0:
            gone += count
    return gone


def _purge(channel: Channel, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM inbox_rawpayload WHERE id IN (SELECT id FROM inbox_rawpayload"
            " WHERE channel_id = %s AND received_at <= %s ORDER BY received_at LIMIT %s)",
            [channel.pk, before, PURGED_AT_ONCE],
        )
        return int(cursor.rowcount)


def forget(*, channel_id: int, external_ids: Collection[str]) -> int:
    """Remove every payload that holds one of these private posts; how many."""
    rows = RawPayload.objects.filter(channel=channel_id, private__overlap=list(external_ids))
    return rows.exclude(private=[]).delete()[0]
