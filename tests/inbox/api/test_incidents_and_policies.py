"""Incidents and SLA policies in the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Department, SlaPolicy, User
from inbox.models import Channel
from routing.models import Incident
from tests.factories import make_ticket

pytestmark = pytest.mark.django_db
Speak = Callable[..., APIClient]
Departments = dict[str, Department]
PROMISE: dict[str, Any] = {"name": "Working hours", "first_response_minutes": 240}


def test_a_lead_opens_changes_and_closes_an_incident(api: Speak, lead: User) -> None:
    client = api(lead)
    made = client.post("/api/incidents", {"title": "Palm oil", "phrases": ["palm oil"]})
    assert made.status_code == 201
    told = made.json()
    assert (told["incident"]["slug"], told["total"]) == ("palm-oil", 0)
    address = f"/api/incidents/{told['incident']['id']}"
    changed = client.patch(address, {"kind": "attack_wave", "languages": ["en", "de"]})
    assert changed.json()["incident"]["languages"] == ["de", "en"]
    assert client.post(f"{address}/close").json()["incident"]["closed_by"]["id"] == lead.pk
    assert client.post(f"{address}/reopen").json()["incident"]["closed_at"] is None


def test_an_agent_reads_incidents_and_counts_only_what_is_visible(
    api: Speak, agent: User, lead: User, departments: Departments, channel: Channel
) -> None:
    incident = Incident.objects.create(title="Outage", slug="outage", opened_by=lead)
    make_ticket(channel, departments["customer_service"], incident=incident)
    make_ticket(channel, departments["hr"], incident=incident)
    (line,) = api(agent).get("/api/incidents").json()
    assert (line["incident"]["title"], line["total"], line["unresolved"]) == ("Outage", 1, 1)
    assert api(agent).post("/api/incidents", {"title": "Mine"}).status_code == 403
    assert api(agent).post(f"/api/incidents/{incident.pk}/close").status_code == 403


def test_examples_are_tickets_one_may_see(
    api: Speak, lead: User, departments: Departments, channel: Channel
) -> None:
    hidden = make_ticket(channel, departments["hr"])
    refused = api(lead).post("/api/incidents", {"title": "Like it", "tickets": [hidden.pk]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"].startswith("/tickets")
    assert not Incident.objects.exists()


def test_a_ticket_is_put_into_an_incident_and_out_of_it(
    api: Speak, agent: User, departments: Departments, channel: Channel
) -> None:
    incident = Incident.objects.create(title="Outage", slug="outage")
    ticket = make_ticket(channel, departments["customer_service"])
    address = f"/api/tickets/{ticket.pk}/incident"
    put = api(agent).post(address, {"incident": incident.pk})
    assert put.json()["ticket"]["incident"] == "outage"
    assert api(agent).post(address, {"incident": incident.pk}).status_code == 422
    assert api(agent).post(address, {"incident": None}).json()["ticket"]["incident"] is None


def test_an_admin_makes_and_changes_a_policy(api: Speak, admin: User) -> None:
    client = api(admin)
    made = client.post("/api/sla-policies", {**PROMISE, "shifts": {"0": [[540, 1020]]}})
    assert made.status_code == 201
    assert made.json()["slug"] == "working_hours"
    changed = client.patch("/api/sla-policies/working_hours", {"pauses_snoozed": True})
    assert changed.json()["pauses_snoozed"] is True
    assert [p["name"] for p in client.get("/api/sla-policies").json()] == ["Working hours"]


def test_a_policy_that_promises_nothing_is_refused(api: Speak, admin: User) -> None:
    answer = api(admin).post("/api/sla-policies", {"name": "Empty"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "Promise a first response, a resolution, or both."
    assert not SlaPolicy.objects.exists()


def test_departments_are_given_policies(api: Speak, admin: User, departments: Departments) -> None:
    client = api(admin)
    client.post("/api/sla-policies", PROMISE)
    wanted = [{"department": "pr", "priority": None, "policy": "working_hours"}]
    assert client.patch("/api/sla-defaults", wanted).json() == wanted
    taken = [{"department": "pr", "priority": None, "policy": None}]
    assert client.patch("/api/sla-defaults", taken).json() == []


def test_members_read_policies_and_change_none(api: Speak, agent: User) -> None:
    assert api(agent).get("/api/sla-policies").status_code == 200
    assert api(agent).get("/api/sla-defaults").status_code == 200
    assert api(agent).post("/api/sla-policies", PROMISE).status_code == 403
    assert api(agent).patch("/api/sla-defaults", []).status_code == 403
