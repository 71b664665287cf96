"""The triage bar and the policy's page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Ticket, TriagePolicy
from inbox.services.tickets import Expectation
from routing.models import Decision
from tests.factories import make_ticket

pytestmark = pytest.mark.django_db
SHARES = {"pr": 0.48, "customer_service": 0.31, "marketing": 0.15, "hr": 0.06}


@pytest.fixture
def ticket(channel: Channel) -> Ticket:
    decision = Decision.objects.create(method="triage", confidence=0.48, probabilities=SHARES)
    return make_ticket(channel, None, "Burnt palm oil again", decision=decision)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_bar_shows_the_two_best_guesses(ticket: Ticket, triager: User) -> None:
    page = as_(triager).get(f"/t/{ticket.pk}/").content.decode()
    assert page.count("btn target") == 5
    assert page.count(' guess"') == 2
    assert "48 %" in page


def test_who_may_only_look_has_no_bar(ticket: Ticket, departments: dict[str, Department]) -> None:
    from tests.personas import person

    watcher = person("vera", "Vera", (departments["pr"], "observer"), triage=True)
    page = as_(watcher).get(f"/t/{ticket.pk}/").content.decode()
    assert "Burnt palm oil" in page
    assert "btn target" not in page


@pytest.mark.parametrize(
    ("to", "now"), [("pr", ("open", "pr")), ("hr", ("open", "hr")), ("spam", ("resolved", None))]
)
def test_a_press_works_without_javascript(
    ticket: Ticket, channel: Channel, triager: User, to: str, now: tuple[str, str | None]
) -> None:
    copy = make_ticket(channel, None, "Burnt palm oil again")
    fields = {"to": to, "expect": str(Expectation.of(ticket)), "alike": f"{copy.pk},x,999"}
    answer = as_(triager).post(f"/t/{ticket.pk}/sort/?q=triage", fields, follow=True)
    assert "and 1 like it" in answer.content.decode()
    for pk in (ticket.pk, copy.pk):
        found = Ticket.objects.get(pk=pk)
        assert (found.state, found.department.slug if found.department else None) == now


def test_what_is_sorted_along_is_not_the_next_to_open(channel: Channel, triager: User) -> None:
    now = timezone.now()
    said = "You burn down forests for palm oil, boycott this bakery today"
    ticket = make_ticket(channel, None, said, at=now)
    make_ticket(channel, None, f"{said}!", at=now - timedelta(hours=1))
    other = make_ticket(channel, None, "Do you hire bakers?", at=now - timedelta(hours=2))
    page = as_(triager).get(f"/t/{ticket.pk}/?q=triage")
    assert page.context["sorting"].n_alike == 1
    assert page.context["next_id"] == other.pk


def test_an_unknown_department_is_refused(ticket: Ticket, triager: User) -> None:
    answer = as_(triager).post(f"/t/{ticket.pk}/sort/", {"to": "nowhere"})
    assert answer.status_code == 422
    assert "Choose a department of the list" in answer.content.decode()


def test_tickets_of_departments_are_not_swept_along(
    ticket: Ticket, channel: Channel, triager: User, departments: dict[str, Department]
) -> None:
    theirs = make_ticket(channel, departments["hr"], "Burnt palm oil again")
    as_(triager).post(f"/t/{ticket.pk}/sort/", {"to": "pr", "alike": str(theirs.pk)})
    assert Ticket.objects.get(pk=theirs.pk).department == departments["hr"]


def test_triage_shows_the_most_urgent_first(channel: Channel, triager: User) -> None:
    urgent = make_ticket(channel, None, "Glass in the bread", priority=3)
    make_ticket(channel, None, "Nice bread")
    page = as_(triager).get("/q/triage/").content.decode()
    assert page.index("Glass in the bread") < page.index("Nice bread")
    assert f'id="row-{urgent.pk}"' in page


def test_an_admin_sets_the_policy(admin: User, departments: dict[str, Department]) -> None:
    pr = departments["pr"]
    fields = {"target": "15", "fall_back_to": str(pr.pk), "fall_back_after": "45"}
    fields |= {"bounce_after": "4", "settled_for": "12"}
    assert as_(admin).post("/settings/triage/", fields).status_code == 302
    policy = TriagePolicy.current()
    assert (policy.target, policy.fall_back_to, policy.fall_back_after) == (15, pr, 45)
    assert (policy.bounce_after, policy.settled_for) == (4, 12)
    page = as_(admin).post("/settings/triage/", {**fields, "fall_back_after": "5"})
    assert "at least the 15 minutes" in page.content.decode()


def test_others_do_not(lead: User) -> None:
    assert as_(lead).get("/settings/triage/").status_code == 403
