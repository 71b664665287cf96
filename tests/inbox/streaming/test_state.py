"""The state of a stream, told alike by the page and the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.models import Channel, ChannelState
from inbox.services.streaming import Listening, note_stream
from tests.factories import make_channel

pytestmark = [pytest.mark.django_db, pytest.mark.integration]
As = Callable[[User], Client]
OPENED, TOLD = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
OPEN = Listening(is_open=True, opened_at=OPENED, told_at=TOLD)


def told(client: Client, channel: Channel) -> Any:
    return client.get(f"/api/channels/{channel.pk}/health").json()["stream"]


def test_an_open_stream_says_since_when_and_when_it_last_spoke(
    channel: Channel, as_user: As, admin: User
) -> None:
    note_stream(channel_id=channel.pk, found=OPEN)
    stream = told(as_user(admin), channel)
    assert (stream["state"], stream["error"]) == ("connected", "")
    assert datetime.fromisoformat(stream["since"]) == OPENED
    assert datetime.fromisoformat(stream["last_event_at"]) == TOLD


def test_a_stream_that_broke_off_is_reconnecting_and_says_why(
    channel: Channel, as_user: As, admin: User
) -> None:
    note_stream(channel_id=channel.pk, found=OPEN)
    note_stream(channel_id=channel.pk, found=Listening(error="answers 503"))
    client = as_user(admin)
    stream = told(client, channel)
    assert (stream["state"], stream["since"], stream["error"]) == (
        "reconnecting", None, "answers 503",
    )  # fmt: skip
    assert datetime.fromisoformat(stream["last_event_at"]) == TOLD
    page = client.get(reverse("inbox:channel_health", args=[channel.pk])).content.decode()
    assert "while the connection is opened again" in page
    assert "the stream answers 503" in page


def test_nobody_listens_when_the_process_let_go_or_died(
    channel: Channel, as_user: As, admin: User
) -> None:
    client = as_user(admin)
    assert told(client, channel)["state"] == "closed"
    note_stream(channel_id=channel.pk, found=Listening())
    assert told(client, channel)["state"] == "reconnecting"
    note_stream(channel_id=channel.pk, found=Listening(is_watched=False))
    assert told(client, channel)["state"] == "closed"
    long_ago = timezone.now() - timedelta(hours=1)
    ChannelState.objects.update(stream_alive_at=long_ago, stream_watched_at=long_ago)
    assert told(client, channel)["state"] == "closed"


def test_a_network_without_a_stream_tells_of_none(as_user: As, admin: User) -> None:
    assert told(as_user(admin), make_channel(connector="webhook")) is None
