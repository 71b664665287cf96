"""What comes in starts the clock, and the page's own answers stop it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from inbox.models import Channel, Ticket, TicketEvent
from inbox.models.promises import NEVER
from inbox.services import promises, tickets
from inbox.services.receive import receive
from tests.inbox.promises.conftest import Make
from tests.inbox.receive.conftest import minutes, own, plain_routing, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_routing")]
__all__ = ["plain_routing"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def answers_leave_tickets_open(settings: Settings) -> None:
    """These tests are about the clock, not about what becomes of answered tickets."""
    settings.AFTER_REPLY = "open"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is five past twelve; what was written came in five minutes late."""
    with time_machine.travel(minutes(5), tick=False) as traveller:
        yield traveller


def only() -> Ticket:
    return Ticket.objects.get()


def test_a_ticket_opens_with_its_departments_promise(channel: Channel, policy: Make) -> None:
    made = policy(default_of="customer_service")
    receive(channel, [post("1")])
    ticket = only()
    assert ticket.sla_policy == made
    assert ticket.first_response_due_at == minutes(0) + HOUR
    assert ticket.resolution_due_at == minutes(0) + DAY
    assert ticket.due_at == ticket.breach_due_at == minutes(0) + HOUR


def test_a_priority_may_have_a_promise_of_its_own(channel: Channel, policy: Make) -> None:
    policy(default_of="customer_service")
    fast = policy("Fast", default_of="customer_service", priority=2, first_response_minutes=10)
    receive(channel, [post("1", "An urgent parcel")])
    assert only().sla_policy == fast


def test_nothing_is_promised_for_triage_or_history(channel: Channel, policy: Make) -> None:
    policy(default_of="customer_service")
    receive(channel, [post("1", "Hello?"), post("2", at=-8 * 24 * 60)])
    for ticket in Ticket.objects.all():
        assert (ticket.sla_policy, ticket.due_at, ticket.breach_due_at) == (None, NEVER, None)


def test_an_own_answer_keeps_the_first_promise(channel: Channel, policy: Make) -> None:
    policy(default_of="customer_service")
    receive(channel, [post("1")])
    receive(channel, [own("2", under="1", at=3)])
    ticket = only()
    assert ticket.first_responded_at == minutes(3)
    assert ticket.due_at == ticket.breach_due_at == minutes(0) + DAY


def test_an_answer_in_the_same_delivery_counts(channel: Channel, policy: Make) -> None:
    policy(default_of="customer_service")
    receive(channel, [own("2", under="1", at=3), post("1")])
    assert only().first_responded_at == minutes(3)


def test_the_earliest_answer_counts_whatever_the_order(channel: Channel, policy: Make) -> None:
    policy(default_of="customer_service")
    receive(channel, [post("1")])
    receive(channel, [own("3", under="1", at=4)])
    receive(channel, [own("2", under="1", at=2)])
    assert only().first_responded_at == minutes(2)


def test_a_late_answer_is_a_breach(
    channel: Channel, policy: Make, clock: time_machine.Traveller
) -> None:
    policy(default_of="customer_service")
    receive(channel, [post("1")])
    clock.move_to(minutes(70))
    receive(channel, [own("2", under="1", at=69)])
    assert promises.record_breaches() == 1
    (event,) = TicketEvent.objects.filter(kind="breached")
    assert event.data["promise"] == "first_response"
    assert only().breach_due_at == minutes(0) + DAY


def test_a_new_post_lets_the_clock_of_a_resolved_ticket_run_on(
    channel: Channel, policy: Make, agent: object, clock: time_machine.Traveller
) -> None:
    policy(default_of="customer_service", first_response_minutes=None)
    receive(channel, [post("1")])
    clock.move_to(minutes(60))
    tickets.resolve(ticket=only(), by=agent)  # type: ignore[arg-type]
    assert (only().due_at, only().resolution_due_at) == (NEVER, None)
    clock.move_to(minutes(180))
    receive(channel, [post("2", under="1", at=179)])
    # An hour was used before, and the two hours in between do not count.
    assert only().due_at == minutes(0) + DAY + 2 * HOUR


def test_promises_cost_no_query(channel: Channel, policy: Make) -> None:
    def queries_of(names: list[str]) -> int:
        with CaptureQueriesContext(connection) as asked:
            receive(channel, [post(name) for name in names])
        return len(asked.captured_queries)

    receive(channel, [post("0")])
    without = queries_of(["1", "2"])
    policy(default_of="customer_service")
    receive(channel, [post("3")])
    assert queries_of(["4", "5"]) <= without + 1  # the look whether a policy has changed
    assert queries_of([f"more{n}" for n in range(20)]) <= without + 1
