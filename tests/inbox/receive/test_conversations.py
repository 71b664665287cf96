"""Direct messages of one conversation are one ticket, however they come."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Post, Ticket
from inbox.services.receive import receive
from tests.factories import make_channel
from tests.inbox.receive.conftest import minutes, own, post
from tests.inbox.receive.test_at_once import side_by_side, together

__all__ = ["side_by_side"]
pytestmark = pytest.mark.django_db
Made = Any


def message(name: str, *, talk: str = "rosa", by: Made = post, **more: Any) -> IncomingPost:
    details = {"conversation": talk} if talk else {}
    made: IncomingPost = by(name, kind="direct_message", is_private=True, details=details, **more)
    return made


def ticket_of(name: str) -> Ticket | None:
    return Post.objects.get(external_id=name).ticket


def test_messages_of_one_conversation_are_one_ticket(channel: Channel) -> None:
    receive(channel, [message("a")])
    receipt = receive(channel, [message("b", text="Hello?", at=3)])
    ticket = Ticket.objects.get()
    assert (receipt.tickets, ticket.post_count, ticket.excerpt) == (0, 2, "Hello?")
    assert ticket.is_private


def test_messages_of_one_batch_are_one_ticket(channel: Channel) -> None:
    receive(channel, [message(f"m{n}", at=n) for n in range(30)])
    assert Ticket.objects.get().post_count == 30


def test_another_conversation_is_another_ticket(channel: Channel) -> None:
    receive(channel, [message("a"), message("b", talk="sam", at=1)])
    receive(make_channel("Second page"), [message("c", at=2)])
    assert Ticket.objects.count() == 3


def test_a_comment_by_the_same_person_is_another_ticket(channel: Channel) -> None:
    receive(channel, [message("a"), post("b", at=1, details={"conversation": "rosa"})])
    assert Ticket.objects.count() == 2


def test_without_a_named_conversation_the_person_is_it(channel: Channel) -> None:
    sam = IncomingAuthor("u-sam", name="Sam")
    receive(channel, [message("a", talk=""), message("b", talk="", at=1)])
    receive(channel, [message("c", talk="", at=2, author=sam)])
    assert sorted(Ticket.objects.values_list("post_count", flat=True)) == [1, 2]


def test_our_message_alone_opens_no_ticket_and_joins_the_one_that_answers_it(
    channel: Channel,
) -> None:
    receive(channel, [message("hi", by=own)])
    assert ticket_of("hi") is None
    receive(channel, [message("a", at=5)])
    ticket = Ticket.objects.get()
    assert (ticket_of("hi"), ticket.post_count, ticket.is_answered) == (ticket, 2, False)


def test_our_answer_written_elsewhere_marks_the_ticket_answered(channel: Channel) -> None:
    receive(channel, [message("a")])
    receive(channel, [message("b", by=own, at=1)])
    assert ticket_of("b") == Ticket.objects.get()
    assert Ticket.objects.get().is_answered


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_arrival_changes_nothing(channel: Channel, order: tuple[int, ...]) -> None:
    said = [message("a", by=own), message("b", at=1), message("c", by=own, at=2),
            message("d", at=3)]  # fmt: skip
    for number in order:
        receive(channel, [said[number]])
    ticket = Ticket.objects.current().get()
    assert ticket.post_count == Post.objects.filter(ticket=ticket).count() == 4
    assert not ticket.is_answered


def test_a_message_soon_after_resolving_opens_the_ticket_again(channel: Channel) -> None:
    receive(channel, [message("a")])
    Ticket.objects.update(state="resolved", resolved_at=minutes(5))
    receive(channel, [message("b", at=9)])
    assert Ticket.objects.get().state == Ticket.State.OPEN


def test_a_message_long_after_opens_one_that_follows(channel: Channel) -> None:
    receive(channel, [message("a")])
    Ticket.objects.update(state="resolved", resolved_at=minutes(5))
    late = minutes(6) + channel.reopen_within
    receive(channel, [message("b", posted_at=late), message("c", posted_at=late)])
    receive(channel, [message("d", by=own, posted_at=late)])
    following = Ticket.objects.get(previous__isnull=False)
    assert following.post_count == 3
    assert following.previous == ticket_of("a")


def test_a_message_that_answers_another_stays_with_it(channel: Channel) -> None:
    receive(channel, [message("b", under="a", at=1)])
    receive(channel, [message("a"), message("c", at=2)])
    assert Ticket.objects.current().get().post_count == 3


def test_an_answer_in_private_to_a_comment_leads_what_follows_to_its_ticket(
    channel: Channel,
) -> None:
    receive(channel, [post("comment")])
    receive(channel, [message("private", by=own, under="comment", at=1)])
    receive(channel, [message("thanks", at=2)])
    assert ticket_of("thanks") == ticket_of("comment")
    assert Ticket.objects.get().post_count == 3


def test_a_repeated_message_changes_nothing(channel: Channel) -> None:
    receive(channel, [message("hi", by=own), message("a", at=1)])
    receipt = receive(channel, [message("hi", by=own), message("a", at=1)])
    assert (receipt.duplicates, receipt.ticket_ids) == (2, ())


@pytest.mark.django_db(transaction=True)
def test_two_first_messages_at_once_open_one_ticket(channel: Channel, side_by_side: None) -> None:
    together(
        lambda: receive(channel, [message("a")]),
        lambda: receive(channel, [message("b", at=1)]),
    )
    assert Ticket.objects.get().post_count == 2


@pytest.mark.django_db(transaction=True)
def test_our_message_and_its_answer_at_once_are_one_ticket(
    channel: Channel, side_by_side: None
) -> None:
    together(
        lambda: receive(channel, [message("hi", by=own)]),
        lambda: receive(channel, [message("a", at=1)]),
    )
    assert Ticket.objects.get().post_count == 2
