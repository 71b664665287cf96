"""What a batch leaves for those who watch over channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from inbox.models import Channel
from inbox.services import ledger
from inbox.services.receive.folding import Outcome
from inbox.services.receive.store import Writes

# Written at most this often a channel, and by whoever comes first, so that deliveries do not queue
# for one row.
_SAY_ALIVE_EVERY = timedelta(seconds=5)
_SAY_ALIVE = """
    WITH free AS (
        SELECT channel_id FROM inbox_channelstate
        WHERE channel_id = %s FOR NO KEY UPDATE SKIP LOCKED
    ), said AS (
        UPDATE inbox_channelstate SET last_received_at = %s
        WHERE channel_id IN (SELECT channel_id FROM free)
    )
    INSERT INTO inbox_channelstate
        (channel_id, last_received_at, cursor, failures, last_error, gaps)
    SELECT %s, %s, '{}', 0, '', 0
    WHERE NOT EXISTS (SELECT FROM inbox_channelstate WHERE channel_id = %s)
    ON CONFLICT DO NOTHING
"""


def say_alive(writes: Writes, channel: Channel, now: datetime, *, before: datetime | None) -> None:
    """Say that the channel received something, unless that was said just `before`."""
    if before is None or now - before >= _SAY_ALIVE_EVERY:
        writes.add(_SAY_ALIVE, [channel.pk, now, channel.pk, now, channel.pk])


def leave_tick(
    writes: Writes, channel: Channel, now: datetime, outcomes: Sequence[Outcome], delivered: int
) -> None:
    """Tell the ledger what the posts themselves do not say."""
    counts = {
        "deliveries": delivered,
        "doubled": outcomes.count(Outcome.DUPLICATE),
        "edited": outcomes.count(Outcome.EDITED),
    }
    if any(counts.values()):
        writes.add(*ledger.tick(channel.pk, now, **counts))
