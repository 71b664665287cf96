"""Rules and proposals in the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.models import Channel
from routing import services
from routing.models import Rule, RuleProposal
from tests.routing.trees import all_of, phrase, word

pytestmark = pytest.mark.django_db
Speak = Callable[..., APIClient]
PALM: dict[str, Any] = {"name": "Palm oil", "conditions": phrase("palm oil"), "department": "pr"}


def test_an_admin_makes_changes_and_removes_a_rule(
    api: Speak, admin: User, departments: dict[str, Department]
) -> None:
    client = api(admin)
    made = client.post("/api/rules", {**PALM, "priority": 3, "reason": "New."})
    assert made.status_code == 201
    told = made.json()
    assert told["sentence"] == "When a post says “palm oil”: to PR, urgent."
    assert (told["place"], told["department"], told["version"]) == ("department", "pr", 1)
    address = f"/api/rules/{told['id']}"
    changed = client.patch(address, {"ends_on": "2026-12-31", "version": 1}).json()
    assert (changed["ends_on"], changed["version"]) == ("2026-12-31", 2)
    stale = client.patch(address, {"priority": 0, "version": 1})
    assert (stale.status_code, stale.json()["errors"][0]["field"]) == (400, "/version")
    versions = client.get(f"{address}/versions").json()
    assert [v["number"] for v in versions] == [2, 1]
    assert versions[1]["reason"] == "New."
    restored = client.post(f"{address}/versions/1/restore").json()
    assert (restored["ends_on"], restored["version"]) == (None, 3)
    assert client.delete(address).status_code == 204
    assert client.get("/api/rules").json() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"conditions": all_of({"pattern": "(a"})}, "/conditions"),
        ({"department": "sales"}, "/department"),
        ({"assignee": "nobody"}, "/assignee"),
        ({"priority": 9}, "/priority"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    api: Speak, admin: User, values: dict[str, Any], field: str
) -> None:
    answer = api(admin).post("/api/rules", {**PALM, **values})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not Rule.objects.exists()


def test_rules_are_put_into_an_order(api: Speak, admin: User) -> None:
    one, two = (services.create_rule(by=None, name=n, conditions=word(n)) for n in ("one", "two"))
    rows = api(admin).post("/api/rules/order", {"ids": [two.pk, one.pk]}).json()
    assert [row["name"] for row in rows] == ["two", "one"]
    assert api(admin).post("/api/rules/order", {"ids": [two.pk]}).status_code == 400


def test_a_text_is_tested(api: Speak, lead: User, channel: Channel) -> None:
    services.create_rule(by=None, name="Oil", conditions=phrase("oil"), tags=["oil"])
    body = {"text": "Palm oil!", "channel": channel.pk, "conditions": all_of({"word": ["palm"]})}
    told = api(lead).post("/api/rules/test", body).json()
    assert told["decision"]["fired"][0]["name"] == "Oil"
    assert told["decision"]["effects"] == {"tags": ["oil"]}
    assert [(one["path"], one["is_met"]) for one in told["conditions"]] == [([], True), ([0], True)]


def test_leads_propose_and_admins_accept(
    api: Speak, lead: User, admin: User, departments: dict[str, Department]
) -> None:
    body = {"definition": PALM, "reason": "It begins."}
    made = api(lead).post("/api/rule-proposals", body)
    assert made.status_code == 201
    address = f"/api/rule-proposals/{made.json()['id']}"
    assert api(lead).post(f"{address}/accept").status_code == 403
    assert not Rule.objects.exists()
    (waiting,) = api(admin).get("/api/rule-proposals").json()
    assert waiting["definition"]["department"] == "pr"
    accepted = api(admin).post(f"{address}/accept", {"answer": "Good."}).json()
    assert (accepted["state"], accepted["settled_by"]["handle"]) == ("accepted", "ada")
    assert Rule.objects.get().department == departments["pr"]
    assert api(admin).post(f"{address}/decline").status_code == 400


def test_a_change_is_declined(api: Speak, lead: User, admin: User) -> None:
    rule = services.create_rule(by=None, name="Oil", conditions=word("oil"))
    body = {"rule": rule.pk, "definition": PALM | {"department": None}, "reason": "Wider."}
    made = api(lead).post("/api/rule-proposals", body).json()
    api(admin).post(f"/api/rule-proposals/{made['id']}/decline", {"answer": "No."})
    proposal = RuleProposal.objects.get()
    rule.refresh_from_db()
    assert (proposal.state, proposal.answer, rule.name) == ("declined", "No.", "Oil")


@pytest.mark.parametrize("persona", ["agent", "observer", "outsider", "hr_partner"])
def test_others_see_nothing_of_it(api: Speak, request: pytest.FixtureRequest, persona: str) -> None:
    client = api(request.getfixturevalue(persona))
    assert client.get("/api/rules").status_code == 403
    assert client.post("/api/rules/test", {"text": "a"}).status_code == 403
    assert client.post("/api/rule-proposals", {"definition": PALM}).status_code == 403


def test_a_lead_changes_nothing(api: Speak, lead: User) -> None:
    rule = services.create_rule(by=None, name="Oil", conditions=word("oil"))
    client = api(lead)
    assert client.get("/api/rules").status_code == 200
    assert client.post("/api/rules", PALM).status_code == 403
    assert client.patch(f"/api/rules/{rule.pk}", {"priority": 3}).status_code == 403
    assert client.delete(f"/api/rules/{rule.pk}").status_code == 403
    assert client.post("/api/rules/order", {"ids": [rule.pk]}).status_code == 403
