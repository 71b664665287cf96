"""The only way in: posts of a channel become tickets, once.

`cleaning` makes what came fit to be kept, `folding` says what each post is after it, `threads`
which thread it belongs to, `settling` what that means for the tickets; `locks`, `loading`,
`contacts` and `store` are all that speaks to the database. docs/intake.md has the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from inbox.connectors.types import IncomingPost
from inbox.models import Channel
from inbox.services import ledger
from inbox.services.receive.batch import Batch
from inbox.services.receive.cleaning import clean
from inbox.services.receive.locks import NeedsWholeChannel, lock, may_share

__all__ = ["Receipt", "receive"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; every incoming post is counted in one of the first six."""

    created: int = 0
    duplicates: int = 0
    edited: int = 0
    deleted: int = 0
    counted: int = 0
    hidden: int = 0  # on the network, or shown there again
    tickets: int = 0  # opened
    ticket_ids: tuple[int, ...] = ()  # opened or changed


def receive(
    channel: Channel,
    posts: Sequence[IncomingPost],
    *,
    were_delivered: int = 0,
    history_before: datetime | None = None,
    is_from_here: bool = False,
) -> Receipt:
    """Take `posts` in, in one transaction: dedupe, thread, route, record and tell the browsers.

    They came by `were_delivered` deliveries of the network, which the ledger is told.
    What was written before `history_before` (aware) is history: it is routed, so that those may
    read it who should, and otherwise sets nothing going (docs/intake.md, History).
    What is the page's own and `is_from_here` leaves the state of its ticket to whoever sent it.
    Safe to repeat and to run in many processes at once. Raises `ParseError`, with the path of the
    culprit and nothing written, for a post that cannot be kept as it is.
    """
    now = timezone.now()
    items = clean(channel, posts, now=now)
    if not items:
        return Receipt()
    told = were_delivered, history_before
    if may_share(items):
        with suppress(NeedsWholeChannel):
            batch = Batch(channel, items, now, *told, is_from_here=is_from_here)
            return _take_in(channel, batch, whole=False)
    batch = Batch(channel, items, now, *told, is_from_here=is_from_here)
    return _take_in(channel, batch, whole=True)


@transaction.atomic
def _take_in(channel: Channel, batch: Batch, *, whole: bool) -> Receipt:
    last_received_at = lock(channel, batch.items, whole=whole)
    outcomes = batch.fold()
    if batch.is_idle:
        ledger.note(channel.pk, deliveries=batch.were_delivered, doubled=len(batch.items))
        return Receipt(duplicates=len(batch.items))
    if batch.rearranges and not whole:
        raise NeedsWholeChannel
    settlement = batch.settle()
    if settlement.rearranges and not whole:
        raise NeedsWholeChannel
    batch.write(last_received_at, outcomes)
    counts = Counter(outcome.value for outcome in outcomes)
    opened, changed = settlement.opened, settlement.before
    return Receipt(**counts, tickets=len(opened), ticket_ids=tuple(sorted(changed)))
