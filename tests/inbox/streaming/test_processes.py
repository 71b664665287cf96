"""The real processes: an event on the network is a post in the inbox a moment later."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from inbox.models import Channel, ChannelState, Post
from tests import servers
from tests.inbox.streaming.conftest import until
from tests.networks.mastodon import MastodonServer

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.integration, pytest.mark.timeout(300),
]  # fmt: skip
SLOWEST_START = 60
SLOWEST = 3


def test_what_is_said_and_edited_comes_in_at_once(server: MastodonServer, channel: Channel) -> None:
    with (
        servers.worker(ALLOW_PRIVATE_ADDRESSES="1"),
        servers.streamer(ALLOW_PRIVATE_ADDRESSES="1") as listener,
    ):
        until(lambda: server.listeners, seconds=SLOWEST_START)
        until(lambda: waits(channel), seconds=SLOWEST_START)
        time.sleep(5)  # two looks at one channel are this far apart
        question = server.write("@kestrel Where is my parcle?")
        server.notify(question)
        at_once(Post.objects.exists)
        server.reword(question, "@kestrel Where is my parcel?")
        server.tell("status.update", server.shown(question))
        at_once(Post.objects.filter(text__contains="parcel").exists)
        listener.process.send_signal(signal.SIGTERM)
        assert listener.process.wait(20) == 0
    assert not ChannelState.objects.get(channel=channel).is_streaming


def at_once(is_true: Callable[[], bool]) -> None:
    """Return once `is_true`, which must not take long."""
    began = time.monotonic()
    until(is_true)
    assert time.monotonic() - began < SLOWEST


def waits(channel: Channel) -> bool:
    """Whether it was asked, and is not due."""
    state = ChannelState.objects.get(channel=channel)
    return bool(state.cursor.get("known") is not None and state.last_polled_at)
