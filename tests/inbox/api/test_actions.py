"""Changing tickets, and what the API says when it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.services import tickets
from tests.factories import make_ticket

Departments = dict[str, Department]
Api = Callable[..., APIClient]


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def test_each_action_answers_with_its_event_and_the_ticket(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    client = api(agent)
    soon = (timezone.now() + timedelta(hours=2)).isoformat()
    for address, body, state in (
        ("claim", {}, "open"),
        ("assign", {"assignee": colleague.pk}, "open"),
        ("assign", {"assignee": None}, "open"),
        ("priority", {"priority": 3}, "open"),
        ("tags", {"tags": ["burnt", "bread"]}, "open"),
        ("pending", {}, "pending"),
        ("snooze", {"snoozed_until": soon}, "snoozed"),
        ("resolve", {}, "resolved"),
        ("reopen", {}, "open"),
    ):
        answer = client.post(f"/api/tickets/{ticket.pk}/{address}", body, format="json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["ticket"]["state"] == state
    assert answer.json()["ticket"]["tags"] == ["bread", "burnt"]
    assert answer.json()["event"]["kind"] == "reopened"


def test_a_conflict_says_who_and_brings_the_ticket(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    tickets.claim(ticket=ticket, by=colleague)
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/claim")

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    problem = answer.json()
    assert problem["detail"] == "Tom Brandt claimed this ticket just now."
    assert problem["ticket"]["assignee"]["name"] == "Tom Brandt"
    assert (problem["status"], problem["title"], problem["type"]) == (
        409,
        "Conflict",
        "about:blank",
    )


def test_what_was_read_must_still_hold(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    client = api(agent)
    expect = client.get(f"/api/tickets/{ticket.pk}").json()["expect"]
    tickets.claim(ticket=ticket, by=colleague)
    url = f"/api/tickets/{ticket.pk}/resolve"
    assert client.post(url, {"expect": expect}).status_code == 409
    assert client.post(url, {"expect": "nonsense"}).json()["errors"][0]["field"] == "/expect"
    assert client.post(url, {"expect": ""}).status_code == 200


def test_what_is_not_possible_names_the_field(api: Api, agent: User, ticket: Ticket) -> None:
    past = (timezone.now() - timedelta(hours=2)).isoformat()
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/snooze", {"snoozed_until": past})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "/snoozed_until", "message": "Choose a time in the future."}
    ]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("snooze", {}, "/snoozed_until"),
        ("snooze", {"snoozed_until": "soon"}, "/snoozed_until"),
        ("priority", {"priority": 9}, "/priority"),
        ("assign", {}, "/assignee"),
        ("assign", {"assignee": 10**30}, "/assignee"),
        ("tags", {"tags": "x"}, "/tags"),
        ("tags", {"tags": ["ok", "x" * 41]}, "/tags/1"),
        ("hand-over", {"department": "nowhere", "reason": "x"}, "/department"),
        ("hand-over", {"department": "pr", "reason": ""}, "/reason"),
        ("undo", {"event": "x"}, "/event"),
        ("notes", {"text": "x" * 20_001}, "/text"),
        ("notes", {"text": "a\0b"}, "/text"),
        ("claim", [1], "/"),
    ],
)
def test_what_is_not_valid_is_pointed_at(
    api: Api, agent: User, ticket: Ticket, address: str, body: object, field: str
) -> None:
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/{address}", body, format="json")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert [e["field"] for e in answer.json()["errors"]] == [field]


def test_reading_is_not_working(
    api: Api, pr_officer: User, observer: User, hr_partner: User, ticket: Ticket
) -> None:
    for user in (pr_officer, observer, hr_partner):
        client = api(user)
        assert client.get(f"/api/tickets/{ticket.pk}").status_code == 200
        answer = client.post(f"/api/tickets/{ticket.pk}/claim")
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_tokens_that_do_not_open_the_door(api: Api, agent: User, ticket: Ticket) -> None:
    url = f"/api/tickets/{ticket.pk}"
    assert api(agent, is_read_only=True).get(url).status_code == 200
    assert api(agent, is_read_only=True).post(f"{url}/claim").status_code == 403
    assert api(agent, days=-1).get(url).status_code == 401
    anonymous = api(None).get(url)
    assert (anonymous.status_code, anonymous["Content-Type"]) == (401, "application/problem+json")
    assert "Bearer" in anonymous["WWW-Authenticate"]
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_a_session_needs_its_csrf_token(agent: User, ticket: Ticket) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(agent)
    assert client.get("/api/me").status_code == 200
    assert client.post(f"/api/tickets/{ticket.pk}/claim").status_code == 403


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("get", "/api/nothing", 404),
        ("get", "/api/tickets/999999", 404),
        ("get", "/api/tickets/9999999999999999999999", 404),
        ("get", "/api/tickets/x", 404),
        ("delete", "/api/tickets", 405),
        ("get", "/api/tickets/1/claim", 405),
    ],
)
def test_every_error_is_a_problem(
    api: Api, agent: User, method: str, url: str, status: int
) -> None:
    answer = getattr(api(agent), method)(url)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_body_that_is_no_json_is_a_problem(api: Api, agent: User, ticket: Ticket) -> None:
    client = api(agent)
    url = f"/api/tickets/{ticket.pk}/claim"
    assert client.post(url, "{", content_type="application/json").status_code == 400
    assert client.post(url, "a=b", content_type="text/plain").status_code == 415


def test_who_asks_too_often_waits(api: Api, agent: User, settings: object) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2  # type: ignore[attr-defined]
    client = api(agent)
    answers = [client.get("/api/me") for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
