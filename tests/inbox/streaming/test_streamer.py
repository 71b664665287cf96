"""Listening to a network: asked when it says so, opened again, let go."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from inbox import streamer
from inbox.connectors.types import Told
from inbox.models import Channel, ChannelState, Post
from inbox.services import leases, polling, streaming
from inbox.services.channels import set_active
from inbox.streamer import Streamer
from tests.inbox.streaming.conftest import STREAM, connected, until
from tests.networks.mastodon import US, MastodonServer
from tests.networks.stub import Answer, Stub

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.integration]
Begin = Callable[[], Streamer]


def read(channel: Channel) -> None:
    """Do what the worker would: the jobs that wait, once each."""
    jobs = OrmQ.objects.all()
    assert {job.func() for job in jobs} <= {"inbox.tasks.poll_network"}
    jobs.delete()
    polling.poll(channel=channel)


def jobs() -> int:
    return len(OrmQ.objects.all())


def asked_at_once(channel: Channel) -> None:
    """Wait for a job, and do it."""
    until(jobs)
    read(channel)


@pytest.mark.usefixtures("stub")
def test_an_event_lets_the_channel_be_asked_at_once(
    server: MastodonServer, channel: Channel, listening: Begin
) -> None:
    listening()
    asked_at_once(channel)  # as ever when a stream is opened
    assert polling.due_channels() == []
    server.notify(server.write("@kestrel Where is my parcel?"))
    asked_at_once(channel)
    assert list(Post.objects.values_list("text", flat=True)) == ["@kestrel Where is my parcel?"]


def test_what_was_said_while_nobody_listened_is_there_once(
    server: MastodonServer, stub: Stub, channel: Channel, listening: Begin
) -> None:
    listening()
    asked_at_once(channel)
    server.notify(server.write("@kestrel before"))
    asked_at_once(channel)
    server.hang_up()
    until(lambda: not server.listeners)
    server.write("@kestrel meanwhile")
    until(lambda: server.listeners)
    asked_at_once(channel)
    server.notify(server.write("@kestrel after"))
    asked_at_once(channel)
    said = Post.objects.order_by("pk").values_list("text", flat=True)
    assert [text.removeprefix("@kestrel ") for text in said] == ["before", "meanwhile", "after"]
    assert len(stub.of("GET", STREAM)) == 2


def test_a_paused_channel_is_let_go_and_taken_up_again(
    server: MastodonServer, channel: Channel, listening: Begin
) -> None:
    listening()
    until(lambda: server.listeners)
    set_active(channel=channel, is_active=False, by=None)
    until(lambda: not server.listeners)
    set_active(channel=channel, is_active=True, by=None)
    until(lambda: server.listeners)
    channel.delete()
    until(lambda: not server.listeners)


def test_a_channel_that_was_paused_for_a_moment_is_listened_to_again(
    server: MastodonServer, channel: Channel, listening: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen, tries = streaming.listen, []

    def paused_at_first(*, channel_id: int) -> Generator[Told, None, None]:
        tries.append(channel_id)
        if len(tries) == 1:
            raise streaming.NotListenedToError
        return listen(channel_id=channel_id)

    monkeypatch.setattr(streaming, "listen", paused_at_first)
    listening()
    until(lambda: server.listeners)


def test_a_refused_token_is_not_hammered_and_the_poll_hears_of_it(
    server: MastodonServer, stub: Stub, channel: Channel, listening: Begin
) -> None:
    server.token = "another"
    listening()
    asked_at_once(channel)
    state = ChannelState.objects.get(channel=channel)
    assert state.credentials_expire_at is not None
    assert streaming.to_hold() == set()
    assert len(stub.of("GET", "/api/v2/instance") + stub.of("GET", STREAM)) <= 2
    assert jobs() == 0


def test_a_server_that_hangs_keeps_no_other_channel_waiting(
    server: MastodonServer, stub: Stub, channel: Channel, listening: Begin
) -> None:
    healthy = connected(server, stub)
    stub.answer_late(8, path="/api/v2/instance")
    listening()
    until(lambda: len(server.listeners) == 1, seconds=6)
    until(lambda: {ChannelState.objects.get(channel=one).is_streaming for one in (channel, healthy)}
          == {True, False}, seconds=6)  # fmt: skip


def test_two_processes_hold_one_stream(
    server: MastodonServer, channel: Channel, listening: Begin
) -> None:
    first = listening()
    until(lambda: server.listeners)
    (held,) = server.listeners
    listening().stop()
    second = listening()
    assert server.listeners == [held]
    first.stop()
    until(lambda: server.listeners and held not in server.listeners)
    assert len(server.listeners) == 1
    second.stop()


def test_health_knows_whether_a_stream_is_open(
    server: MastodonServer, stub: Stub, channel: Channel, listening: Begin
) -> None:
    def state() -> ChannelState:
        return ChannelState.objects.get(channel=channel)

    running = listening()
    until(lambda: state().is_streaming)
    stub.next(Answer.error(503), path=STREAM)
    server.hang_up()
    until(lambda: "503" in state().stream_error)
    assert not state().is_streaming
    until(lambda: state().is_streaming)
    assert state().stream_error == ""
    running.stop()
    until(lambda: not state().is_streaming)
    state_long_ago = ChannelState(stream_alive_at=timezone.now() - timedelta(minutes=4))
    assert not state_long_ago.is_streaming


def test_events_in_quick_succession_are_read_together(
    server: MastodonServer, channel: Channel, listening: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamer, "PACE", 1.0)
    listening()
    asked_at_once(channel)
    for number in range(30):
        server.notify(server.write(f"@kestrel {number}"))
    asked_at_once(channel)
    assert Post.objects.count() == 30
    assert jobs() == 0


def test_an_event_during_a_workers_turn_is_not_forgotten(
    server: MastodonServer, channel: Channel, listening: Begin
) -> None:
    listening()
    asked_at_once(channel)
    turn = leases.claim(channel, force=True)
    assert turn is not None
    server.notify(server.write("@kestrel too late for this turn"))
    with pytest.raises(AssertionError):
        until(jobs, seconds=0.6)
    assert leases.release(turn, timedelta(minutes=2))
    asked_at_once(channel)
    assert Post.objects.count() == 1


def test_what_others_write_at_home_is_nothing_to_look_for(
    server: MastodonServer, channel: Channel, listening: Begin
) -> None:
    listening()
    asked_at_once(channel)
    stranger, own = server.write("Lunch", names=()), server.write("From our desk", author=US)
    server.tell("update", server.shown(stranger))
    with pytest.raises(AssertionError):
        until(jobs, seconds=0.6)
    server.tell("update", server.shown(own))
    asked_at_once(channel)
    assert list(Post.objects.values_list("text", flat=True)) == ["From our desk"]
