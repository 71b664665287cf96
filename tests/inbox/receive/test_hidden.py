"""What is taken out of the public's sight on the network, or was never for it."""

from __future__ import annotations

import pytest

from inbox.connectors.types import Verb
from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive import receive
from tests.inbox.receive.conftest import hidden, minutes, post

pytestmark = pytest.mark.django_db
Kind = TicketEvent.Kind


def kinds() -> list[str]:
    told = TicketEvent.objects.filter(kind__in=[Kind.HIDDEN, Kind.SHOWN]).order_by("pk")
    return list(told.values_list("kind", flat=True))


def test_a_hidden_post_is_marked_and_told_once(channel: Channel) -> None:
    receive(channel, [post("a")])
    assert receive(channel, [hidden("a", 7)]).hidden == 1
    assert receive(channel, [hidden("a", 7)]).duplicates == 1
    assert (Post.objects.get().is_hidden, kinds()) == (True, ["hidden"])


def test_shown_again_it_is_as_before(channel: Channel) -> None:
    receive(channel, [post("a"), hidden("a", 7), hidden("a", 9, verb=Verb.SHOW)])
    assert not Post.objects.get().is_hidden
    receive(channel, [hidden("a", 8)])
    assert not Post.objects.get().is_hidden


def test_the_later_word_stands_though_it_came_first(channel: Channel) -> None:
    receive(channel, [hidden("a", 9), post("a")])
    receive(channel, [hidden("a", 8, verb=Verb.SHOW)])
    assert Post.objects.get().is_hidden
    assert kinds() == ["hidden"]


def test_a_post_that_becomes_private_makes_its_ticket_private(channel: Channel) -> None:
    receive(channel, [post("a")])
    receive(channel, [post("a", is_private=True)])
    assert Post.objects.get().is_private
    assert Ticket.objects.get().is_private
    receive(channel, [post("a", is_private=False, edited_at=minutes(9))])
    assert Post.objects.get().is_private


def test_what_the_network_wants_back_is_kept_and_follows_edits(channel: Channel) -> None:
    receive(channel, [post("a", details={"cid": "1", "visibility": "direct"})])
    receive(channel, [post("a", "Edited", edited_at=minutes(9), details={"cid": "2"})])
    assert Post.objects.get().details == {"cid": "2", "visibility": "direct"}
