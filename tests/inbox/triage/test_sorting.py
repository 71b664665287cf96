"""Sorting triage: one press sends a ticket on, with those that say the same."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Ticket, TicketEvent, TriagePolicy
from inbox.queries.triage import MOST_ALIKE, alike_to, waiting_since, who_sorts
from inbox.services import tickets, triage
from inbox.services.conflicts import Conflict, NotAllowed
from inbox.services.tickets import Expectation
from routing.models import Alarm
from tests.factories import make_post, make_ticket

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
CALL = "Kestrel still buys palm oil from burnt rainforest. Stop it now, we are watching!"


@pytest.fixture
def ticket(channel: Channel) -> Ticket:
    return make_ticket(channel, None, CALL)


@pytest.fixture
def wave(channel: Channel, ticket: Ticket) -> list[Ticket]:
    """Two copies of the ticket's post."""
    return [make_ticket(channel, None, f"{CALL} {n}") for n in range(2)]


def late(ticket: Ticket, **ago: float) -> Ticket:
    """The ticket as if it had come in that long ago."""
    TicketEvent.objects.create(ticket=ticket, kind="received", at=timezone.now() - timedelta(**ago))
    return ticket


def test_copies_in_triage_are_alike(
    channel: Channel, ticket: Ticket, wave: list[Ticket], triager: User, departments: Departments
) -> None:
    make_ticket(channel, departments["pr"], CALL)
    make_ticket(channel, None, CALL, state="resolved")
    make_ticket(channel, None, "Where is my order?")
    assert set(alike_to(ticket, triager)) == {t.pk for t in wave}


def test_nobody_is_told_of_tickets_they_may_not_see(
    ticket: Ticket, wave: list[Ticket], agent: User
) -> None:
    assert alike_to(ticket, agent) == []


def test_a_wave_is_answered_in_handfuls(channel: Channel, ticket: Ticket, triager: User) -> None:
    for _ in range(MOST_ALIKE + 5):
        make_ticket(channel, None, CALL)
    assert len(alike_to(ticket, triager)) == MOST_ALIKE


def test_one_press_sorts_them_all_and_one_takes_it_back(
    ticket: Ticket, wave: list[Ticket], triager: User, departments: Departments
) -> None:
    event = triage.sort(ticket=ticket, to=departments["pr"], by=triager, alike=wave)

    assert Ticket.objects.filter(department=departments["pr"]).count() == 3
    assert HandOver.objects.filter(by=triager, to_department=departments["pr"]).count() == 3

    tickets.undo(event_id=event.pk, by=triager)
    assert Ticket.objects.filter(department=None).count() == 3
    assert HandOver.objects.filter(undone_at=None).count() == 0


def test_what_a_colleague_took_meanwhile_stays_with_them(
    ticket: Ticket, wave: list[Ticket], triager: User, lead: User, departments: Departments
) -> None:
    tickets.hand_over(
        ticket=Ticket.objects.get(pk=wave[0].pk), to=departments["hr"], by=lead, reason="Staff"
    )
    event = triage.sort(ticket=ticket, to=departments["pr"], by=triager, alike=wave)
    where = dict(Ticket.objects.values_list("pk", "department__slug"))
    assert where == {ticket.pk: "pr", wave[0].pk: "hr", wave[1].pk: "pr"}

    tickets.claim(ticket=Ticket.objects.get(pk=wave[1].pk), by=_officer(departments))
    tickets.undo(event_id=event.pk, by=triager)
    where = dict(Ticket.objects.values_list("pk", "department__slug"))
    assert where == {ticket.pk: None, wave[0].pk: "hr", wave[1].pk: "pr"}


def _officer(departments: Departments) -> User:
    from tests.personas import person

    return person("lee", "Lee Novak", (departments["pr"], "agent"))


def test_spam_is_parked_and_comes_back_by_undo(ticket: Ticket, triager: User) -> None:
    event = triage.park(ticket=ticket, by=triager)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.state, now.department) == ("resolved", None)
    assert [tag.name for tag in now.tags.all()] == ["spam"]

    tickets.undo(event_id=event.pk, by=triager)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.state, list(now.tags.all())) == ("open", [])


def test_nothing_is_parked_over_a_post_nobody_read(ticket: Ticket, triager: User) -> None:
    seen = Expectation.of(ticket)
    make_post(ticket, "I am a real person, please help.")
    with pytest.raises(Conflict, match="A new post came in"):
        triage.park(ticket=ticket, by=triager, expect=seen)


def test_only_who_works_triage_sorts(ticket: Ticket, agent: User, departments: Departments) -> None:
    with pytest.raises(NotAllowed):
        triage.sort(ticket=ticket, to=departments["pr"], by=agent)
    with pytest.raises(NotAllowed):
        triage.park(ticket=ticket, by=agent)


def test_waiting_begins_anew_with_each_arrival(
    ticket: Ticket, lead: User, departments: Departments
) -> None:
    late(ticket, hours=3)
    assert timezone.now() - waiting_since(ticket) > timedelta(hours=2)
    tickets.hand_over(ticket=ticket, to=departments["customer_service"], by=lead, reason="Ours")
    tickets.hand_over(ticket=ticket, to=None, by=lead, reason="Not ours")
    assert timezone.now() - waiting_since(ticket) < timedelta(minutes=1)


def test_an_alarm_stands_while_tickets_wait_too_long(ticket: Ticket, triager: User) -> None:
    late(ticket, minutes=29)
    assert triage.watch() == 0
    assert triage.watch(now=timezone.now() + timedelta(minutes=2)) == 1
    assert "1 tickets have waited" in Alarm.objects.get(cleared_at=None).message
    triage.park(ticket=ticket, by=triager)
    triage.watch(now=timezone.now() + timedelta(minutes=2))
    assert not Alarm.objects.filter(cleared_at=None).exists()


class TestFallingBack:
    @pytest.fixture(autouse=True)
    def policy(self, departments: Departments, admin: User) -> TriagePolicy:
        desk = departments["customer_service"]
        policy = TriagePolicy(target=30, fall_back_to=desk, fall_back_after=60)
        return triage.save_policy(policy=policy, by=admin)

    def test_what_nobody_sorts_goes_to_the_default_department(
        self, channel: Channel, ticket: Ticket
    ) -> None:
        late(ticket, minutes=61)
        young = late(make_ticket(channel, None, "Young"), minutes=5)
        assert triage.fall_back() == 1
        assert dict(Ticket.objects.values_list("pk", "department__slug")) == {
            ticket.pk: "customer_service",
            young.pk: None,
        }
        event = ticket.events.get(kind="handed_over")
        assert (event.actor, event.data["reason"]) == (None, "Nobody sorted triage")

    def test_while_somebody_sorts_nothing_falls(
        self, channel: Channel, ticket: Ticket, triager: User, departments: Departments
    ) -> None:
        late(ticket, minutes=61)
        other = make_ticket(channel, None, "Other")
        triage.sort(ticket=other, to=departments["pr"], by=triager)
        assert triage.fall_back() == 0
        assert triage.fall_back(now=timezone.now() + timedelta(minutes=61)) == 1

    def test_without_a_default_department_it_waits_on(self, ticket: Ticket, admin: User) -> None:
        triage.save_policy(policy=TriagePolicy(), by=admin)
        late(ticket, days=3)
        assert triage.fall_back() == 0

    def test_people_have_at_least_their_target(self, admin: User) -> None:
        with pytest.raises(ValidationError):
            triage.save_policy(policy=TriagePolicy(target=60, fall_back_after=59), by=admin)


def test_who_sorts_is_a_matter_of_roles(
    agent: User, lead: User, triager: User, admin: User, observer: User
) -> None:
    assert who_sorts() == [admin, lead, triager]
