"""Which ticket a post belongs to."""

from __future__ import annotations

import pytest

from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive import receive
from tests.inbox.receive.conftest import minutes, own, post

pytestmark = pytest.mark.django_db
Kind = TicketEvent.Kind


def ticket_of(name: str) -> Ticket | None:
    return Post.objects.get(external_id=name).ticket


def test_post_opens_a_routed_ticket(channel: Channel) -> None:
    receive(channel, [post("a", language="en", is_private=True)])
    ticket = Ticket.objects.get()
    assert ticket.department
    assert ticket.department.slug == "customer_service"
    assert ticket.decision
    assert ticket.decision.department == ticket.department
    assert ticket.opening_post
    assert ticket.opening_post.external_id == "a"
    assert ticket.contact
    assert ticket.contact.name == "Rosa Blum"
    assert (ticket.excerpt, ticket.language) == ("Where is my parcel?", "en")
    assert ticket.is_private
    assert not ticket.is_answered
    assert ticket.post_count == 1
    assert ticket.opened_at == ticket.last_post_at == minutes(0)
    assert ticket.state == Ticket.State.OPEN


def test_timeline_says_how_it_came_and_where_it_went(channel: Channel) -> None:
    receive(channel, [post("a")])
    received, routed = TicketEvent.objects.order_by("pk")
    assert received.kind == Kind.RECEIVED
    assert received.data["how"] == "channel"
    assert received.data["channel"] == channel.name
    assert routed.kind == Kind.ROUTED
    assert routed.data["department"] == Ticket.objects.get().department_id


def test_rule_may_set_the_priority(channel: Channel) -> None:
    receive(channel, [post("a", "urgent: my parcel")])
    assert Ticket.objects.get().priority == Ticket.Priority.HIGH


def test_reply_joins_its_thread(channel: Channel) -> None:
    receive(channel, [post("a")])
    receipt = receive(channel, [post("b", "Hello?", under="a", at=3)])
    ticket = Ticket.objects.get()
    assert receipt.tickets == 0
    assert receipt.ticket_ids == (ticket.pk,)
    assert (ticket.post_count, ticket.excerpt, ticket.last_post_at) == (2, "Hello?", minutes(3))
    assert Post.objects.get(external_id="b").parent == ticket.opening_post


def test_deep_thread_in_one_batch_backwards_is_one_ticket(channel: Channel) -> None:
    thread = [post(f"p{n}", under=f"p{n - 1}" if n else "", at=n) for n in range(1200)]
    receive(channel, thread[::-1])
    assert Ticket.objects.get().post_count == 1200


def test_own_post_at_the_top_has_no_ticket(channel: Channel) -> None:
    receipt = receive(channel, [own("news", "New oven!")])
    assert ticket_of("news") is None
    assert receipt.created == 1
    assert receipt.tickets == 0


def test_comments_under_an_own_post_open_their_own_tickets(channel: Channel) -> None:
    receive(channel, [own("news"), post("a", under="news", at=1), post("b", under="news", at=2)])
    assert Ticket.objects.count() == 2
    news = Post.objects.get(external_id="news")
    assert {one.parent for one in Post.objects.exclude(pk=news.pk)} == {news}


def test_own_comment_under_an_own_post_has_no_ticket(channel: Channel) -> None:
    receive(channel, [own("news"), own("link", under="news", at=1), post("a", under="link", at=2)])
    assert ticket_of("link") is None
    assert Ticket.objects.get().opening_post == Post.objects.get(external_id="a")


def test_replies_to_a_comment_join_its_ticket_whoever_writes(channel: Channel) -> None:
    receive(channel, [own("news"), post("a", under="news", at=1)])
    receive(channel, [own("b", under="a", at=2), post("c", under="b", at=3)])
    assert Ticket.objects.get().post_count == 3


def test_own_reply_marks_the_ticket_answered_until_they_write_again(channel: Channel) -> None:
    receive(channel, [post("a"), own("b", under="a", at=1)])
    assert Ticket.objects.get().is_answered
    receive(channel, [post("c", "Thanks", under="b", at=2)])
    assert not Ticket.objects.get().is_answered


def test_late_own_reply_does_not_answer_what_came_after_it(channel: Channel) -> None:
    receive(channel, [post("a"), post("c", "Still waiting", under="a", at=5)])
    receive(channel, [own("b", under="a", at=1)])
    ticket = Ticket.objects.get()
    assert not ticket.is_answered
    assert ticket.excerpt == "Still waiting"


@pytest.mark.parametrize("name", ["kestrel", "@Kestrel", "KESTREL", " @kestrel "])
def test_own_posts_are_known_by_handle_in_any_form(channel: Channel, name: str) -> None:
    channel.own_ids = [name]
    receive(channel, [own("news")])
    assert Post.objects.get().is_own


def test_own_posts_are_known_by_id_or_by_the_networks_word(channel: Channel) -> None:
    channel.own_ids = ["u-page"]
    receive(channel, [own("news"), post("more", is_own=True)])
    assert not Post.objects.filter(is_own=False).exists()


def test_ring_of_parents_ends(channel: Channel) -> None:
    receive(channel, [post("a", under="b"), post("b", under="c", at=1), post("c", under="a", at=2)])
    assert Ticket.objects.current().get().post_count == 3


def test_ring_closed_later_ends(channel: Channel) -> None:
    receive(channel, [post("a", under="b")])
    receive(channel, [post("b", under="a", at=1)])
    assert Ticket.objects.current().get().post_count == 2
    assert Post.objects.filter(parent=None).count() == 1


def test_post_that_names_itself_as_parent_stands_alone(channel: Channel) -> None:
    receive(channel, [post("a", under="a")])
    assert Ticket.objects.get().post_count == 1
