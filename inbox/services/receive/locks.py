"""Who waits for whom, so that two deliveries at once end as if they had come one after the other.

A small delivery takes its channel's lock shared, and exclusively one of a few buckets for each
post, parent and conversation it names, in ascending order: the same post twice, a reply and its
parent, or two messages of one person then wait for each other, and strangers do not. Whatever
rearranges tickets (a large batch, the healing of a thread, a follow-up) takes the channel's lock
exclusively, and so meets nobody. Rows are locked afterwards and always in this order: contacts by
external id, then tickets by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zlib import crc32

from django.db import connection

from inbox.models import Channel
from inbox.services.receive.cleaning import Item

SMALL = 8  # posts; a larger batch is better off alone than holding many buckets
BUCKETS = 64
# The first half of the 64-bit key tells these locks from any others in the database.
NAMESPACE = 0x43440000


class NeedsWholeChannel(Exception):  # noqa: N818 - not an error, a change of plan
    """What was found needs the channel's exclusive lock; roll back and start again with it."""


def may_share(items: list[Item]) -> bool:
    """Whether to try with the shared lock.

    Never inside a caller's transaction, which may hold the lock shared already: two of those asking
    for it exclusively would wait for each other for ever.
    """
    return len(items) <= SMALL and not connection.in_atomic_block


def lock(channel: Channel, items: Iterable[Item], *, whole: bool) -> datetime | None:
    """Wait for the locks until the transaction ends; return when the channel last received."""
    base = (NAMESPACE << 32) + channel.pk * (BUCKETS + 1)
    if whole:
        keys = [base]
        calls = "pg_advisory_xact_lock(%s)"
    else:
        names = {item.external_id for item in items} | {item.parent_external_id for item in items}
        names |= {f"with {item.conversation}" for item in items if item.conversation}
        buckets = sorted({base + 1 + crc32(name.encode()) % BUCKETS for name in names if name})
        keys = [base, *buckets]
        calls = "pg_advisory_xact_lock_shared(%s)" + ", pg_advisory_xact_lock(%s)" * len(buckets)
    with connection.cursor() as cursor:
        last = "SELECT last_received_at FROM inbox_channelstate WHERE channel_id = %s"
        cursor.execute(f"SELECT ({last}), {calls}", [channel.pk, *keys])
        row = cursor.fetchone()
    last_received_at: datetime | None = row[0] if row else None
    return last_received_at
