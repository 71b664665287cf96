"""What people do moves the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Department, User
from inbox import clock as clocks
from inbox.models import Channel, Ticket, TicketEvent
from inbox.models.promises import NEVER
from inbox.services import promises, tickets, triage
from routing import queries
from tests.factories import make_ticket
from tests.inbox.promises.conftest import Make

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
NOON = datetime(2026, 6, 8, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(channel: Channel, departments: Departments, policy: Make) -> Ticket:
    """A ticket of customer service since noon, with an hour and a day to go."""
    policy(default_of="customer_service")
    return promised(make_ticket(channel, departments["customer_service"]))


def promised(ticket: Ticket) -> Ticket:
    known = queries.snapshot().promises
    terms = known.default_of(ticket.department_id, ticket.priority)
    clocks.begin(ticket, terms, at=NOON)
    ticket.save()
    return ticket


def now_is(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_waiting_for_them_takes_no_time(
    ticket: Ticket, agent: User, clock: time_machine.Traveller
) -> None:
    clock.shift(HOUR / 2)
    tickets.set_pending(ticket=ticket, by=agent)
    assert (now_is(ticket).due_at, now_is(ticket).breach_due_at) == (NEVER, None)
    clock.shift(5 * HOUR)
    tickets.reopen(ticket=now_is(ticket), by=agent)
    assert now_is(ticket).due_at == NOON + 6 * HOUR
    assert now_is(ticket).resolution_due_at == NOON + DAY + 5 * HOUR


def test_a_policy_may_let_the_clock_run_meanwhile(
    channel: Channel, departments: Departments, policy: Make, agent: User
) -> None:
    policy(default_of="customer_service", pauses_pending=False)
    ticket = promised(make_ticket(channel, departments["customer_service"]))
    tickets.set_pending(ticket=ticket, by=agent)
    assert now_is(ticket).due_at == NOON + HOUR


def test_a_snooze_that_ends_starts_the_clock_again(
    channel: Channel,
    departments: Departments,
    policy: Make,
    agent: User,
    clock: time_machine.Traveller,
) -> None:
    policy(default_of="customer_service", pauses_snoozed=True)
    ticket = promised(make_ticket(channel, departments["customer_service"]))
    tickets.snooze(ticket=ticket, by=agent, until=NOON + 3 * HOUR)
    assert now_is(ticket).due_at == NEVER
    clock.shift(4 * HOUR)
    assert tickets.wake_snoozed() == 1
    assert now_is(ticket).due_at == NOON + 5 * HOUR


def test_undoing_puts_the_clock_back(ticket: Ticket, agent: User) -> None:
    before = now_is(ticket)
    event = tickets.set_pending(ticket=ticket, by=agent)
    tickets.undo(event_id=event.pk, by=agent)
    assert [getattr(now_is(ticket), c) for c in Ticket.CLOCK] == [
        getattr(before, c) for c in Ticket.CLOCK
    ]


def test_what_came_meanwhile_survives_the_undoing(ticket: Ticket, agent: User) -> None:
    event = tickets.set_pending(ticket=ticket, by=agent)
    Ticket.objects.filter(pk=ticket.pk).update(first_responded_at=NOON)
    tickets.undo(event_id=event.pk, by=agent)
    found = now_is(ticket)
    assert (found.first_responded_at, found.due_at) == (NOON, NOON + DAY)


def test_a_hand_over_begins_the_new_departments_clock(
    ticket: Ticket,
    departments: Departments,
    policy: Make,
    agent: User,
    clock: time_machine.Traveller,
) -> None:
    slow = policy("Slow", default_of="pr", first_response_minutes=600)
    clock.shift(HOUR / 2)
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Yours")
    found = now_is(ticket)
    assert (found.sla_policy, found.due_at) == (slow, NOON + HOUR / 2 + 10 * HOUR)


def test_a_hand_over_to_where_nothing_is_promised_ends_it(
    ticket: Ticket, departments: Departments, agent: User
) -> None:
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Yours")
    assert (now_is(ticket).sla_policy, now_is(ticket).due_at) == (None, NEVER)


def test_a_policy_may_keep_its_clock_over_a_hand_over(
    channel: Channel, departments: Departments, policy: Make, agent: User
) -> None:
    kept = policy(default_of="customer_service", on_hand_over="keep")
    policy("Slow", default_of="pr", first_response_minutes=600)
    ticket = promised(make_ticket(channel, departments["customer_service"]))
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Yours")
    assert (now_is(ticket).sla_policy, now_is(ticket).due_at) == (kept, NOON + HOUR)


def test_another_priority_has_another_promise_and_the_time_used_counts(
    ticket: Ticket, policy: Make, agent: User, clock: time_machine.Traveller
) -> None:
    fast = policy("Fast", default_of="customer_service", priority=3, first_response_minutes=45)
    clock.shift(HOUR / 2)
    tickets.set_priority(ticket=ticket, priority=3, by=agent)
    found = now_is(ticket)
    assert (found.sla_policy, found.due_at) == (fast, NOON + timedelta(minutes=45))


def test_what_a_rule_promised_stays_whatever_the_priority(
    ticket: Ticket, policy: Make, agent: User
) -> None:
    policy("Fast", default_of="customer_service", priority=3)
    special = policy("Special")
    clocks.begin(ticket, queries.snapshot().promises.terms[special.pk], at=NOON)
    ticket.save()
    tickets.set_priority(ticket=ticket, priority=3, by=agent)
    assert now_is(ticket).sla_policy == special


def test_each_breach_is_told_once(ticket: Ticket, clock: time_machine.Traveller) -> None:
    assert promises.record_breaches() == 0
    clock.shift(2 * HOUR)
    assert [promises.record_breaches(), promises.record_breaches()] == [1, 0]
    clock.shift(DAY)
    assert [promises.record_breaches(), promises.record_breaches()] == [1, 0]
    told = TicketEvent.objects.filter(kind="breached").order_by("pk")
    assert [event.data["promise"] for event in told] == ["first_response", "resolution"]
    assert now_is(ticket).breached(NOON)


def test_a_ticket_resolved_too_late_is_told_too(
    ticket: Ticket, agent: User, clock: time_machine.Traveller
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(first_responded_at=NOON)
    clock.shift(2 * DAY)
    tickets.resolve(ticket=now_is(ticket), by=agent)
    assert promises.record_breaches() == 1
    assert list(TicketEvent.objects.filter(kind="breached").values_list("data__promise")) == [
        ("resolution",)
    ]


def test_overdue_is_what_is_late_now(
    ticket: Ticket, agent: User, clock: time_machine.Traveller
) -> None:
    assert not Ticket.objects.all().overdue().exists()
    clock.shift(2 * HOUR)
    assert list(Ticket.objects.all().overdue()) == [ticket]
    tickets.resolve(ticket=ticket, by=agent)
    assert not Ticket.objects.all().overdue().exists()


def test_what_leaves_triage_by_itself_gets_the_departments_promise(
    channel: Channel, departments: Departments, policy: Make
) -> None:
    made = policy(default_of="customer_service")
    waiting = make_ticket(channel, None)
    Ticket.objects.filter(pk=waiting.pk).update(department=departments["customer_service"])
    waiting.department = departments["customer_service"]
    promises.move_all([waiting], to_another_department=True)
    assert (now_is(waiting).sla_policy, now_is(waiting).due_at) == (made, NOON + HOUR)
    assert triage.fall_back() == 0
