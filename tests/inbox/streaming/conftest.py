"""A connected account on a server that streams, and the process that listens, in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from accounts.models import Department
from inbox import streamer
from inbox.models import Channel, ChannelState
from inbox.services.access import store_credentials
from inbox.services.channels import set_active
from tests.factories import make_channel
from tests.networks.mastodon import US, MastodonServer
from tests.networks.stub import Stub, running

STREAM = "/api/v1/streaming/user"


@pytest.fixture
def server() -> MastodonServer:
    return MastodonServer()


@pytest.fixture
def stub(server: MastodonServer) -> Iterator[Stub]:
    with running(server) as found:
        yield found


def connected(server: MastodonServer, stub: Stub) -> Channel:
    """A channel for the server's account, read up to now."""
    access = server.access(stub)
    channel = make_channel(
        connector="mastodon", network="mastodon", own_ids=[US],
        settings={**access.settings, "base_url": stub.url},
    )  # fmt: skip
    store_credentials(channel=channel, secrets=access.secrets, by=None)
    ChannelState.objects.create(channel=channel, cursor={"since": timezone.now().isoformat()})
    return set_active(channel=channel, is_active=True, by=None)


@pytest.fixture
def channel(
    server: MastodonServer,
    stub: Stub,
    settings: LazySettings,
    departments: dict[str, Department],
) -> Channel:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(server, stub)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], streamer.Streamer]]:
    """Begins to listen, with less patience than a real process has."""
    for name in ("LOOK_EVERY", "PACE", "PATIENCE", "TOGETHER"):
        monkeypatch.setattr(streamer, name, 0.1)
    begun: list[tuple[streamer.Streamer, threading.Thread]] = []

    def begin() -> streamer.Streamer:
        found = streamer.Streamer()

        def run() -> None:
            found.run()
            connection.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        begun.append((found, thread))
        return found

    yield begin
    for found, thread in begun:
        found.stop()
        thread.join(20)


def until(is_true: Callable[[], object], *, seconds: float = 20) -> None:
    """Return once `is_true`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it does not become true"
        time.sleep(0.02)
