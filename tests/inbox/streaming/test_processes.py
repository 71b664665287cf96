"""The real processes: an event on the network is a post in the inbox a moment later."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from inbox.models import Channel, ChannelState, Post
from tests import servers
from tests.inbox.streaming.conftest import until
from tests.networks.mastodon import MastodonServer

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.integration, pytest.mark.timeout(300),
]  # fmt: skip
SLOWEST_START = 60


def test_what_is_said_and_edited_comes_in_at_once(server: MastodonServer, channel: Channel) -> None:
    with (
        servers.worker(ALLOW_PRIVATE_ADDRESSES="1"),
        servers.streamer(ALLOW_PRIVATE_ADDRESSES="1") as listener,
    ):
        until(lambda: server.listeners, seconds=SLOWEST_START)
        until(lambda: waits(channel), seconds=SLOWEST_START)
        time.sleep(5)  # two looks at one channel are this far apart
        with before_the_clock_asks(channel):
            question = server.write("@kestrel Where is my parcle?")
            server.notify(question)
            until(Post.objects.exists)
        with before_the_clock_asks(channel):
            server.reword(question, "@kestrel Where is my parcel?")
            server.tell("status.update", server.shown(question))
            until(Post.objects.filter(text__contains="parcel").exists)
        listener.process.send_signal(signal.SIGTERM)
        assert listener.process.wait(20) == 0
    assert not ChannelState.objects.get(channel=channel).is_streaming


@contextmanager
def before_the_clock_asks(channel: Channel) -> Iterator[None]:
    """What happens here happens before the network is asked anyway."""
    state = ChannelState.objects.filter(channel=channel)
    until(state.filter(next_poll_at__gt=timezone.now() + timedelta(seconds=30)).exists)
    due = state.get().next_poll_at
    yield
    assert due is not None
    assert timezone.now() < due


def waits(channel: Channel) -> bool:
    """Whether it was asked, and is not due."""
    state = ChannelState.objects.get(channel=channel)
    return bool(state.cursor.get("known") is not None and state.last_polled_at)
