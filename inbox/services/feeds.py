"""Asking feeds, each by one worker at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from inbox.connectors import feed
from inbox.connectors.feed import Answer, FetchError
from inbox.connectors.types import ParseError
from inbox.models import Channel, ChannelState, QuarantinedPayload, RawPayload
from inbox.services import leases, ledger, quarantine, raw
from inbox.services.quarantine import Part, Unreadable
from inbox.services.receive import Receipt
from routing.services import clear_alarm, raise_alarm

EVERY = timedelta(minutes=5)

BATCH = 500


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking a feed brought; `error` says why nothing."""

    receipt: Receipt = field(default_factory=Receipt)
    entries: int = 0
    is_unchanged: bool = False
    error: str = ""


def poll(*, channel: Channel, force: bool = False) -> Polled | None:
    """Ask the feed if it is due (or `force`); None when it is not, or another worker has it.

    Never raises for what the feed does wrong: that is counted, told on the channel and tried later.
    """
    state = leases.claim(channel, force=force)
    if state is None:
        return None
    try:
        answer = feed.fetch(
            channel.url, state.cursor, allow_private=settings.ALLOW_PRIVATE_ADDRESSES
        )
        return _take_in(channel, state, answer)
    except FetchError as error:
        return _failed(channel, state, error.reason, error.retry_after, is_gone=error.is_gone)


def due_channels() -> list[int]:
    """Channels whose next look is due."""
    return list(Channel.objects.due(["feed"]).values_list("pk", flat=True))


def _take_in(channel: Channel, state: ChannelState, answer: Answer) -> Polled:
    if answer.body is None:
        _settle(channel, state, answer)
        return Polled(is_unchanged=True)
    try:
        parsed = feed.parse(answer.body, address=channel.url, content_type=answer.content_type)
    except ParseError as error:
        part = Unreadable(answer.body, error.reason)
        source = QuarantinedPayload.Source.FEED
        quarantine.keep(channel=channel, source=source, parts=[part])
        return _failed(channel, state, error.reason)
    parts = [Part(post, post.text.encode(), post.external_id) for post in parsed.posts]
    batches = [parts[start : start + BATCH] for start in range(0, len(parts), BATCH)]
    # The cursor is stored with the last posts: whatever dies before asks for all of them again.
    receipts = [_batch(channel, batch) for batch in batches[:-1]]
    with transaction.atomic():
        receipts += [_batch(channel, batch) for batch in batches[-1:]]
        raw.keep(
            channel=channel, how=RawPayload.How.FEED, body=answer.body, posts=parsed.posts,
            about={"content_type": answer.content_type}, receipt=quarantine.total(*receipts),
        )  # fmt: skip
        _settle(channel, state, answer)
    return Polled(quarantine.total(*receipts), entries=len(parts))


def _batch(channel: Channel, parts: list[Part]) -> Receipt:
    with transaction.atomic():
        receipt, unstorable = quarantine.take_in(channel=channel, parts=parts)
        source = QuarantinedPayload.Source.FEED
        quarantine.keep(channel=channel, source=source, parts=unstorable)
    return receipt


def _settle(channel: Channel, state: ChannelState, answer: Answer) -> None:
    """Remember how far we read, and when to ask again."""
    with transaction.atomic():
        leases.release(state, EVERY, cursor=dict(answer.cursor), failures=0, last_error="")
        if answer.moved_to and answer.moved_to != channel.url and len(answer.moved_to) <= 500:
            Channel.objects.filter(pk=channel.pk).update(url=answer.moved_to)
            channel.url = answer.moved_to
        if state.failures:
            clear_alarm(f"feed-{channel.pk}")


def _failed(
    channel: Channel,
    state: ChannelState,
    reason: str,
    retry_after: int = 0,
    *,
    is_gone: bool = False,
) -> Polled:
    failures = state.failures + 1
    with transaction.atomic():
        ledger.note(channel.pk, errors=1)
        wait = max(leases.wait_after(failures, EVERY), timedelta(seconds=retry_after))
        leases.release(state, wait, failures=failures, last_error=reason[:1000])
        if is_gone:
            Channel.objects.filter(pk=channel.pk).update(is_active=False)
            message = f"The feed of {channel} is gone for good (410). The channel was switched off."
            raise_alarm(f"feed-{channel.pk}", message, "warning")
        elif failures >= ChannelState.BREAKS_AFTER:
            message = f"The feed of {channel} has failed {failures} times: it {reason}."
            raise_alarm(f"feed-{channel.pk}", message, "warning")
    return Polled(error=reason)
