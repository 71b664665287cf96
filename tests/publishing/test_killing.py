"""Workers die at every line and at any moment; each reply is on the network once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import pytest
from django.conf import LazySettings

from accounts.models import Department, User
from inbox.connectors.http import Api
from inbox.connectors.meta import graph
from publishing.models import Reply
from publishing.services import settling
from tests.networks.stub import Answer, running
from tests.publishing import killing
from tests.publishing.leaving import let_time_pass, work_all
from tests.publishing.places import SETTLE_SECONDS, FailingPage, StubPlace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.integration]


@pytest.fixture
def place(departments: dict[str, Department], settings: LazySettings) -> Iterator[StubPlace]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    page = FailingPage("100")
    with running(page) as stub:
        yield StubPlace(stub, page, departments["customer_service"])


@pytest.mark.timeout(900)
def test_a_worker_dies_at_every_line(place: StubPlace, agent: User) -> None:
    lines, step = killing.lines_of(place, agent), killing.ONE_LINE_IN
    assert lines > 100
    # A run that leaves lines out leaves out others than the last one did.
    numbers = range(random.randint(1, step), lines + 1, step)  # noqa: S311
    replies = killing.leaving(place, agent, len(numbers))
    for number, reply in zip(numbers, replies, strict=True):
        killing.kill_at_line(reply, number)
    said = place.said()
    assert {said[reply.text] for reply in replies} == {0, 1}
    killing.settle(replies, pause=SETTLE_SECONDS)
    assert killing.wrongs(place, replies) == []


@pytest.mark.timeout(900)
def test_workers_die_at_any_moment(place: StubPlace, agent: User) -> None:
    chance = random.Random(2026)  # noqa: S311 - repeatable, not secret
    lasts = killing.seconds_of(place, agent)
    replies = killing.leaving(place, agent, killing.RANDOM_KILLS)
    early = [killing.kill_after(reply, chance.uniform(0, lasts * 1.1)) for reply in replies]
    assert sum(early) > killing.RANDOM_KILLS / 4, "the workers had finished before"
    assert killing.doubles(place, replies) == []
    killing.settle(replies, pause=SETTLE_SECONDS)
    assert killing.wrongs(place, replies) == []


def test_without_looking_on_the_network_replies_are_doubled(
    place: StubPlace, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_look", lambda _reply: None)
    lines = killing.lines_of(place, agent)
    numbers = range(lines // 2, lines, 6)
    replies = killing.leaving(place, agent, len(numbers))
    for number, reply in zip(numbers, replies, strict=True):
        killing.kill_at_line(reply, number)
    killing.settle(replies)
    assert killing.doubles(place, replies)


def test_two_workers_with_the_same_job_say_it_once(place: StubPlace, agent: User) -> None:
    replies = killing.leaving(place, agent, 10)
    for reply in replies:
        killing.deliver_together(reply, workers=3)
    assert killing.wrongs(place, replies) == []


def test_without_a_claim_two_workers_say_it_twice(place: StubPlace, agent: User) -> None:
    replies = killing.leaving(place, agent, 3)
    for reply in replies:
        killing.deliver_together(reply, unguarded=True)
    assert killing.doubles(place, replies)


@pytest.mark.parametrize("status", [500, 502])
def test_a_failure_after_the_network_accepted_it(
    place: StubPlace, agent: User, status: int
) -> None:
    (reply,) = killing.leaving(place, agent)
    place.page.broken = [Answer.error(status)]
    _once(place, reply)


def test_a_broken_connection_after_the_network_accepted_it(place: StubPlace, agent: User) -> None:
    (reply,) = killing.leaving(place, agent)
    place.stub.lose_answer(method="POST", path="/comments")
    _once(place, reply)


def test_a_time_out_after_the_network_accepted_it(
    place: StubPlace, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "Api", partial(Api, seconds=1.0))
    (reply,) = killing.leaving(place, agent)
    place.stub.answer_late(1.5, method="POST", path="/comments")
    _once(place, reply)


def test_what_the_network_refused_to_hear_is_said_later(place: StubPlace, agent: User) -> None:
    (reply,) = killing.leaving(place, agent)
    place.stub.next(Answer.error(503), method="POST", path="/comments")
    work_all()
    assert place.said()[reply.text] == 0
    killing.settle([reply])
    assert killing.wrongs(place, [reply]) == []


def _once(place: StubPlace, reply: Reply) -> None:
    """It was said, nobody heard, and it is found instead of said again."""
    let_time_pass()
    work_all()
    reply.refresh_from_db()
    assert (reply.state, place.said()[reply.text]) == (Reply.State.UNCERTAIN, 1)
    killing.settle([reply], pause=SETTLE_SECONDS)
    assert killing.wrongs(place, [reply]) == []
