"""Listening to networks that say at once when something is new: then they are asked at once.

A stream only says when to ask. What came is read by the usual poll, whose cursor is the one place
that knows how far we are: a stream that drops loses nothing, and the poll after the next opening
goes on where the last one ended. What changed or went is found by reading its conversation again.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from inbox.connectors.base import Network, connectors, network_of
from inbox.connectors.types import Told
from inbox.models import Channel, ChannelState, Post
from inbox.services.access import access_of
from inbox.services.reconciling import MOST_THREADS


class NotListenedToError(Exception):
    """The channel is gone or paused, or its network says nothing by itself."""


class Asked(Enum):
    """What became of the wish to ask a channel now."""

    NOW = "now"
    LATER = "later"  # a worker has its turn and may have read past it: wish again
    NOT = "not"  # it is paused, or left alone after a failure: it is asked when that is over


@dataclass(frozen=True, slots=True)
class Listening:
    """How it goes with one channel's stream."""

    is_open: bool = False
    error: str = ""
    opened_at: datetime | None = None
    told_at: datetime | None = None  # of something new; None: not by this connection
    is_watched: bool = True  # a process holds it, or tries to


def to_hold() -> set[int]:
    """The channels whose network is to be listened to, as far as their credentials are good."""
    able = [
        slug
        for slug, one in connectors().items()
        if isinstance(one, Network) and one.capabilities.stream
    ]
    held = Channel.objects.active().filter(connector__in=able)
    good = held.exclude(state__credentials_expire_at__lte=timezone.now())
    return set(good.values_list("pk", flat=True))


def listen(*, channel_id: int) -> Generator[Told, None, None]:
    """As `Network.stream`, with the credentials of this moment.

    Raises `NetworkError` and `NotListenedToError`.
    """
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    network = network_of(channel.connector) if channel else None
    if channel is None or network is None:
        raise NotListenedToError
    try:
        with closing(network.stream(access_of(channel))) as said:
            for told in said:
                # Who listens for an hour needs no connection with the database meanwhile.
                connection.close()
                yield told
    finally:
        connection.close()


@transaction.atomic
def ask_now(*, channel_id: int) -> Asked:
    """Let a worker ask the network of a channel at once, unless it is to be left alone."""
    state = (
        ChannelState.objects.filter(channel=channel_id, channel__is_active=True)
        .select_related("channel")
        .first()
    )
    network = network_of(state.channel.connector) if state else None
    if state is None or network is None or state.failures or state.last_error:
        return Asked.NOT
    now, seen = timezone.now(), state.next_poll_at
    # A turn that ran out is anybody's, as for every other worker.
    if state.is_taken and seen is not None and seen > now:
        return Asked.LATER
    # Who took the turn since it was read here keeps it: a turn never ends at the same moment.
    waiting = ChannelState.objects.filter(channel=channel_id, next_poll_at=seen)
    if not waiting.update(next_poll_at=now):
        return Asked.LATER
    async_task("inbox.tasks.poll_network", channel_id)
    return Asked.NOW


@transaction.atomic
def read_changed(*, channel_id: int, external_ids: Collection[str]) -> set[str]:
    """Let a worker read the conversations of these posts again, each once.

    Returns those of which nothing is known here: they are none of ours, or have yet to come in.
    """
    storable = [one for one in external_ids if one.isprintable()]
    known = Post.objects.told().filter(
        channel=channel_id, channel__is_active=True, external_id__in=storable
    )
    unknown = set(external_ids)
    names: dict[str, None] = {}
    for name, deleted_at, opening, is_headless in known.values_list(
        "external_id", "deleted_at", "ticket__opening_post__external_id",
        "ticket__opening_post__deleted_at",
    ):  # fmt: skip
        unknown.discard(name)
        if deleted_at is None:
            # A conversation whose first post is gone cannot be asked for by its name.
            names[name if is_headless or not opening else opening] = None
    wanted = list(names)
    for start in range(0, len(wanted), MOST_THREADS):
        async_task("inbox.tasks.read_threads", channel_id, wanted[start : start + MOST_THREADS])
    return unknown


def note_stream(*, channel_id: int, found: Listening) -> None:
    """Remember that a stream is open now, or why it is not."""
    now = timezone.now()
    changes: dict[str, object] = {
        "stream_alive_at": now if found.is_open else None,
        "stream_watched_at": now if found.is_watched else None,
        "stream_opened_at": found.opened_at if found.is_open else None,
        "stream_error": found.error[:1000],
    }
    if found.told_at is not None:
        changes["stream_told_at"] = found.told_at
    ChannelState.objects.filter(channel=channel_id).update(**changes)
