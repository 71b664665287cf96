"""A reply by signed webhook: offered where the receiver can, said once, changed and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Post, Ticket
from inbox.services import answering, channels
from inbox.services.conflicts import Refused
from inbox.services.receive import receive
from publishing.models import Reply
from publishing.queries.composer import composer_of
from publishing.services import delete_published, edit_published, save_draft, send_reply
from tests.networks.stub import Answer, Stub, running
from tests.networks.webhook import Receiver
from tests.publishing.leaving import work_all

pytestmark = [pytest.mark.django_db, pytest.mark.integration]
Say = Callable[..., Reply]


@pytest.fixture
def forum(departments: dict[str, Department], settings: Any) -> Channel:
    """A home-made forum that so far only delivers."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return channels.create_channel(name="Forum", network="forum", connector="webhook", by=None)


@pytest.fixture
def ticket(forum: Channel, departments: dict[str, Department]) -> Ticket:
    post = IncomingPost(
        "c-1", text="My bread came burnt.", posted_at=timezone.now(),
        author=IncomingAuthor("u-7", handle="sam"), details={"board": "north"},
    )  # fmt: skip
    receive(forum, [post])
    Ticket.objects.update(department=departments["customer_service"])
    return Ticket.objects.get()


@pytest.fixture
def receiver(forum: Channel) -> Receiver:
    found = Receiver()
    found.secret = forum.secret or ""
    return found


@pytest.fixture
def stub(receiver: Receiver, forum: Channel, admin: User) -> Iterator[Stub]:
    """The forum takes replies from now on."""
    with running(receiver) as found:
        address = f"{found.url}/replies"
        answering.send_replies_to(channel=forum, address=address, secret="", by=admin)
        yield found


@pytest.fixture
def say(ticket: Ticket, agent: User) -> Say:
    """Maya answers, and a worker sends it."""

    def run(text: str = "We are sorry.", **more: Any) -> Reply:
        ticket.refresh_from_db()
        draft = save_draft(ticket=Ticket.objects.get(pk=ticket.pk), author=agent, text=text, **more)
        reply = send_reply(reply=draft, by=agent)
        work_all()
        reply.refresh_from_db()
        return reply

    return run


def test_without_an_address_nothing_can_be_said(ticket: Ticket, agent: User, say: Say) -> None:
    composer = composer_of(ticket, agent)
    assert not composer.can_reply
    assert "address for replies" in composer.why_not
    with pytest.raises(Refused, match="address for replies"):
        say()


def test_the_composer_offers_what_the_receiver_can(ticket: Ticket, agent: User, stub: Stub) -> None:
    composer = composer_of(Ticket.objects.get(pk=ticket.pk), agent)
    assert [way.is_possible for way in composer.ways] == [True, True]
    assert composer.most_uploads == 4


@pytest.mark.parametrize("is_private", [False, True])
def test_the_composer_shows_how_much_the_receiver_takes(
    forum: Channel, ticket: Ticket, agent: User, stub: Stub, *, is_private: bool
) -> None:
    forum.refresh_from_db()
    forum.settings["reply_length"] = "20"
    forum.save()
    fresh = Ticket.objects.get(pk=ticket.pk)
    composer = composer_of(fresh, agent, typed="x" * 23, wants_private=is_private)
    measured = composer.measured
    assert (measured.length, measured.limit, measured.over) == (23, 20, 3)
    draft = save_draft(ticket=fresh, author=agent, text="x" * 23, is_private=is_private)
    with pytest.raises(Refused, match="Too long by 3"):
        send_reply(reply=draft, by=agent)


def test_a_receiver_that_says_nothing_of_length_has_no_limit(
    forum: Channel, ticket: Ticket, agent: User, stub: Stub
) -> None:
    forum.refresh_from_db()
    forum.settings["reply_length"] = ""
    forum.save()
    assert composer_of(Ticket.objects.get(pk=ticket.pk), agent).limit is None


def test_a_reply_reaches_the_receiver_and_stands_in_the_thread(
    ticket: Ticket, stub: Stub, receiver: Receiver, say: Say
) -> None:
    reply = say()
    (key,) = receiver.published
    assert key == str(reply.idempotency_key)
    assert receiver.published[key]["in_reply_to"] == "c-1"
    assert receiver.published[key]["details"] == {"board": "north"}
    assert (reply.state, reply.external_id) == ("sent", f"r-{key}")
    assert reply.post is not None
    assert reply.post.ticket == ticket


def test_a_lost_answer_is_looked_up_and_nothing_said_twice(
    stub: Stub, receiver: Receiver, say: Say
) -> None:
    stub.lose_answer(method="POST")
    reply = say()
    assert reply.state == Reply.State.UNCERTAIN
    work_all()
    reply.refresh_from_db()
    assert (reply.state, receiver.hears) == (Reply.State.SENT, 1)


def test_a_receiver_that_cannot_be_asked_hears_the_same_again_and_does_it_once(
    stub: Stub, receiver: Receiver, say: Say
) -> None:
    Channel.objects.update(settings={"reply_url": f"{stub.url}/replies"})
    stub.lose_answer(method="POST")
    reply = say()
    for _ in range(3):
        work_all()
    reply.refresh_from_db()
    assert (reply.state, receiver.hears, len(receiver.published)) == (Reply.State.SENT, 2, 1)


def test_the_receivers_own_delivery_of_it_is_the_same_post(
    forum: Channel, stub: Stub, say: Say
) -> None:
    reply = say()
    told = IncomingPost(reply.external_id, text=reply.text, posted_at=timezone.now(),
                        parent_external_id="c-1", is_own=True)  # fmt: skip
    receive(forum, [told])
    assert Post.objects.count() == 2


def test_it_can_be_reworded_and_taken_back(
    agent: User, stub: Stub, receiver: Receiver, say: Say
) -> None:
    reply = say()
    edit_published(reply=reply, by=agent, text="We are very sorry.")
    work_all()
    assert [one["text"] for one in receiver.published.values()] == ["We are very sorry."]
    reply.refresh_from_db()
    delete_published(reply=reply, by=agent)
    work_all()
    assert receiver.published == {}


def test_a_refusal_is_shown_in_the_receivers_words(stub: Stub, say: Say) -> None:
    stub.next(Answer(400, {"message": "The thread is closed."}))
    reply = say()
    assert reply.state == Reply.State.FAILED
    assert "The thread is closed." in reply.error
