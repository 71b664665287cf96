"""Somebody writes to a ticket that was put aside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Department
from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive import receive
from tests.inbox.receive.conftest import minutes, own, post

pytestmark = pytest.mark.django_db
State = Ticket.State


def put_aside(state: str, **fields: object) -> Ticket:
    Ticket.objects.update(state=state, is_touched=True, **fields)
    return Ticket.objects.get()


@pytest.fixture
def resolved(channel: Channel) -> Ticket:
    receive(channel, [post("a")])
    return put_aside(State.RESOLVED, resolved_at=minutes(10))


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        (State.PENDING, {}),
        (State.SNOOZED, {"snoozed_until": timezone.now() + timedelta(days=30)}),
        (State.RESOLVED, {"resolved_at": minutes(10)}),
    ],
)
def test_their_reply_opens_it_again(
    channel: Channel, state: str, fields: dict[str, object]
) -> None:
    receive(channel, [post("a")])
    put_aside(state, **fields)
    receive(channel, [post("b", under="a", at=20)])
    ticket = Ticket.objects.get()
    assert ticket.state == State.OPEN
    assert ticket.snoozed_until is None
    assert ticket.resolved_at is None
    event = TicketEvent.objects.get(kind=TicketEvent.Kind.REOPENED)
    assert event.data == {"before": state, "post": Post.objects.get(external_id="b").pk}


def test_own_reply_does_not_open_it_again(channel: Channel, resolved: Ticket) -> None:
    receive(channel, [own("b", under="a", at=20)])
    resolved.refresh_from_db()
    assert resolved.state == State.RESOLVED
    assert resolved.is_answered


def test_reply_in_the_last_moment_opens_it_again(channel: Channel, resolved: Ticket) -> None:
    last = minutes(10) + channel.reopen_within
    receive(channel, [post("b", under="a", posted_at=last)])
    assert Ticket.objects.get().state == State.OPEN


@pytest.fixture
def late(channel: Channel) -> float:
    """Minutes after noon that are too late for a ticket resolved ten minutes past."""
    return 11 + channel.reopen_within / timedelta(minutes=1)


def test_later_reply_opens_a_linked_ticket(channel: Channel, resolved: Ticket, late: float) -> None:
    receipt = receive(channel, [post("b", "A boycott!", under="a", at=late)])
    new = Ticket.objects.exclude(pk=resolved.pk).get()
    assert receipt.tickets == 1
    assert new.previous == resolved
    assert new.state == State.OPEN
    assert new.opening_post
    assert new.opening_post.external_id == "b"
    assert new.department
    assert new.department.slug == "pr"
    resolved.refresh_from_db()
    assert resolved.state == State.RESOLVED
    assert resolved.post_count == 1


def test_further_replies_join_the_newest_of_the_chain(
    channel: Channel, resolved: Ticket, late: float
) -> None:
    receive(channel, [post("b", under="a", at=late)])
    receive(channel, [post("c", under="a", at=late + 1), own("d", under="a", at=late + 2)])
    new = Ticket.objects.get(previous=resolved)
    assert new.post_count == 3
    assert new.is_answered


def test_two_late_replies_at_once_open_one_ticket(
    channel: Channel, resolved: Ticket, late: float
) -> None:
    receive(channel, [post("c", under="a", at=late + 1), post("b", under="a", at=late)])
    new = Ticket.objects.get(previous=resolved)
    assert new.post_count == 2
    assert new.opening_post
    assert new.opening_post.external_id == "b"


def test_follow_up_of_a_confidential_ticket_stays_confidential(
    channel: Channel, resolved: Ticket, late: float, departments: dict[str, Department]
) -> None:
    Ticket.objects.update(department=departments["hr"])
    receive(channel, [post("b", "My parcel", under="a", at=late)])
    assert Ticket.objects.get(previous=resolved).department == departments["hr"]
