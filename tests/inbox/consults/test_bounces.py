"""A ticket that goes back and forth, and the lead who settles it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Department, Membership, User
from inbox.models import HandOver, Notice, Ticket, TriagePolicy
from inbox.queries.bounces import leads_of
from inbox.services import bounces, tickets, triage
from inbox.services.conflicts import NotAllowed, Refused
from inbox.timeline import sentence_of
from routing.models import Lesson
from tests.factories import make_ticket
from tests.personas import person

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]
SignIn = Callable[[User], Client]


@pytest.fixture
def pr_lead(departments: Departments) -> User:
    return person("petra", "Petra Kern", (departments["pr"], Membership.Role.LEAD))


def move(ticket: Ticket, department: Department | None, by: User) -> None:
    tickets.hand_over(ticket=ticket, to=department, by=by, reason="Yours")


@pytest.fixture
def bouncing(
    ticket: Ticket,
    departments: Departments,
    agent: User,
    pr_officer: User,
    lead: User,
    pr_lead: User,
) -> Ticket:
    """Customer service gave it to PR, and PR gave it back."""
    move(ticket, departments["pr"], agent)
    move(ticket, departments["customer_service"], pr_officer)
    return ticket


def test_coming_back_is_told_to_the_leads_of_both(
    bouncing: Ticket, lead: User, pr_lead: User
) -> None:
    now = Ticket.objects.get(pk=bouncing.pk)
    assert now.bouncing_since is not None
    told = Notice.objects.filter(kind="bounced").values_list("user", flat=True)
    assert set(told) == {lead.pk, pr_lead.pk}
    said = sentence_of(now.events.get(kind="bounced"), {})
    assert said == "It goes back and forth: a lead is asked to settle it"


def test_one_move_is_none(ticket: Ticket, departments: Departments, agent: User) -> None:
    move(ticket, departments["pr"], agent)
    assert Ticket.objects.get().bouncing_since is None


def test_so_many_moves_on_and_on_are(
    ticket: Ticket, departments: Departments, agent: User, pr_officer: User, admin: User
) -> None:
    triage.save_policy(policy=TriagePolicy(bounce_after=2), by=admin)
    move(ticket, departments["pr"], agent)
    move(ticket, departments["marketing"], pr_officer)
    assert Ticket.objects.get().bouncing_since is not None


def test_sorting_and_what_was_undone_do_not_count(
    ticket: Ticket, departments: Departments, agent: User, admin: User
) -> None:
    move(ticket, departments["pr"], agent)
    tickets.undo(event_id=ticket.events.latest("pk").pk, by=agent)
    move(ticket, None, agent)
    move(ticket, departments["customer_service"], admin)
    move(ticket, departments["pr"], agent)
    assert Ticket.objects.get().bouncing_since is None


def test_only_leads_who_may_see_it_are_told(
    ticket: Ticket, departments: Departments, agent: User, hr_partner: User, lead: User
) -> None:
    move(ticket, departments["hr"], agent)
    move(ticket, departments["customer_service"], hr_partner)
    assert list(Notice.objects.values_list("user", flat=True)) == [lead.pk]
    move(ticket, departments["hr"], agent)
    assert not leads_of(Ticket.objects.get(), hr_partner)


def test_a_lead_of_either_settles_it_and_the_router_learns(
    bouncing: Ticket, departments: Departments, pr_lead: User
) -> None:
    event = bounces.settle(ticket=bouncing, to=departments["pr"], reason="Press", by=pr_lead)
    now = Ticket.objects.get()
    assert (now.department, now.bouncing_since) == (departments["pr"], None)
    assert now.settled_at is not None
    assert HandOver.objects.latest("pk").reason == "Press"
    assert Lesson.objects.latest("pk").to_department == departments["pr"]
    assert "settled that it belongs to" in sentence_of(event, {})


def test_a_lead_may_say_that_it_is_right_where_it_is(
    bouncing: Ticket, departments: Departments, lead: User
) -> None:
    here = departments["customer_service"]
    moves = HandOver.objects.count()
    bounces.settle(ticket=bouncing, to=here, reason="Ours", by=lead)
    assert Ticket.objects.get().department == here
    assert HandOver.objects.count() == moves


@pytest.mark.parametrize("persona", ["agent", "pr_officer", "triager", "observer"])
def test_nobody_else_settles(
    bouncing: Ticket, departments: Departments, persona: str, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(persona)
    with pytest.raises(NotAllowed):
        bounces.settle(ticket=bouncing, to=departments["pr"], reason="x", by=by)


def test_what_is_settled_is_moved_by_leads_alone_for_a_day(
    bouncing: Ticket, departments: Departments, agent: User, lead: User
) -> None:
    home, pr = departments["customer_service"], departments["pr"]
    bounces.settle(ticket=bouncing, to=home, reason="Ours", by=lead)
    with pytest.raises(Refused, match="A lead has settled that this ticket belongs to Customer"):
        move(bouncing, pr, agent)
    HandOver.objects.update(at=timezone.now() - timedelta(hours=26))
    Ticket.objects.update(settled_at=timezone.now() - timedelta(hours=25))
    move(Ticket.objects.get(), pr, agent)
    assert Ticket.objects.get().department == pr
    # What was before the settlement is settled.
    assert Ticket.objects.get().bouncing_since is None


def test_a_lead_still_moves_it(bouncing: Ticket, departments: Departments, lead: User) -> None:
    bounces.settle(ticket=bouncing, to=departments["customer_service"], reason="Ours", by=lead)
    move(bouncing, departments["pr"], lead)
    assert Ticket.objects.get().department == departments["pr"]


def test_settling_twice_is_refused(
    bouncing: Ticket, departments: Departments, lead: User, pr_lead: User
) -> None:
    bounces.settle(ticket=bouncing, to=departments["customer_service"], reason="Ours", by=lead)
    with pytest.raises(Refused, match="settled meanwhile"):
        bounces.settle(ticket=bouncing, to=departments["pr"], reason="Ours", by=pr_lead)


def test_settling_is_undone_whole(
    bouncing: Ticket, departments: Departments, pr_lead: User
) -> None:
    before = Ticket.objects.get()
    event = bounces.settle(ticket=bouncing, to=departments["pr"], reason="Press", by=pr_lead)
    tickets.undo(event_id=event.pk, by=pr_lead)
    now = Ticket.objects.get()
    for column in ("department_id", "bouncing_since", "settled_at"):
        assert getattr(now, column) == getattr(before, column)
    assert HandOver.objects.latest("pk").undone_at is not None


def test_the_page_offers_it_to_leads(
    as_user: SignIn, bouncing: Ticket, agent: User, lead: User
) -> None:
    url = f"/t/{bouncing.pk}/"
    page = as_user(agent).get(url).content.decode()
    assert "Going back and forth: a lead settles it" in page
    assert f"{url}settle/" not in page
    assert f"{url}settle/" in as_user(lead).get(url).content.decode()
    body = {"to": "pr", "reason": "Press"}
    as_user(lead).post(f"{url}settle/", body)
    assert Ticket.objects.get().settled_at is not None
    assert "Settled by a lead until" in as_user(agent).get(url).content.decode()


def test_an_unsorted_ticket_bounces_nowhere(channel: object, triager: User) -> None:
    assert not bounces.would_bounce(make_ticket(channel, None), to=None)  # type: ignore[arg-type]
