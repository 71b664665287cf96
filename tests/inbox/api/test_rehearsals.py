"""Rehearsals in the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from routing import queries, services
from routing.facts import Facts
from routing.models import Rehearsal, RouterSettings
from tests.routing.trees import word

pytestmark = pytest.mark.django_db
Speak = Callable[..., APIClient]

NEW = {"name": "Bread", "conditions": word("bread"), "place": "department", "department": "pr"}
CREATE = {"change": {"kind": "create", "definition": NEW}}


@pytest.fixture(autouse=True)
def ticket(
    departments: dict[str, Department], channel: Channel, settings: Settings, tmp_path: Path
) -> Ticket:
    """A ticket that waits in triage: no model was trained."""
    settings.MODEL_DIR = tmp_path
    queries._current = None
    decision = services.decide(Facts(text="I want bread"))
    return Ticket.objects.create(channel=channel, decision=decision)


def run() -> None:
    services.run_rehearsal(rehearsal=Rehearsal.objects.all()[0])


def test_a_rule_is_rehearsed_looked_at_and_saved(api: Speak, admin: User, ticket: Ticket) -> None:
    client = api(admin)
    made = client.post("/api/rehearsals", {**CREATE, "days": 3})
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["days"]) == ("queued", 3)
    run()
    address = f"/api/rehearsals/{made.json()['id']}"
    told = client.get(address).json()
    assert told["state"] == "done"
    assert told["moves"] == [{"origin": "", "target": "pr", "n": 1}]
    assert told["result"]["moved"] == 1
    assert "examples" not in told["result"]
    (example,) = client.get(f"{address}/examples?from=&to=pr").json()["shown"]
    assert (example["ticket"], example["text"]) == (ticket.pk, "I want bread")
    assert example["after"] == {"rule": "Bread", "percent": 0, "guess": "", "words": ["bread"]}
    assert client.get(f"{address}/examples?from=hr&to=pr").status_code == 404
    assert client.post(f"{address}/cancel").status_code == 422
    assert client.post(f"{address}/save").json()["saved_at"]
    assert client.post(f"{address}/save").status_code == 400


def test_who_may_not_see_the_tickets_gets_their_number(
    api: Speak, admin: User, departments: dict[str, Department]
) -> None:
    client = api(admin)
    definition = {**NEW, "department": "hr"}
    made = client.post("/api/rehearsals", {"change": {"kind": "create", "definition": definition}})
    run()
    found = client.get(f"/api/rehearsals/{made.json()['id']}/examples?from=&to=hr").json()
    assert found == {"shown": [], "hidden": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"change": {}},
        {"change": {"kind": "threshold", "threshold": 2}},
        {"change": {"kind": "order", "ids": [7]}},
        {**CREATE, "days": 0},
        {**CREATE, "posts": 100_001},
        {**CREATE, "days": 3, "posts": 3},
    ],
)
def test_what_is_wrong_is_refused(api: Speak, admin: User, body: dict[str, object]) -> None:
    assert api(admin).post("/api/rehearsals", body).status_code == 400


def test_leads_rehearse_what_they_may_propose(
    api: Speak, lead: User, admin: User, agent: User
) -> None:
    client = api(lead)
    own = client.post("/api/rehearsals", CREATE)
    assert own.status_code == 201
    threshold = {"change": {"kind": "threshold", "threshold": 0.9}}
    assert client.post("/api/rehearsals", threshold).status_code == 403
    others = api(admin).post("/api/rehearsals", threshold).json()["id"]
    assert client.get(f"/api/rehearsals/{others}").status_code == 404
    run()
    assert client.post(f"/api/rehearsals/{own.json()['id']}/save").status_code == 403
    assert not RouterSettings.objects.filter(threshold=0.9).exists()
    for stranger in (agent, None):
        assert api(stranger).post("/api/rehearsals", CREATE).status_code in {401, 403}
        assert api(stranger).get(f"/api/rehearsals/{others}").status_code in {401, 403}
