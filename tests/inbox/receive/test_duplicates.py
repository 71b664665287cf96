"""What was said before changes nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.models import Channel, Contact, Post, PostVersion, Ticket, TicketEvent
from inbox.services.receive import Receipt, receive
from routing.models import Decision
from tests.factories import make_channel
from tests.inbox.receive.conftest import deletion, minutes, own, post, reactions

pytestmark = pytest.mark.django_db

EVERYTHING = [
    post("a"),
    post("b", under="a", at=1),
    own("c", under="a", at=2),
    post("a", "Where is my cake?", edited_at=minutes(5)),
    deletion("b"),
    reactions("a", like=3),
]


def rows() -> list[object]:
    models = (Channel, Contact, Post, PostVersion, Ticket, TicketEvent, Decision)
    querysets = [model._default_manager.order_by("pk").values() for model in models]
    return [list(queryset) for queryset in querysets]


def test_each_post_is_counted_once(channel: Channel) -> None:
    receipt = receive(channel, [*EVERYTHING, *EVERYTHING])
    counted = (receipt.created, receipt.edited, receipt.deleted, receipt.counted)
    assert counted == (3, 1, 1, 1)
    assert receipt.duplicates == 6
    assert receipt.tickets == 1
    assert receipt.ticket_ids == (Ticket.objects.get().pk,)


def test_second_delivery_writes_and_tells_nothing(channel: Channel) -> None:
    receive(channel, EVERYTHING)
    before = rows()
    with CaptureQueriesContext(connection) as queries:
        receipt = receive(channel, EVERYTHING)
    assert receipt == Receipt(duplicates=6)
    assert rows() == before
    # The ledger counts that it was doubled, in a table that no log keeps.
    said = " ".join(q["sql"] for q in queries if "inbox_intaketick" not in q["sql"])
    assert not any(word in said for word in ("INSERT", "UPDATE", "pg_notify"))


def test_second_delivery_refreshes_no_contact(channel: Channel) -> None:
    receive(channel, [post("a")])
    receive(channel, [post("a")])
    assert Contact.objects.count() == 1


def test_same_id_on_another_channel_is_another_post(channel: Channel) -> None:
    receive(channel, [post("a")])
    receive(make_channel("Second page"), [post("a")])
    assert Ticket.objects.count() == 2


def test_nothing_is_nothing(channel: Channel) -> None:
    assert receive(channel, []) == Receipt()


def test_channel_remembers_when_it_last_received(channel: Channel) -> None:
    receive(channel, [post("a")])
    channel.refresh_from_db()
    first = channel.state.last_received_at
    assert first is not None
    receive(channel, [post("b")])
    channel.state.refresh_from_db()
    assert channel.state.last_received_at == first, "written again within five seconds"
