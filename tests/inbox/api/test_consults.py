"""Consults and notices by the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.models import Channel, Consult, Notice, Ticket
from inbox.services import notes
from tests.factories import make_ticket

pytestmark = pytest.mark.django_db
Api = Callable[..., APIClient]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


@pytest.fixture
def hr_ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["hr"], "My manager shouts at me.")


def ask(api: Any, ticket: Ticket, whom: str = "pr") -> Any:
    body = {"department": whom, "question": "May we say so?"}
    return api.post(f"/api/tickets/{ticket.pk}/ask", body, format="json")


def test_asking_answering_and_what_is_left(
    api: Api, hr_ticket: Ticket, hr_partner: User, pr_officer: User, agent: User
) -> None:
    asked = ask(api(hr_partner), hr_ticket).json()
    assert asked["event"]["kind"] == "consulted"
    (consult,) = api(pr_officer).get("/api/consults").json()["results"]
    assert (consult["question"], consult["department"]) == ("May we say so?", "pr")
    url = f"/api/consults/{consult['id']}"
    assert api(agent).get(url).status_code == 404
    assert api(agent).get("/api/consults").json()["results"] == []
    done = api(pr_officer).post(f"{url}/answer", {"answer": "No."}, format="json").json()
    # It is out of sight once it is answered.
    assert done["ticket"] is None
    told = api(hr_partner).get(f"/api/tickets/{hr_ticket.pk}/consults").json()["results"]
    assert [(one["state"], one["answer"]) for one in told] == [("answered", "No.")]
    assert api(pr_officer).get("/api/consults?state=answered").json()["results"] == []


def test_withdrawing_is_for_those_who_work_the_ticket(
    api: Api, ticket: Ticket, agent: User, pr_officer: User
) -> None:
    ask(api(agent), ticket)
    url = f"/api/consults/{Consult.objects.get().pk}"
    assert api(pr_officer).post(f"{url}/withdraw").status_code == 403
    assert api(agent).post(f"{url}/withdraw").status_code == 200
    assert api(agent).post(f"{url}/withdraw").status_code == 409
    assert Consult.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("body", "field"),
    [({"department": "pr"}, "/question"), ({"department": "x", "question": "?"}, "/department")],
)
def test_what_is_missing_is_named(
    api: Api, ticket: Ticket, agent: User, body: dict[str, str], field: str
) -> None:
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/ask", body, format="json")
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_notices_are_listed_and_read(
    api: Api, ticket: Ticket, agent: User, colleague: User
) -> None:
    notes.add_note(ticket=ticket, text="@maya look", by=colleague)
    notes.add_note(ticket=ticket, text="@maya again", by=colleague)
    newest, first = api(agent).get("/api/notices").json()["results"]
    assert (newest["detail"], first["ticket"]) == ("@maya again", ticket.pk)
    assert api(colleague).post(f"/api/notices/{first['id']}/read").status_code == 404
    assert api(agent).post(f"/api/notices/{first['id']}/read").status_code == 204
    done = api(agent).post("/api/notices/read-all", {"until": newest["id"]}, format="json")
    assert done.json() == {"count": 1}
    assert not Notice.objects.filter(read_at=None).exists()
