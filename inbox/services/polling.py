"""Asking networks what was written: one worker a channel, cursor and posts in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from inbox.connectors import tape
from inbox.connectors.base import Network, connectors, network_of
from inbox.connectors.errors import Expired, Limited, NetworkError
from inbox.connectors.tape import Tape
from inbox.connectors.types import IncomingPost, Page
from inbox.models import Channel, ChannelQuota, ChannelState, QuarantinedPayload, RawPayload
from inbox.services import leases, ledger, quarantine, raw
from inbox.services.access import access_of
from inbox.services.quarantine import Part, Unreadable
from inbox.services.receive import Receipt
from routing.services import clear_alarm, raise_alarm

# What one turn reads before others have theirs; a long back-fill goes on in the next.
MOST_PAGES = 20
BATCH = 500
How = RawPayload.How


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking a network brought; `error` says why nothing, or not all."""

    receipt: Receipt = field(default_factory=Receipt)
    posts: int = 0
    error: str = ""


class TurnLostError(Exception):
    """The worker took too long, and another one asks the channel now."""


def due_channels() -> list[int]:
    """Channels whose next look is due, and whose credentials are good as far as is known.

    Those that failed come last, so that one that hangs keeps no healthy one waiting.
    """
    polled = [
        slug
        for slug, one in connectors().items()
        if isinstance(one, Network) and one.capabilities.polling
    ]
    due = Channel.objects.due(polled).exclude(state__credentials_expire_at__lte=timezone.now())
    in_order = due.order_by(F("state__failures").asc(nulls_first=True), "state__next_poll_at")
    return list(in_order.values_list("pk", flat=True))


def poll(*, channel: Channel, force: bool = False) -> Polled | None:
    """Ask the network if the channel is due (or `force`); None when it is not, or asked already.

    Never raises for what the network does: that is told on the channel and tried later. Raises
    `LookupError` for a channel whose connector has no account on a network.
    """
    network = network_of(channel.connector)
    if network is None or not network.capabilities.polling:
        raise LookupError(channel.connector)
    state = leases.claim(channel, force=force)
    if state is None:
        return None
    wait = used_up(channel)
    if wait:
        reason = "allows no more requests for now"
        leases.release(state, wait, last_error=reason)
        return Polled(error=reason)
    return _ask(channel, network, state)


def take_in(
    *, channel: Channel, posts: Sequence[IncomingPost], history_before: datetime | None = None
) -> Receipt:
    """Receive posts that were read from the network; what cannot be kept goes to quarantine.

    `history_before` is as of `receive`.
    """
    # What can be read again is the whole answer, kept by whoever asked.
    parts = [
        Part(replace(post, raw=b""), post.raw or post.text.encode(), post.external_id)
        for post in posts
    ]
    receipts = []
    for start in range(0, len(parts), BATCH):
        receipt, unstorable = quarantine.take_in(
            channel=channel,
            parts=parts[start : start + BATCH],
            history_before=history_before,
        )
        _keep(channel, unstorable)
        receipts.append(receipt)
    return quarantine.total(*receipts)


def read_unread(*, channel: Channel, references: Sequence[str]) -> Receipt:
    """Read what a delivery only named. Raises `NetworkError`, with nothing taken in."""
    network = network_of(channel.connector)
    if network is None:
        raise LookupError(channel.connector)
    access = access_of(channel)
    with tape.recording(access.secrets.values()) as kept:
        posts = [post for reference in references for post in network.read(access, reference)]
    with transaction.atomic():
        receipt = take_in(channel=channel, posts=posts)
        raw.keep(
            channel=channel, how=How.READ, body=kept.as_bytes(), posts=posts, receipt=receipt,
            about={"references": list(references)},
        )  # fmt: skip
        return receipt


def _ask(channel: Channel, network: Network, state: ChannelState) -> Polled:
    receipts: list[Receipt] = []
    read = 0
    cursor = dict(state.cursor)
    # After many failures one question tries whether the network is well again.
    is_trial = state.failures >= ChannelState.BREAKS_AFTER
    try:
        access = access_of(channel)
        for _number in range(1 if is_trial else MOST_PAGES):
            with tape.recording(access.secrets.values()) as kept:
                page = network.fetch(access, cursor)
            receipts.append(_take_page(channel, state, page, kept, cursor))
            read += len(page.posts)
            cursor = dict(page.cursor)
            if not page.has_more:
                break
    except TurnLostError:
        return Polled(quarantine.total(*receipts), read, "took too long to answer")
    except NetworkError as error:
        _failed(channel, network, state, error)
        return Polled(quarantine.total(*receipts), read, error.reason)
    wait = timedelta() if page.has_more else network.poll_every
    leases.release(state, wait, failures=0, last_error="")
    if state.failures:
        clear_alarm(f"channel-{channel.pk}")
    return Polled(quarantine.total(*receipts), read)


@transaction.atomic
def _take_page(
    channel: Channel, state: ChannelState, page: Page, kept: Tape, cursor: dict[str, Any]
) -> Receipt:
    """The posts of `page` and how far it reads, together or not at all."""
    receipt = take_in(channel=channel, posts=page.posts)
    raw.keep(
        channel=channel, how=How.FETCH, body=kept.as_bytes(), posts=page.posts, receipt=receipt,
        about={"cursor": cursor},
    )  # fmt: skip
    keep_refused(channel, page)
    if not leases.hold(state, cursor=dict(page.cursor)):
        raise TurnLostError
    return receipt


def _keep(channel: Channel, parts: Sequence[Unreadable]) -> None:
    quarantine.keep(channel=channel, source=QuarantinedPayload.Source.NETWORK, parts=parts)


def _failed(channel: Channel, network: Network, state: ChannelState, error: NetworkError) -> None:
    if not isinstance(error, Limited):
        ledger.note(channel.pk, errors=1)
    if isinstance(error, Expired):
        _expired(channel, network, state, error)
        return
    # To be asked to wait is no failure.
    failures = state.failures + (0 if isinstance(error, Limited) else 1)
    wait = max(
        leases.wait_after(max(failures, 1), network.poll_every),
        timedelta(seconds=error.retry_after),
    )
    leases.release(state, wait, failures=failures, last_error=error.reason[:1000])
    if failures >= ChannelState.BREAKS_AFTER:
        message = f"{channel}: {network.label} {error.reason} ({failures} times in a row)."
        raise_alarm(f"channel-{channel.pk}", message, "warning")


def _expired(channel: Channel, network: Network, state: ChannelState, error: Expired) -> None:
    """Ask no more before somebody connects the channel again."""
    with transaction.atomic():
        leases.release(
            state,
            network.poll_every,
            failures=state.failures + 1,
            last_error=error.reason[:1000],
            credentials_expire_at=timezone.now(),
        )
        message = (
            f"{channel}: {network.label} {error.reason}. Nothing comes in before an admin connects "
            "it again: Settings › Channels."
        )
        raise_alarm(f"channel-expired-{channel.pk}", message, "critical")


def used_up(channel: Channel, *, spare: float = 0.0) -> timedelta | None:
    """How long until the network allows more requests; None when it does now.

    `spare` is the part of a quota, 0 to 1, that is to be left to others.
    """
    now = timezone.now()
    spent = ChannelQuota.objects.filter(
        channel=channel, remaining__lte=F("limit") * spare, resets_at__gt=now
    )
    resets = spent.order_by("-resets_at").values_list("resets_at", flat=True).first()
    return resets - now if resets else None


def keep_refused(channel: Channel, page: Page) -> None:
    """Put what of `page` cannot be understood in quarantine."""
    _keep(channel, [Unreadable(part.raw, part.reason, part.field) for part in page.refused])
