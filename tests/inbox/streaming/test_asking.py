"""Asking at once takes no turn away, and leaves alone who is to be left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import User
from inbox.connectors.base import Network, network_of
from inbox.connectors.errors import Expired, Gone, Limited, Unreachable
from inbox.models import Channel, ChannelState
from inbox.services import leases, streaming
from inbox.services.channels import set_active
from inbox.services.streaming import Asked
from inbox.streamer import LONGEST_WAIT, REFUSED_WAIT, wait_after

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def ask(channel: Channel) -> tuple[Asked, int]:
    return streaming.ask_now(channel_id=channel.pk), OrmQ.objects.count()


def test_a_channel_that_waits_for_its_time_is_asked_now(channel: Channel) -> None:
    ChannelState.objects.update(next_poll_at=timezone.now() + timedelta(seconds=90))
    assert ask(channel) == (Asked.NOW, 1)
    assert leases.claim(channel, force=False)


def test_a_turn_is_not_taken_away(channel: Channel) -> None:
    turn = leases.claim(channel, force=True)
    assert turn is not None
    assert ask(channel) == (Asked.LATER, 0)
    assert leases.hold(turn, gaps=0)


def test_the_last_minute_of_a_slow_workers_turn_is_not_taken_away(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long as a channel waits after a good look.
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=60))
    turn = leases.claim(channel, force=True)
    assert turn is not None
    assert ask(channel) == (Asked.LATER, 0)
    assert leases.release(turn, timedelta(minutes=2))
    assert ask(channel) == (Asked.NOW, 1)


def test_a_turn_that_ran_out_is_anybodys(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=-1))
    assert leases.claim(channel, force=True)
    assert ask(channel) == (Asked.NOW, 1)


def test_a_turn_that_is_taken_at_the_same_moment_is_kept(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = []

    def slowly(slug: str) -> Network | None:
        """A worker is faster, between the look at the channel and the wish to ask it."""
        turns.append(leases.claim(channel, force=True))
        return network_of(slug)

    monkeypatch.setattr(streaming, "network_of", slowly)
    assert ask(channel) == (Asked.LATER, 0)
    (turn,) = turns
    assert turn is not None
    assert leases.hold(turn, gaps=0)


@pytest.mark.parametrize("amiss", [{"failures": 1}, {"last_error": "allows no more requests"}])
def test_a_channel_that_is_left_alone_stays_so(channel: Channel, amiss: dict[str, Any]) -> None:
    ChannelState.objects.update(next_poll_at=timezone.now() + timedelta(seconds=90), **amiss)
    assert ask(channel) == (Asked.NOT, 0)


def test_a_paused_or_deleted_channel_is_not_asked(channel: Channel) -> None:
    set_active(channel=channel, is_active=False, by=None)
    assert ask(channel) == (Asked.NOT, 0)
    assert streaming.to_hold() == set()
    assert streaming.ask_now(channel_id=channel.pk + 1) is Asked.NOT
    with pytest.raises(streaming.NotListenedToError):
        next(streaming.listen(channel_id=channel.pk))


def test_waits_double_and_are_long_after_a_refusal() -> None:
    waits = [wait_after(failures, Unreachable("is away")) for failures in (1, 2, 5, 50)]
    usual = zip((1, 2, 16, LONGEST_WAIT), waits, strict=True)
    assert all(0.8 * n <= wait <= 1.2 * n for n, wait in usual)
    for refusal in (Expired("answers 401"), Gone("answers 404")):
        assert wait_after(1, refusal) >= 0.8 * REFUSED_WAIT
    assert wait_after(1, Limited("answers 429", retry_after=500)) >= 400


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"stream_alive_at": Now()}, "at once, over an open connection"),
        ({"stream_error": "answers <503>"}, "the stream answers &lt;503&gt;"),
        ({}, "no connection is open"),
    ],
)
def test_the_health_page_says_whether_we_are_told_at_once(
    channel: Channel,
    as_user: Callable[[User], Client],
    admin: User,
    state: dict[str, Any],
    said: str,
) -> None:
    ChannelState.objects.update(**state)
    page = as_user(admin).get(reverse("inbox:channel_health", args=[channel.pk]))
    assert said in page.content.decode()
