"""Another department is asked: who sees what of it, who answers, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import (
    Channel,
    Consult,
    Note,
    Notice,
    Ticket,
    TicketEvent,
    TriagePolicy,
)
from inbox.queries import TicketFilter, page_of, queue_counts
from inbox.services import consults, notes, tickets
from inbox.services.conflicts import Conflict, NotAllowed, Refused
from inbox.services.triage import fall_back, save_policy
from inbox.timeline import sentence_of
from tests.factories import make_ticket
from tests.inbox.consults.conftest import Ask

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]


def sees(user: User, ticket: Ticket) -> bool:
    return Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user, read_at=None).values_list("kind", flat=True))


def test_the_ticket_stays_and_the_asked_department_is_told(
    ticket: Ticket, agent: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    now = Ticket.objects.get(pk=ticket.pk)
    assert now.department == ticket.department
    assert now.consulted == [consult.department_id]
    assert told(pr_officer) == ["consulted"]
    assert told(agent) == []
    assert now.events.get().kind == "consulted"


def test_it_is_on_the_queue_of_the_asked_department_alone(
    ticket: Ticket, agent: User, pr_officer: User, hr_partner: User, ask: Ask
) -> None:
    ask(ticket, agent)
    for user, number in ((pr_officer, 1), (hr_partner, 0), (agent, 0)):
        assert len(page_of(user, TicketFilter(queue="consults")).rows) == number
        assert queue_counts(user).consults == number


def test_an_answer_settles_it_and_tells_asker_and_assignee(
    ticket: Ticket, agent: User, colleague: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    tickets.assign(ticket=ticket, to=colleague, by=agent)
    consults.answer(consult=consult, text="Yes, but not the date.", by=pr_officer)
    consult.refresh_from_db()
    assert (consult.state, consult.answer) == ("answered", "Yes, but not the date.")
    assert Ticket.objects.get(pk=ticket.pk).consulted == []
    assert (told(agent), told(colleague)) == (["answered"], ["answered"])
    # What was settled no longer calls anybody.
    assert told(pr_officer) == []


def test_an_open_question_blocks_nothing(ticket: Ticket, agent: User, ask: Ask) -> None:
    ask(ticket, agent)
    tickets.resolve(ticket=ticket, by=agent)
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"
    assert queue_counts(agent).consults == 0


def test_who_is_asked_may_note_but_not_work(
    hr_ticket: Ticket, hr_partner: User, pr_officer: User, ask: Ask
) -> None:
    ask(hr_ticket, hr_partner)
    hr_ticket.refresh_from_db()
    notes.add_note(ticket=hr_ticket, text="Careful.", by=pr_officer)
    with pytest.raises(NotAllowed):
        tickets.resolve(ticket=hr_ticket, by=pr_officer)
    assert not Ticket.objects.workable_by(pr_officer).filter(pk=hr_ticket.pk).exists()
    assert Note.objects.count() == 1


def test_a_confidential_ticket_is_shown_while_its_own_people_ask(
    hr_ticket: Ticket, hr_partner: User, pr_officer: User, agent: User, admin: User, ask: Ask
) -> None:
    consult = ask(hr_ticket, hr_partner)
    assert sees(pr_officer, hr_ticket)
    assert not sees(agent, hr_ticket)
    assert not sees(admin, hr_ticket)
    assert queue_counts(pr_officer).all == len(page_of(pr_officer, TicketFilter()).rows) == 1
    consults.answer(consult=consult, text="No.", by=pr_officer)
    assert not sees(pr_officer, hr_ticket)


def test_a_question_of_before_does_not_show_what_became_confidential(
    ticket: Ticket, agent: User, pr_officer: User, departments: Departments, ask: Ask
) -> None:
    ask(ticket, agent)
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    assert not sees(pr_officer, ticket)
    assert page_of(pr_officer, TicketFilter(queue="consults")).rows == []
    assert queue_counts(pr_officer).consults == 0


def test_a_ticket_that_moves_past_every_service_is_not_shown(
    hr_ticket: Ticket, hr_partner: User, pr_officer: User, departments: Departments, ask: Ask
) -> None:
    ask(hr_ticket, hr_partner)
    departments["pr"].is_confidential = departments["marketing"].is_confidential = True
    departments["marketing"].save()
    Ticket.objects.filter(pk=hr_ticket.pk).update(department=departments["marketing"])
    assert not sees(pr_officer, hr_ticket)


def test_asking_hr_shows_hr_what_is_open_and_nobody_what_is_theirs(
    ticket: Ticket, hr_ticket: Ticket, agent: User, hr_partner: User, ask: Ask
) -> None:
    consult = ask(ticket, agent, "hr")
    assert queue_counts(hr_partner).consults == 1
    consults.answer(consult=consult, text="Send them to the careers page.", by=hr_partner)
    assert not sees(agent, hr_ticket)


def test_a_question_in_triage_shows_the_ticket(
    channel: Channel, triager: User, pr_officer: User, ask: Ask
) -> None:
    unsorted = make_ticket(channel, None)
    ask(unsorted, triager)
    assert sees(pr_officer, unsorted)
    assert page_of(pr_officer, TicketFilter(queue="consults")).rows == [unsorted]


@pytest.mark.parametrize("persona", ["pr_officer", "observer", "outsider"])
def test_only_who_works_the_ticket_asks(
    ticket: Ticket, persona: str, request: pytest.FixtureRequest, ask: Ask
) -> None:
    with pytest.raises(NotAllowed):
        ask(ticket, request.getfixturevalue(persona), "marketing")
    assert Consult.objects.count() == 0


@pytest.mark.parametrize("persona", ["agent", "colleague", "observer", "outsider", "triager"])
def test_only_the_asked_department_answers(
    ticket: Ticket, agent: User, persona: str, request: pytest.FixtureRequest, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    with pytest.raises(NotAllowed):
        consults.answer(consult=consult, text="x", by=request.getfixturevalue(persona))
    assert Consult.objects.get().is_open


def test_a_second_answer_comes_too_late(
    ticket: Ticket, agent: User, pr_officer: User, admin: User, ask: Ask
) -> None:
    consult, same = ask(ticket, agent), Consult.objects.get()
    consults.answer(consult=consult, text="Yes.", by=pr_officer)
    with pytest.raises(Conflict, match="Lee Novak answered the question"):
        consults.answer(consult=same, text="No.", by=admin)
    assert Consult.objects.get().answer == "Yes."


def test_a_department_is_asked_once_at_a_time(ticket: Ticket, agent: User, ask: Ask) -> None:
    consult = ask(ticket, agent)
    with pytest.raises(Refused, match="has been asked already"):
        ask(ticket, agent)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consult.objects.create(ticket=ticket, department=consult.department, source="rule")


@pytest.mark.parametrize(
    ("question", "whom", "message"),
    [
        ("  ", "pr", "Ask something"),
        ("x" * 2001, "pr", "2000"),
        ("x", "customer_service", "already"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    ticket: Ticket, agent: User, ask: Ask, question: str, whom: str, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        ask(ticket, agent, whom, question)
    assert (Consult.objects.count(), TicketEvent.objects.count()) == (0, 0)


def test_a_question_can_hold_anything(ticket: Ticket, agent: User, ask: Ask) -> None:
    odd = "<script>🦊</script> \u202eمرحبا\u200b"
    assert ask(ticket, agent, question=f"{odd}\0").question == odd


def test_withdrawing_ends_it(
    hr_ticket: Ticket, hr_partner: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(hr_ticket, hr_partner)
    consults.withdraw(consult=consult, by=hr_partner)
    assert Consult.objects.get().state == "withdrawn"
    assert not sees(pr_officer, hr_ticket)
    assert told(pr_officer) == []
    with pytest.raises(Conflict):
        consults.answer(consult=consult, text="Late.", by=pr_officer)


def test_asking_is_undone_whole(ticket: Ticket, agent: User, pr_officer: User, ask: Ask) -> None:
    ask(ticket, agent)
    tickets.undo(event_id=ticket.events.get().pk, by=agent)
    assert Ticket.objects.get(pk=ticket.pk).consulted == []
    assert Consult.objects.get().state == "withdrawn"
    assert Notice.objects.count() == 0


def test_an_answer_is_undone_by_who_gave_it(
    hr_ticket: Ticket, hr_partner: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(hr_ticket, hr_partner)
    event = consults.answer(consult=consult, text="No.", by=pr_officer)
    tickets.undo(event_id=event.pk, by=pr_officer)
    consult.refresh_from_db()
    assert (consult.is_open, consult.answer) == (True, "")
    assert sees(pr_officer, hr_ticket)
    assert told(hr_partner) == []


def test_a_ticket_handed_to_who_was_asked_needs_no_answer(
    ticket: Ticket, agent: User, departments: Departments, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    event = tickets.hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="Press")
    consult.refresh_from_db()
    assert (consult.state, Ticket.objects.get().consulted) == ("withdrawn", [])
    tickets.undo(event_id=event.pk, by=agent)
    consult.refresh_from_db()
    assert (consult.is_open, Ticket.objects.get().consulted) == (True, [consult.department_id])


def test_what_falls_back_from_triage_is_no_longer_shown_for_the_asking(
    channel: Channel,
    triager: User,
    pr_officer: User,
    admin: User,
    departments: Departments,
    ask: Ask,
) -> None:
    unsorted = make_ticket(channel, None, at=timezone.now() - timedelta(days=1))
    ask(unsorted, triager)
    save_policy(policy=TriagePolicy(fall_back_to=departments["hr"]), by=admin)
    assert fall_back(now=timezone.now() + timedelta(days=1)) == 1
    assert not sees(pr_officer, unsorted)


def test_the_timeline_says_who_asked_and_answered(
    ticket: Ticket, agent: User, pr_officer: User, ask: Ask
) -> None:
    consult = ask(ticket, agent)
    consults.answer(consult=consult, text="Yes.", by=pr_officer)
    names: dict[str, dict[int, str]] = {"departments": {consult.department_id: "PR"}}
    said = [sentence_of(event, names) for event in ticket.events.order_by("pk")]
    assert said == ["Maya Adeyemi asked PR", "Lee Novak answered for PR"]
