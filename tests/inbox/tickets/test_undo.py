"""Ten seconds to take an action back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Ticket, TicketEvent
from inbox.services import notes, tickets
from inbox.services.conflicts import Conflict, Refused
from tests.factories import make_ticket

Departments = dict[str, Department]


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def state_of(ticket: Ticket) -> tuple[object, ...]:
    now = Ticket.objects.get(pk=ticket.pk)
    tags = tuple(now.tags.values_list("name", flat=True))
    return now.state, now.priority, now.assignee_id, now.department_id, now.snoozed_until, tags


@pytest.mark.parametrize(
    "action",
    [
        "claim",
        "assign",
        "set_priority",
        "set_tags",
        "set_pending",
        "snooze",
        "resolve",
        "hand_over",
    ],
)
def test_each_action_is_taken_back_whole(
    ticket: Ticket, agent: User, colleague: User, departments: Departments, action: str
) -> None:
    what: dict[str, dict[str, object]] = {
        "assign": {"to": colleague},
        "set_priority": {"priority": 3},
        "set_tags": {"names": ["burnt"]},
        "snooze": {"until": timezone.now() + timedelta(days=1)},
        "hand_over": {"to": departments["hr"], "reason": "Job"},
    }
    before = state_of(ticket)
    event = getattr(tickets, action)(ticket=ticket, by=agent, **what.get(action, {}))
    assert state_of(ticket) != before

    undone = tickets.undo(event_id=event.pk, by=agent)

    assert state_of(ticket) == before
    assert (undone.kind, undone.data["event"]) == ("undone", event.pk)


def test_reopening_is_taken_back_with_its_old_time(ticket: Ticket, agent: User) -> None:
    tickets.resolve(ticket=ticket, by=agent)
    resolved_at = ticket.resolved_at
    event = tickets.reopen(ticket=ticket, by=agent)
    tickets.undo(event_id=event.pk, by=agent)
    assert Ticket.objects.get(pk=ticket.pk).resolved_at == resolved_at


def test_the_receipt_says_that_a_hand_over_was_undone(
    ticket: Ticket, agent: User, departments: Departments
) -> None:
    event = tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    tickets.undo(event_id=event.pk, by=agent)
    assert HandOver.objects.get().undone_at is not None


def test_only_my_own_action(ticket: Ticket, agent: User, colleague: User) -> None:
    event = tickets.claim(ticket=ticket, by=colleague)
    with pytest.raises(Refused, match="nothing of yours"):
        tickets.undo(event_id=event.pk, by=agent)


def test_only_once(ticket: Ticket, agent: User) -> None:
    event = tickets.set_tags(ticket=ticket, names=["burnt"], by=agent)
    tickets.undo(event_id=event.pk, by=agent)
    with pytest.raises(Conflict):
        tickets.undo(event_id=event.pk, by=agent)


def test_only_for_ten_seconds(ticket: Ticket, agent: User) -> None:
    event = tickets.claim(ticket=ticket, by=agent)
    TicketEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(seconds=11))
    with pytest.raises(Refused, match="10 seconds"):
        tickets.undo(event_id=event.pk, by=agent)


def test_not_after_someone_else_changed_it(ticket: Ticket, agent: User, colleague: User) -> None:
    event = tickets.set_priority(ticket=ticket, priority=3, by=agent)
    tickets.resolve(ticket=ticket, by=colleague)
    with pytest.raises(Conflict):
        tickets.undo(event_id=event.pk, by=agent)
    assert state_of(ticket)[:2] == ("resolved", 3)


def test_not_after_someone_changed_it_there_and_back(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    event = tickets.set_pending(ticket=ticket, by=agent)
    tickets.reopen(ticket=ticket, by=colleague)
    tickets.set_pending(ticket=ticket, by=colleague)
    with pytest.raises(Conflict, match="Tom Brandt set this ticket to pending"):
        tickets.undo(event_id=event.pk, by=agent)


def test_a_note_in_between_does_not_matter(ticket: Ticket, agent: User, colleague: User) -> None:
    event = tickets.claim(ticket=ticket, by=agent)
    notes.add_note(ticket=ticket, text="Mine?", by=colleague)
    tickets.undo(event_id=event.pk, by=agent)
    assert state_of(ticket)[2] is None


def test_what_another_department_did_is_not_told(
    ticket: Ticket, agent: User, hr_partner: User, departments: Departments
) -> None:
    event = tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    tickets.claim(ticket=Ticket.objects.get(pk=ticket.pk), by=hr_partner)
    with pytest.raises(Conflict) as caught:
        tickets.undo(event_id=event.pk, by=agent)
    assert "Hana" not in caught.value.message
    assert caught.value.ticket is None


def test_a_received_post_is_not_an_action_to_undo(ticket: Ticket, agent: User) -> None:
    event = TicketEvent.objects.create(ticket=ticket, kind="received", actor=None)
    with pytest.raises(Refused):
        tickets.undo(event_id=event.pk, by=agent)
