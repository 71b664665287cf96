"""Asking a network is one worker's turn at a time; a worker that dies gives its turn back."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.utils import timezone

from inbox.models import Channel, ChannelState
from inbox.services import ledger

# Longer than any fetch and intake: a worker that dies holds the channel no longer than this.
LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)


def claim(channel: Channel, *, force: bool) -> ChannelState | None:
    """Take the turn to ask if the channel is due (or `force`); None when it is not, or taken."""
    state, _ = ChannelState.objects.get_or_create(channel=channel)
    seen = state.next_poll_at
    if not force and seen is not None and seen > timezone.now():
        return None
    state.next_poll_at = state.turn_until = timezone.now() + LEASE
    claimed = ChannelState.objects.filter(channel=channel, next_poll_at=seen).update(
        next_poll_at=state.next_poll_at,
        turn_until=state.turn_until,
        last_polled_at=timezone.now(),
    )
    if not claimed:
        return None
    ledger.note(channel.pk, polls=1)
    return state


def hold(state: ChannelState, **changes: object) -> bool:
    """Write `changes` and keep the turn; False when it ran out and another worker has it now."""
    held = ChannelState.objects.filter(pk=state.pk, next_poll_at=state.next_poll_at)
    return bool(held.update(**changes))


def release(state: ChannelState, wait: timedelta, **changes: object) -> bool:
    """Write `changes` and let the channel be asked again after `wait`; as `hold`."""
    next_poll_at: datetime = timezone.now() + wait
    return hold(state, next_poll_at=next_poll_at, **changes)


def wait_after(failures: int, every: timedelta) -> timedelta:
    """How long to leave a failing channel alone: doubling up to 6 hours, give or take a fifth."""
    doubled = min(every * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads requests, guards nothing
    return timedelta(seconds=doubled.total_seconds() * jitter)
