"""What was edited or removed on a network is read again as soon as the network says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from inbox import streamer, tasks
from inbox.connectors.errors import Limited, Unreachable
from inbox.models import Channel, ChannelQuota, Post
from inbox.services import polling, streaming
from inbox.services.channels import set_active
from inbox.streamer import Streamer
from tests.inbox.streaming.conftest import until
from tests.networks.mastodon import MastodonServer, Status
from tests.networks.stub import Answer, Stub

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.integration]
Begin = Callable[[], Streamer]
READ = "inbox.tasks.read_threads"


@pytest.fixture
def question(server: MastodonServer, channel: Channel) -> Status:
    """A question that came in."""
    asked = server.write("@kestrel Where is my parcle?")
    polling.poll(channel=channel, force=True)
    return asked


@pytest.fixture
def heard(server: MastodonServer, channel: Channel, listening: Begin) -> None:
    """Somebody listens, and has asked for what was written before."""
    listening()
    until(lambda: server.listeners)
    until(OrmQ.objects.exists)
    OrmQ.objects.all().delete()


def jobs() -> list[list[str]]:
    """The posts whose conversations each waiting job is to read."""
    found = [job.task for job in OrmQ.objects.all()]
    return [task["args"][1] for task in found if task["func"] == READ]


def read(channel: Channel) -> None:
    """Wait for a job, and do what waits."""
    until(jobs)
    for names in jobs():
        tasks.read_threads(channel.pk, names)
    OrmQ.objects.all().delete()


@pytest.mark.usefixtures("heard")
def test_an_edit_is_here_at_once(
    server: MastodonServer, channel: Channel, question: Status
) -> None:
    server.reword(question, "@kestrel Where is my parcel?")
    server.tell("status.update", server.shown(question))
    read(channel)
    post = Post.objects.get()
    assert (post.text, post.edited_at is None) == ("@kestrel Where is my parcel?", False)


@pytest.mark.usefixtures("heard")
def test_a_removal_is_here_at_once(
    server: MastodonServer, channel: Channel, question: Status
) -> None:
    del server.statuses[question.id]
    server.tell("delete", int(question.id))
    read(channel)
    assert Post.objects.get().deleted_at


@pytest.mark.usefixtures("heard")
def test_a_removed_answer_is_found_by_its_conversation(
    server: MastodonServer, channel: Channel, question: Status
) -> None:
    answer = server.write("@kestrel Number 7", under=question)
    polling.poll(channel=channel, force=True)
    del server.statuses[answer.id]
    server.tell("delete", int(answer.id))
    until(jobs)
    assert jobs() == [[question.id]]
    read(channel)
    assert [post.external_id for post in Post.objects.exclude(deleted_at=None)] == [answer.id]


@pytest.mark.usefixtures("heard")
def test_an_answer_to_what_is_gone_is_read_by_itself(
    server: MastodonServer, channel: Channel, question: Status
) -> None:
    answer = server.write("@kestrel Number 8", under=question)
    polling.poll(channel=channel, force=True)
    del server.statuses[question.id]
    Post.objects.filter(external_id=question.id).update(deleted_at=timezone.now())
    server.reword(answer, "@kestrel Number 7")
    server.tell("status.update", server.shown(answer))
    read(channel)
    assert Post.objects.get(external_id=answer.id).text == "@kestrel Number 7"


@pytest.mark.usefixtures("heard")
def test_what_changes_at_one_moment_is_read_once(
    server: MastodonServer,
    stub: Stub,
    channel: Channel,
    question: Status,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streamer, "TOGETHER", 1.0)
    answers = [server.write(f"@kestrel {number}", under=question) for number in range(10)]
    polling.poll(channel=channel, force=True)
    for answer in answers:
        server.reword(answer, f"{answer.text}!")
        server.tell("status.update", server.shown(answer))
    read(channel)
    assert len(stub.of("GET", "/context")) == 1
    assert Post.objects.exclude(edited_at=None).count() == 10


@pytest.mark.usefixtures("heard")
def test_a_post_nobody_knows_is_not_asked_for(server: MastodonServer, question: Status) -> None:
    lunch = server.write("Lunch", names=())
    server.tell("status.update", server.shown(lunch))
    server.tell("delete", int(lunch.id))
    with pytest.raises(AssertionError):
        until(OrmQ.objects.exists, seconds=0.8)


@pytest.mark.usefixtures("heard")
def test_what_changes_on_its_way_in_is_read_when_it_is_in(
    server: MastodonServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamer, "PACE", 3.0)
    question = server.write("@kestrel Where is my parcle?")
    server.tell("status.update", server.shown(question))
    with pytest.raises(AssertionError):
        until(jobs, seconds=0.6)
    polling.poll(channel=channel, force=True)
    until(jobs)


def test_a_post_that_is_gone_already_or_of_another_channel_costs_nothing(
    channel: Channel, question: Status
) -> None:
    assert streaming.read_changed(channel_id=channel.pk + 1, external_ids=[question.id])
    Post.objects.update(deleted_at=timezone.now())
    assert streaming.read_changed(channel_id=channel.pk, external_ids=[question.id]) == set()
    assert jobs() == []


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "9" * 5000, "'; --"])
def test_no_name_is_too_odd_to_be_looked_for(channel: Channel, name: str) -> None:
    assert streaming.read_changed(channel_id=channel.pk, external_ids=[name]) == {name}


def test_a_paused_channel_reads_nothing(channel: Channel, stub: Stub, question: Status) -> None:
    set_active(channel=channel, is_active=False, by=None)
    streaming.read_changed(channel_id=channel.pk, external_ids=[question.id])
    tasks.read_threads(channel.pk, [question.id])
    assert (jobs(), stub.of("GET", "/context")) == ([], [])


def test_what_cannot_be_read_now_is_tried_again(
    server: MastodonServer, stub: Stub, channel: Channel, question: Status
) -> None:
    server.reword(question, "@kestrel Where is my parcel?")
    stub.next(Answer.error(503), path="/context")
    with pytest.raises(Unreachable):
        tasks.read_threads(channel.pk, [question.id])
    tasks.read_threads(channel.pk, [question.id])
    assert Post.objects.get().text == "@kestrel Where is my parcel?"


def test_reading_again_leaves_requests_for_what_is_new(
    channel: Channel, stub: Stub, question: Status
) -> None:
    ChannelQuota.objects.all().delete()
    ChannelQuota.objects.create(
        channel=channel, name="api", limit=300, remaining=80,
        resets_at=timezone.now() + timedelta(minutes=4),
    )  # fmt: skip
    with pytest.raises(Limited):
        tasks.read_threads(channel.pk, [question.id])
    assert stub.of("GET", "/context") == []
