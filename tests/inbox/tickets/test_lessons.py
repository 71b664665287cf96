"""What people do with tickets teaches the router, and undo takes it back."""

from __future__ import annotations

import pytest

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.services import tickets, triage
from inbox.services.conflicts import Refused
from inbox.services.lessons import is_confirmed
from routing.models import Decision, Lesson
from routing.services.corpus import read_corpus
from tests.factories import make_ticket

Departments = dict[str, Department]


def routed(channel: Channel, department: Department | None) -> Ticket:
    decision = Decision.objects.create(
        department=department,
        method="classifier" if department else "triage",
        facts={"text": "Is this job still open?", "language": "en"},
    )
    return make_ticket(channel, department, "Is this job still open?", decision=decision)


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return routed(channel, departments["customer_service"])


def test_a_hand_over_is_a_lesson(ticket: Ticket, departments: Departments, agent: User) -> None:
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    lesson = Lesson.objects.get()
    assert (lesson.source, lesson.by, lesson.label) == ("hand_over", agent, "hr")
    assert lesson.from_department == departments["customer_service"]
    assert (lesson.text, lesson.language) == ("Is this job still open?", "en")
    assert lesson.decision == ticket.decision


def test_a_choice_in_triage_is_a_lesson(
    channel: Channel, departments: Departments, triager: User
) -> None:
    waiting = routed(channel, None)
    tickets.hand_over(ticket=waiting, to=departments["hr"], by=triager, reason="Job")
    lesson = Lesson.objects.get()
    assert (lesson.source, lesson.from_department, lesson.label) == ("triage", None, "hr")


def test_a_move_to_triage_is_no_answer(ticket: Ticket, agent: User) -> None:
    tickets.hand_over(ticket=ticket, to=None, by=agent, reason="Not ours")
    assert not Lesson.objects.exists()


def test_a_ticket_that_was_never_routed_teaches_with_its_opening_post(
    channel: Channel, departments: Departments, agent: User
) -> None:
    ticket = make_ticket(channel, departments["customer_service"], "Any jobs?")
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    assert Lesson.objects.get().text == "Any jobs?"


def test_undo_takes_the_lesson_back(ticket: Ticket, departments: Departments, agent: User) -> None:
    event = tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    tickets.undo(event_id=event.pk, by=agent)
    assert Lesson.objects.get().undone_by == agent
    assert not Lesson.objects.standing().exists()


def test_the_right_department_is_confirmed_once(
    ticket: Ticket, departments: Departments, agent: User, colleague: User
) -> None:
    event = tickets.confirm_department(ticket=ticket, by=agent)
    assert Lesson.objects.get().source == "confirmed"
    assert is_confirmed(ticket)
    with pytest.raises(Refused, match="already"):
        tickets.confirm_department(ticket=ticket, by=colleague)
    tickets.undo(event_id=event.pk, by=agent)
    assert not is_confirmed(ticket)


def test_a_hand_over_ends_a_confirmation(
    ticket: Ticket, departments: Departments, agent: User
) -> None:
    tickets.confirm_department(ticket=ticket, by=agent)
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Press")
    assert not is_confirmed(ticket)


def test_triage_cannot_be_right(channel: Channel, departments: Departments, triager: User) -> None:
    with pytest.raises(Refused, match="no department"):
        tickets.confirm_department(ticket=routed(channel, None), by=triager)


def test_an_observer_teaches_nothing(ticket: Ticket, observer: User) -> None:
    with pytest.raises(Refused):
        tickets.confirm_department(ticket=ticket, by=observer)
    assert not Lesson.objects.exists()


def test_parking_spam_is_a_lesson_and_undo_takes_it_back(
    channel: Channel, departments: Departments, triager: User
) -> None:
    event = triage.park(ticket=routed(channel, None), by=triager)
    assert Lesson.objects.get().is_spam
    tickets.undo(event_id=event.pk, by=triager)
    assert not Lesson.objects.standing().exists()


def test_a_burst_sorted_at_once_teaches_once(
    channel: Channel, departments: Departments, triager: User
) -> None:
    burst = [routed(channel, None) for _ in range(4)]
    event = triage.sort(ticket=burst[0], to=departments["hr"], by=triager, alike=burst[1:])
    assert Lesson.objects.count() == 4
    assert len(read_corpus().lessons) == 1
    tickets.undo(event_id=event.pk, by=triager)
    assert read_corpus().lessons == []
