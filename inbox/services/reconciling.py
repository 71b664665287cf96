"""Reading lively conversations again, because deliveries get lost and networks forget to tell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from inbox.connectors import tape
from inbox.connectors.base import Network, connectors, network_of
from inbox.connectors.errors import Gone, Limited, NetworkError
from inbox.connectors.types import IncomingPost, Page
from inbox.models import Channel, ChannelState, Post, RawPayload, Ticket
from inbox.services import ledger, polling, raw
from inbox.services.access import access_of

EVERY = timedelta(hours=1)
LIVELY = timedelta(days=3)
MOST_THREADS = 30  # In one look: each costs the network a request.
MOST_LEFT_OUT = 50  # Of one conversation, for the same reason.
MOST_ORPHANS = 10
SPARE = 0.3  # of what the network allows, for asking what is new


@dataclass(frozen=True, slots=True)
class Look:
    """What looking again brought: `gaps` are posts that should have come before."""

    threads: int = 0
    gaps: int = 0
    error: str = ""


def due_channels() -> list[int]:
    """Channels whose conversations can be read whole, and were not for an hour."""
    threaded = [
        slug
        for slug, one in connectors().items()
        if isinstance(one, Network) and one.capabilities.threading
    ]
    before = timezone.now() - EVERY
    found = Channel.objects.active().filter(connector__in=threaded)
    now = timezone.now()
    found = found.exclude(state__credentials_expire_at__lte=now)
    # A network that is left alone is left alone in every way.
    found = found.exclude(
        state__failures__gte=ChannelState.BREAKS_AFTER, state__next_poll_at__gt=now
    )
    return list(found.exclude(state__reconciled_at__gt=before).values_list("pk", flat=True))


def reconcile(*, channel: Channel, force: bool = False) -> Look | None:
    """Read the conversations of the last days again and take in what is new, changed or gone.

    None when another worker did within the hour (unless `force`). Never raises for what the
    network does: what was read before it failed stays.
    """
    network = network_of(channel.connector)
    if network is None or not _claim(channel, force=force):
        return None
    threads = gaps = 0
    for name in _lively(channel):
        try:
            created = _read(channel, network, name)
        except Gone:
            continue
        except NetworkError as error:
            # Whoever is asked to wait, or cannot be reached, is asked again in an hour.
            return Look(threads, gaps, "" if isinstance(error, Limited) else error.reason)
        threads, gaps = threads + 1, gaps + created
    return Look(threads, gaps)


def read_threads(*, channel: Channel, names: Sequence[str]) -> None:
    """Read the conversations of these posts now, because the network says that they changed.

    Raises `NetworkError`; what was read before it stays.
    """
    network = network_of(channel.connector)
    if network is None or not network.capabilities.threading:
        return
    for name in names:
        wait = polling.used_up(channel, spare=SPARE)
        if wait is not None:
            raise Limited("allows no more requests for now", retry_after=wait.total_seconds())
        with suppress(Gone):
            _read(channel, network, name)


def _read(channel: Channel, network: Network, name: str) -> int:
    """Read one conversation and take it in; returns how many of its posts had not come.

    Raises `NetworkError`, with nothing taken in.
    """
    access = access_of(channel)
    with tape.recording(access.secrets.values()) as kept:
        page = network.thread(access, name)
    posts = (*page.posts, *_left_out(channel, network, name, page))
    with transaction.atomic():
        receipt = polling.take_in(channel=channel, posts=posts)
        raw.keep(
            channel=channel, how=RawPayload.How.THREAD, body=kept.as_bytes(), posts=page.posts,
            about={"post": name}, receipt=receipt,
        )  # fmt: skip
        if receipt.created:
            state = ChannelState.objects.filter(channel=channel)
            state.update(gaps=F("gaps") + receipt.created, last_gap_at=timezone.now())
            ledger.note(channel.pk, gaps=receipt.created)
    return receipt.created


def _left_out(
    channel: Channel, network: Network, name: str, page: Page
) -> tuple[IncomingPost, ...]:
    """The posts that a reading of their conversation leaves out because they are gone."""
    known = Post.objects.told().filter(
        ticket__channel=channel, ticket__opening_post__external_id=name, deleted_at=None
    )
    told = {post.external_id for post in page.posts}
    missing = [one for one in known.values_list("external_id", flat=True) if one not in told]
    return network.gone(access_of(channel), missing[:MOST_LEFT_OUT]) if missing else ()


def _claim(channel: Channel, *, force: bool) -> bool:
    now = timezone.now()
    state, _ = ChannelState.objects.get_or_create(channel=channel)
    if not force and state.reconciled_at is not None and state.reconciled_at > now - EVERY:
        return False
    mine = ChannelState.objects.filter(channel=channel, reconciled_at=state.reconciled_at)
    return bool(mine.update(reconciled_at=now))


def _lively(channel: Channel) -> list[str]:
    """The first posts of the conversations somebody wrote in lately."""
    tickets = Ticket.objects.current().filter(
        channel=channel,
        last_post_at__gte=timezone.now() - LIVELY,
        opening_post__deleted_at=None,
    )
    names = tickets.order_by("-last_post_at", "-id").values_list(
        "opening_post__external_id", flat=True
    )
    orphans = _answers_to_nothing(channel)
    return [name for name in names[: MOST_THREADS - len(orphans)] if name] + orphans


def _answers_to_nothing(channel: Channel) -> list[str]:
    """Answers staff gave on the network, lately, in conversations that nobody told us of."""
    lately = Post.objects.filter(
        channel=channel,
        parent=None,
        is_own=True,
        ticket=None,
        posted_at__gte=timezone.now() - LIVELY,
        deleted_at=None,
    ).exclude(parent_external_id="")
    return list(lately.order_by("-posted_at").values_list("external_id", flat=True)[:MOST_ORPHANS])
