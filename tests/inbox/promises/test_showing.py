"""Where people see what was promised: rows, the ticket, the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from inbox import clock
from inbox.models import Channel, Ticket
from inbox.queries import TicketFilter, page_of
from routing import queries
from routing.models import Incident
from tests.factories import make_ticket
from tests.inbox.promises.conftest import Make
from tests.inbox.views.conftest import Browser, browser

pytestmark = pytest.mark.django_db
__all__ = ["browser"]
Departments = dict[str, Department]


@pytest.fixture
def tickets(channel: Channel, departments: Departments, policy: Make) -> list[Ticket]:
    """An overdue one, one due in half an hour, one due in a day, and one without a promise."""
    made = policy(default_of="customer_service", resolution_minutes=None)
    terms = queries.snapshot().promises.terms[made.pk]
    found = []
    for left in (-5, 30, 24 * 60, None):
        ticket = make_ticket(channel, departments["customer_service"])
        if left is not None:
            since = timezone.now() + timedelta(minutes=left - 60, seconds=5)
            clock.begin(ticket, terms, at=since)
            ticket.save()
        found.append(ticket)
    return found


def test_what_is_due_soonest_comes_first(tickets: list[Ticket], agent: User) -> None:
    wanted = TicketFilter(order="due")
    first = page_of(agent, wanted, size=2)
    rest = page_of(agent, wanted, size=2, after=first.next)
    assert first.rows + rest.rows == tickets


def test_history_has_no_due_order(agent: User) -> None:
    assert TicketFilter(order="due", state="resolved").effective_order == "newest"


def test_overdue_is_a_filter(tickets: list[Ticket], agent: User, browser: Browser) -> None:
    assert page_of(agent, TicketFilter(overdue=True)).rows == tickets[:1]
    page = browser(agent).get("/q/all/?overdue=1").content.decode()
    assert f'id="row-{tickets[0].pk}"' in page
    assert f'id="row-{tickets[1].pk}"' not in page
    assert "overdue" in page


def test_rows_say_how_long_is_left(
    tickets: list[Ticket],
    agent: User,
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    wave = Incident.objects.create(title="Wave", slug="wave")
    Ticket.objects.update(incident=wave, approval_by=agent.memberships.get().department)
    client = browser(agent)
    with django_assert_max_num_queries(12):
        page = client.get("/q/customer_service/").content.decode()
    assert "4 min late" in page
    assert "in 30 min" in page
    assert "in 1 d" in page
    assert page.count("data-due>") == 3


def test_the_ticket_says_what_was_promised(
    tickets: list[Ticket], agent: User, browser: Browser
) -> None:
    client = browser(agent)
    assert "First response by" in client.get(f"/t/{tickets[1].pk}/").content.decode()
    assert "First response by" not in client.get(f"/t/{tickets[3].pk}/").content.decode()


def test_the_api_says_it(tickets: list[Ticket], agent: User, browser: Browser) -> None:
    client = browser(agent)
    promised = client.get(f"/api/tickets/{tickets[0].pk}").json()["promise"]
    assert promised["policy"] == "standard"
    assert promised["is_breached"] is True
    assert client.get(f"/api/tickets/{tickets[3].pk}").json()["promise"] is None
    late = client.get("/api/tickets?overdue=true&order=due").json()["results"]
    assert [row["id"] for row in late] == [tickets[0].pk]
