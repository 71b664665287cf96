"""Staff who answer on the network itself have answered; and what we sent is not taken for that."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from pytest_django.fixtures import Settings

from accounts.models import User
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Post, PostVersion, Ticket, TicketEvent
from inbox.services import tickets
from inbox.services.published import record_published
from inbox.services.receive import receive
from inbox.timeline import sentence_of
from tests.inbox.receive.conftest import deletion, minutes, own, post
from tests.inbox.views.conftest import Browser, browser

pytestmark = pytest.mark.django_db
__all__ = ["browser"]


@pytest.fixture(autouse=True)
def clock() -> object:
    """It is five past twelve."""
    with time_machine.travel(minutes(5), tick=False) as traveller:
        yield traveller


def only() -> Ticket:
    return Ticket.objects.get()


def answers() -> list[TicketEvent]:
    return list(TicketEvent.objects.filter(kind="answered").order_by("pk"))


def sent(name: str = "b", text: str = "We are on it.") -> IncomingPost:
    """What publishing tells once the network took a reply."""
    return IncomingPost(name, text=text, posted_at=minutes(4), parent_external_id="a")


def test_an_answer_given_on_the_network_marks_the_ticket_answered_and_is_told(
    channel: Channel,
) -> None:
    receive(channel, [post("a")])
    receive(channel, [own("b", under="a", at=3)])
    assert (only().is_answered, only().state) == (True, "pending")
    (told,) = answers()
    assert sentence_of(told, {}) == "Answered on the network itself"
    assert Post.objects.get(external_id="b").is_native


@pytest.mark.parametrize("state", ["pending", "resolved", "open"])
def test_it_does_with_the_ticket_what_an_answer_from_here_does(
    channel: Channel, settings: Settings, state: str
) -> None:
    settings.AFTER_REPLY = state
    receive(channel, [post("a")])
    receive(channel, [own("b", under="a", at=3)])
    assert only().state == state
    receive(channel, [post("c", under="a", at=4)])
    assert only().state == "open"


def test_it_is_told_once_however_often_it_comes(channel: Channel) -> None:
    for _ in range(3):
        receive(channel, [own("b", under="a", at=3), post("a")])
    assert len(answers()) == 1


def test_an_answer_before_its_question_is_told_when_the_question_comes(channel: Channel) -> None:
    receive(channel, [own("b", under="a", at=3)])
    assert not Ticket.objects.exists()
    receive(channel, [post("a")])
    assert only().is_answered
    assert only().first_responded_at == minutes(3)
    assert len(answers()) == 1


def test_history_tells_of_its_answers_by_its_posts_alone(channel: Channel) -> None:
    receive(channel, [post("a", at=-20_000), own("b", under="a", at=-19_000)])
    assert (only().is_answered, answers()) == (True, [])


def test_the_pages_own_post_is_no_answer(channel: Channel) -> None:
    receive(channel, [own("root"), post("a", under="root", at=1)])
    assert (only().is_answered, answers()) == (False, [])


def test_the_customers_next_post_opens_the_ticket_again(channel: Channel, agent: User) -> None:
    receive(channel, [post("a"), own("b", under="a", at=1)])
    tickets.resolve(ticket=only(), by=agent)
    receive(channel, [post("c", under="a", at=4)])
    assert (only().state, only().is_answered) == ("open", False)


def test_an_answer_taken_back_on_the_network_is_none(channel: Channel) -> None:
    receive(channel, [post("a"), own("b", under="a", at=3)])
    receive(channel, [deletion("b")])
    assert not only().is_answered


@pytest.mark.parametrize("network_is_first", [True, False])
def test_what_was_sent_from_here_is_one_post_whoever_tells_first(
    channel: Channel, agent: User, *, network_is_first: bool
) -> None:
    receive(channel, [post("a")])
    theirs = own("b", "We are  on it.\n", under="a", at=3)
    if network_is_first:
        receive(channel, [theirs])
    record_published(channel=channel, post=sent(), by=agent)
    receive(channel, [theirs])
    answer = Post.objects.get(external_id="b")
    assert (answer.is_native, answer.sent_by, only().is_answered) == (False, agent, True)
    assert (only().post_count, PostVersion.objects.count()) == (2, 0)
    (told,) = answers()
    assert sentence_of(told, {}) == f"{agent} answered"


def test_what_was_sent_from_here_opens_and_resolves_nothing(channel: Channel, agent: User) -> None:
    receive(channel, [post("a")])
    tickets.snooze(ticket=only(), until=minutes(5) + timedelta(days=1), by=agent)
    record_published(channel=channel, post=sent(), by=agent)
    assert only().state == "snoozed"


def test_the_thread_says_where_and_by_whom_it_was_answered(
    channel: Channel, agent: User, browser: Browser
) -> None:
    channel.own_ids = [*channel.own_ids, "kestrel-mia"]
    channel.save()
    mia = IncomingAuthor("u-mia", handle="kestrel-mia", name="Mia <b>")
    receive(channel, [post("a"), post("b", "On it", under="a", at=1, author=mia)])
    page = browser(agent).get(f"/t/{only().pk}/").content.decode()
    assert "answered on Facebook" in page
    assert "Mia &lt;b&gt;" in page


def test_the_thread_says_who_sent_it_from_here(
    channel: Channel, agent: User, browser: Browser
) -> None:
    receive(channel, [post("a")])
    record_published(channel=channel, post=sent(), by=agent)
    page = browser(agent).get(f"/t/{only().pk}/").content.decode()
    assert f"sent by <bdi>{agent}</bdi>" in page
    assert "answered on" not in page
