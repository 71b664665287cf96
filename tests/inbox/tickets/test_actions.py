"""Each action: what changes, who may, what is written down."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Tag, Ticket, TicketEvent
from inbox.services import swap, tickets
from inbox.services.conflicts import Conflict, Refused
from inbox.services.tickets import Expectation
from tests.factories import make_post, make_ticket

Departments = dict[str, Department]
Kind = TicketEvent.Kind


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def test_claiming_makes_me_the_assignee(ticket: Ticket, agent: User) -> None:
    event = tickets.claim(ticket=ticket, by=agent)

    assert ticket.assignee_id == agent.pk
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.is_touched) == (agent, True)
    assert (event.kind, event.actor) == (Kind.CLAIMED, agent)
    assert event.data["before"] == {"assignee": None}
    assert event.data["after"] == {"assignee": agent.pk}


def test_a_claimed_ticket_tells_who_was_first(ticket: Ticket, agent: User, colleague: User) -> None:
    stale = Ticket.objects.get(pk=ticket.pk)
    event = tickets.claim(ticket=ticket, by=colleague)
    TicketEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(seconds=12))

    with pytest.raises(Conflict) as caught:
        tickets.claim(ticket=stale, by=agent)

    assert caught.value.message == "Tom Brandt claimed this ticket 12\xa0seconds ago."
    assert caught.value.ticket is not None
    assert caught.value.ticket.assignee == colleague


def test_what_the_screen_showed_must_still_hold(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    seen = Expectation.of(ticket)
    tickets.claim(ticket=ticket, by=colleague)

    with pytest.raises(Conflict, match="Tom Brandt claimed this ticket just now"):
        tickets.set_priority(ticket=ticket, priority=3, by=agent, expect=seen)
    assert tickets.set_priority(ticket=ticket, priority=3, by=agent, expect=None)


def test_an_expectation_travels_through_a_form_field(ticket: Ticket) -> None:
    seen = Expectation.of(ticket)

    assert Expectation.parse(str(seen)) == seen
    assert [Expectation.parse(t) for t in ("", "open", "open.x.1.1", "open.1.1", "open.².1.1")] == [
        None
    ] * 5


def test_tickets_are_assigned_to_people_who_work_there(
    ticket: Ticket, lead: User, agent: User, hr_partner: User, observer: User
) -> None:
    tickets.assign(ticket=ticket, to=agent, by=lead)
    assert Ticket.objects.get(pk=ticket.pk).assignee == agent

    for stranger in (hr_partner, observer):
        with pytest.raises(Refused, match="does not work") as caught:
            tickets.assign(ticket=ticket, to=stranger, by=lead)
        assert caught.value.field == "assignee"

    tickets.assign(ticket=ticket, to=None, by=lead)
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_pending_snoozed_resolved_and_back(ticket: Ticket, agent: User) -> None:
    later = timezone.now() + timedelta(hours=3)
    kinds = [
        tickets.set_pending(ticket=ticket, by=agent).kind,
        tickets.snooze(ticket=ticket, until=later, by=agent).kind,
        tickets.resolve(ticket=ticket, by=agent).kind,
        tickets.reopen(ticket=ticket, by=agent).kind,
    ]

    ticket.refresh_from_db()
    assert kinds == [Kind.PENDING, Kind.SNOOZED, Kind.RESOLVED, Kind.REOPENED]
    assert (ticket.state, ticket.snoozed_until, ticket.resolved_at) == ("open", None, None)


def test_snoozing_into_the_past_is_refused(ticket: Ticket, agent: User) -> None:
    with pytest.raises(Refused) as caught:
        tickets.snooze(ticket=ticket, until=timezone.now() - timedelta(seconds=1), by=agent)
    assert caught.value.field == "snoozed_until"


def test_resolving_twice_is_a_conflict(ticket: Ticket, agent: User, colleague: User) -> None:
    tickets.resolve(ticket=ticket, by=colleague)
    with pytest.raises(Conflict, match="Tom Brandt resolved this ticket"):
        tickets.resolve(ticket=ticket, by=agent)


@pytest.mark.parametrize("action", [tickets.resolve, tickets.set_pending])
def test_nobody_is_done_with_a_post_they_have_not_read(
    ticket: Ticket, agent: User, action: Callable[..., TicketEvent]
) -> None:
    seen = Expectation.of(ticket)
    make_post(ticket, "And now it is raining in.")

    with pytest.raises(Conflict, match="A new post came in"):
        action(ticket=ticket, by=agent, expect=seen)
    assert action(ticket=ticket, by=agent, expect=Expectation.of(ticket))


@pytest.mark.parametrize("action", [tickets.resolve, tickets.set_pending])
def test_a_post_that_comes_while_somebody_is_done_wins(
    ticket: Ticket,
    agent: User,
    action: Callable[..., TicketEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take = swap.take

    def take_late(now: Ticket, *, by: User, **changes: Any) -> None:
        make_post(Ticket.objects.get(pk=now.pk), "Wait!")
        take(now, by=by, **changes)

    monkeypatch.setattr(swap, "take", take_late)
    with pytest.raises(Conflict, match="A new post came in"):
        action(ticket=ticket, by=agent, expect=Expectation.of(ticket))


def test_a_resolved_ticket_is_reopened_before_it_is_worked(ticket: Ticket, agent: User) -> None:
    tickets.resolve(ticket=ticket, by=agent)
    with pytest.raises(Refused, match="Re-open it first"):
        tickets.claim(ticket=ticket, by=agent, expect=Expectation.of(ticket))


def test_tags_are_replaced_and_known_ones_reused(ticket: Ticket, agent: User) -> None:
    known = Tag.objects.create(name="Burnt")
    event = tickets.set_tags(ticket=ticket, names=["burnt", " two   words ", "BURNT", ""], by=agent)

    assert event.data["after"] == {"tags": ["Burnt", "two words"]}
    assert known in ticket.tags.all()
    with pytest.raises(Refused):
        tickets.set_tags(ticket=ticket, names=["BURNT", "two words"], by=agent)
    tickets.set_tags(ticket=ticket, names=[], by=agent)
    assert not ticket.tags.exists()


@pytest.mark.parametrize("names", [["x" * 41], [f"t{n}" for n in range(21)]])
def test_too_long_or_too_many_tags_are_refused(
    ticket: Ticket, agent: User, names: list[str]
) -> None:
    with pytest.raises(Refused):
        tickets.set_tags(ticket=ticket, names=names, by=agent)


def test_a_hand_over_unassigns_and_keeps_a_receipt(
    ticket: Ticket, agent: User, departments: Departments
) -> None:
    tickets.claim(ticket=ticket, by=agent)
    tickets.snooze(ticket=ticket, until=timezone.now() + timedelta(days=1), by=agent)
    event = tickets.hand_over(
        ticket=ticket, to=departments["hr"], by=agent, reason="A job question"
    )

    ticket.refresh_from_db()
    assert (ticket.department, ticket.assignee, ticket.state) == (departments["hr"], None, "open")
    receipt = HandOver.objects.get()
    assert (receipt.by, receipt.to_department, receipt.reason) == (
        agent,
        departments["hr"],
        "A job question",
    )
    assert event.data["reason"] == "A job question"
    assert not Ticket.objects.visible_to(agent).filter(pk=ticket.pk).exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_hand_over_says_why(
    ticket: Ticket, agent: User, departments: Departments, reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason=reason)
    assert caught.value.field == "reason"


def test_a_hand_over_goes_somewhere_else(
    ticket: Ticket, agent: User, departments: Departments
) -> None:
    closed = departments["marketing"]
    closed.is_active = False
    closed.save()
    for to in (departments["customer_service"], closed):
        with pytest.raises(Refused):
            tickets.hand_over(ticket=ticket, to=to, by=agent, reason="Not ours")
    assert not HandOver.objects.exists()


def test_a_triager_takes_a_ticket_out_of_triage(
    channel: Channel, departments: Departments, triager: User, agent: User
) -> None:
    ticket = make_ticket(channel, None)
    with pytest.raises(Refused):
        tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Press")
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=triager, reason="Press")
    assert ticket.department_id == departments["pr"].pk


def test_a_ticket_that_moved_out_of_sight_is_a_conflict_without_content(
    ticket: Ticket, agent: User, colleague: User, departments: Departments
) -> None:
    stale = Ticket.objects.get(pk=ticket.pk)
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=colleague, reason="Job")
    with pytest.raises(Conflict, match="moved to another department") as caught:
        tickets.claim(ticket=stale, by=agent)
    assert caught.value.ticket is None


@pytest.mark.parametrize("persona", ["pr_officer", "hr_partner", "observer", "outsider"])
def test_people_of_elsewhere_change_nothing(
    ticket: Ticket, departments: Departments, persona: str, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(persona)
    soon = timezone.now() + timedelta(hours=1)
    attempts: tuple[Callable[[], TicketEvent], ...] = (
        lambda: tickets.claim(ticket=ticket, by=by),
        lambda: tickets.assign(ticket=ticket, to=by, by=by),
        lambda: tickets.set_priority(ticket=ticket, priority=3, by=by),
        lambda: tickets.set_tags(ticket=ticket, names=["x"], by=by),
        lambda: tickets.set_pending(ticket=ticket, by=by),
        lambda: tickets.snooze(ticket=ticket, until=soon, by=by),
        lambda: tickets.resolve(ticket=ticket, by=by),
        lambda: tickets.reopen(ticket=ticket, by=by),
        lambda: tickets.hand_over(ticket=ticket, to=departments["pr"], by=by, reason="x"),
    )
    for attempt in attempts:
        with pytest.raises(Refused):
            attempt()
    assert not TicketEvent.objects.exists()


def test_snoozed_tickets_wake_when_their_time_comes(
    channel: Channel, departments: Departments
) -> None:
    now = timezone.now()
    due = make_ticket(
        channel, departments["pr"], state="snoozed", snoozed_until=now - timedelta(seconds=1)
    )
    make_ticket(channel, departments["pr"], state="snoozed")

    assert (tickets.wake_snoozed(), tickets.wake_snoozed()) == (1, 0)
    due.refresh_from_db()
    assert (due.state, due.snoozed_until) == ("open", None)
    assert due.events.get().kind == Kind.WOKEN


def test_browsers_of_both_departments_hear_of_a_hand_over(
    ticket: Ticket, agent: User, departments: Departments
) -> None:
    with patch("inbox.live.publish") as publish:
        tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    here, there = departments["customer_service"].pk, departments["hr"].pk
    publish.assert_called_once_with([(ticket.pk, there, here)])
