"""The rows a browser asks for after each change."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from inbox.models import Ticket
from inbox.services.tickets import resolve
from tests.inbox.views.conftest import Browser

pytestmark = pytest.mark.django_db
ROWS = "/live/rows/"


def test_rows_that_belong_on_the_list_are_drawn_and_the_others_named(
    agent: User, ticket: Ticket, hr_ticket: Ticket, browser: Browser
) -> None:
    ids = f"{ticket.pk},{hr_ticket.pk},999999"
    answer = browser(agent).get(ROWS, {"q": "customer_service", "ids": ids}).json()
    assert list(answer["rows"]) == [str(ticket.pk)]
    assert answer["gone"] == [hr_ticket.pk, 999999]
    assert ticket.excerpt in answer["rows"][str(ticket.pk)]


def test_a_row_drawn_live_looks_as_on_the_page(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    query = {"q": "customer_service", "order": "oldest"}
    drawn = page.get(ROWS, {**query, "ids": str(ticket.pk)}).json()["rows"][str(ticket.pk)]
    assert drawn.strip() in page.get("/q/customer_service/", {"order": "oldest"}).content.decode()


def test_a_ticket_that_left_the_list_is_gone(agent: User, ticket: Ticket, browser: Browser) -> None:
    resolve(ticket=ticket, by=agent)
    answer = browser(agent).get(ROWS, {"q": "customer_service", "ids": str(ticket.pk)}).json()
    assert answer["rows"] == {}
    assert answer["gone"] == [ticket.pk]


def test_counts_speak_of_visible_queues_alone(
    agent: User, hr_ticket: Ticket, ticket: Ticket, browser: Browser
) -> None:
    counts = browser(agent).get(ROWS, {"q": "all"}).json()["counts"]
    assert counts["customer_service"] == 1
    assert counts["all"] == 1
    assert "hr" not in counts
    assert "triage" not in counts


def test_somebody_signed_out_is_told_so(client: object) -> None:
    assert client.get(ROWS).status_code == 401  # type: ignore[attr-defined]


def test_a_burst_costs_few_queries(
    agent: User,
    ticket: Ticket,
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    page = browser(agent)
    with django_assert_max_num_queries(10):
        page.get(ROWS, {"q": "customer_service", "ids": str(ticket.pk)})


@pytest.mark.parametrize("ids", ["x", "1,,2", "-1", "9" * 30, "1" + ",1" * 500])
def test_nonsense_ids_are_survived(agent: User, browser: Browser, ids: str) -> None:
    assert browser(agent).get(ROWS, {"q": "nowhere", "ids": ids}).status_code == 200
