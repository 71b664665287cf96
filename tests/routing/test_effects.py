"""What rules make of a decision, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from accounts.models import Department, Skill, SlaPolicy, User
from routing import services
from routing.facts import Facts
from routing.models import Decision, RouterModel, Rule
from tests.routing.trees import all_of, phrase

pytestmark = pytest.mark.django_db
PALM = "Stop the palm oil, says the Daily News"
Make = Callable[..., Rule]


@pytest.fixture
def rule(model_dir: Path, departments: dict[str, Department]) -> Make:
    """Makes a rule; by default it leaves the place alone and goes on."""

    def make(name: str, text: str = "palm oil", **values: Any) -> Rule:
        wanted = {"conditions": phrase(text), "place": "unchanged", "goes_on": True}
        return services.create_rule(by=None, name=name, **{**wanted, **values})

    return make


def decide(text: str = PALM, **facts: Any) -> Decision:
    return services.decide_batch([Facts(text=text, **facts)])[0]


def fired(decision: Decision) -> list[str]:
    return [one["name"] for one in decision.fired]


def test_a_rule_that_goes_on_lets_others_add(
    rule: Make, departments: dict[str, Department], agent: User
) -> None:
    first = rule("Tag", tags=["palm"], notify_user=agent)
    second = rule("Place", place="department", department=departments["pr"], goes_on=False)
    rule("Never", tags=["never"])
    decision = decide()
    assert (decision.department, decision.method) == (departments["pr"], "rule")
    assert (decision.rule, decision.rule_version) == (second, 1)
    told = {"users": [agent.pk], "rules": ["Tag"]}
    assert decision.effects == {"tags": ["palm"], "notify": told}
    assert decision.fired == [
        {"rule": first.pk, "version": 1, "name": "Tag", "reasons": ["palm oil"]},
        {"rule": second.pk, "version": 1, "name": "Place", "reasons": ["palm oil"]},
    ]


def test_what_a_rule_above_settled_stays(
    rule: Make, departments: dict[str, Department], agent: User, pr_officer: User
) -> None:
    pr, hr = departments["pr"], departments["hr"]
    rule("First", department=pr, place="department", priority=3, assignee=pr_officer, consult=hr)
    rule("Second", department=hr, place="department", priority=0, consult=pr, tags=["second"])
    decision = decide()
    assert (decision.department, decision.priority, decision.consult) == (pr, 3, "hr")
    settled = {"assignee": pr_officer.pk, "tags": ["second"], "consult": "First"}
    assert decision.effects == settled
    assert fired(decision) == ["First", "Second"]


def test_skill_policy_and_approval_are_settled_from_the_top(
    rule: Make, departments: dict[str, Department], agent: User
) -> None:
    legal, spanish = (Skill.objects.create(slug=slug) for slug in ("legal", "spanish"))
    fast, slow = (
        SlaPolicy.objects.create(name=name, slug=name, resolution_minutes=60)
        for name in ("fast", "slow")
    )
    pr, hr = departments["pr"], departments["hr"]
    rule("First", skill=legal, sla_policy=fast, approval_by=pr, approval_by_leads=True)
    rule("Second", skill=spanish, sla_policy=slow, approval_by=hr)
    rule("Third", assignee=agent)
    assert decide().effects == {
        "skill": "legal",
        "sla_policy": fast.pk,
        "approval": {"department": "pr", "leads": True},
    }


def test_a_policy_that_is_put_away_is_not_asked_for(rule: Make) -> None:
    policy = SlaPolicy.objects.create(name="fast", slug="fast", resolution_minutes=60)
    rule("First", sla_policy=policy)
    SlaPolicy.objects.update(is_active=False)
    assert "sla_policy" not in decide().effects


def test_a_rule_can_leave_the_place_to_the_classifier(model: RouterModel, rule: Make) -> None:
    made = rule("Urgent", "refund", priority=3)
    decision = decide("@Acme my parcel never arrived and nobody answers, I want a refund")
    assert (decision.method, decision.priority, decision.rule) == ("classifier", 3, made)
    assert any("refund" in reason["word"] for reason in decision.reasons)


def test_spam_is_parked_at_the_end_of_triage(rule: Make) -> None:
    rule("Loud", priority=3)
    rule("Spam", place="spam", goes_on=False)
    decision = decide()
    assert (decision.department, decision.method, decision.priority) == (None, "rule", 0)
    assert decision.effects == {"spam": "Spam"}


def test_nothing_fires_nothing_is_noted(rule: Make) -> None:
    rule("Tag", "whale", tags=["whale"])
    decision = decide()
    assert (decision.fired, decision.effects, decision.rule) == ([], {}, None)


def test_a_decision_points_at_the_exact_version_that_fired(rule: Make) -> None:
    made = rule("Tag", tags=["one"])
    services.update_rule(rule=made, by=None, tags=["two"])
    decision = services.decide(Facts(text=PALM))
    services.update_rule(rule=made, by=None, tags=["three"])
    decision.refresh_from_db()
    (one,) = decision.fired
    version = made.versions.get(number=one["version"])
    assert (decision.rule_version, version.definition["tags"]) == (2, ["two"])


def test_a_decision_keeps_its_version_when_the_rule_is_gone(rule: Make) -> None:
    made = rule("Tag", tags=["one"])
    decision = services.decide(Facts(text=PALM))
    services.delete_rule(rule=made)
    decision.refresh_from_db()
    assert decision.rule is None
    assert (decision.fired[0]["rule"], decision.fired[0]["version"]) == (made.pk, 1)


@pytest.mark.parametrize(
    ("now", "fires"),
    [
        ("2026-03-01T22:59:00Z", False),
        ("2026-03-01T23:00:00Z", True),
        ("2026-03-03T22:59:00Z", True),
        ("2026-03-03T23:00:00Z", False),
    ],
)
def test_a_rule_fires_from_its_first_to_its_last_day(rule: Make, now: str, fires: bool) -> None:
    services.set_time_zone(time_zone="Europe/Berlin", by=None)
    rule("Days", tags=["x"], starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 3))
    with time_machine.travel(now):
        assert bool(decide().fired) == fires


def test_lists_of_people_are_looked_up_by_handle(rule: Make) -> None:
    rule("Press", conditions=all_of({"list": ["reporters"]}), tags=["press"])
    row = services.save_author_list(name="Reporters", handles=["@Kate", "kate", " "])
    assert row.handles == ["kate"]
    assert fired(decide(author_handle="@KATE")) == ["Press"]
    services.save_author_list(author_list=row, handles=["tim"])
    assert fired(decide(author_handle="@KATE")) == []


def test_what_is_around_a_post_can_be_asked_for(rule: Make) -> None:
    conditions = all_of(
        {"followers": {"at_least": 1000}},
        {"earlier": ["pr"]},
        {"thread": ["follow_up"]},
        {"kind": ["own_post_comment"]},
        {"weekday": [0]},
    )
    rule("Around", conditions=conditions, tags=["x"])
    around: dict[str, Any] = {
        "followers": 1000,
        "earlier_department": "pr",
        "is_follow_up": True,
        "is_under_own_post": True,
        "posted_at": datetime(2026, 3, 2, 12, tzinfo=UTC),
    }
    assert fired(decide(**around)) == ["Around"]
    for missing in around:
        assert fired(decide(**{k: v for k, v in around.items() if k != missing})) == []


def test_what_the_classifier_thinks_can_be_asked_for(model: RouterModel, rule: Make) -> None:
    conditions = all_of({"guess": ["customer_service"]}, {"confidence": {"at_least": 0.5}})
    rule("Sure", conditions=conditions, tags=["sure"])
    parcel = "@Acme my parcel never arrived and nobody answers, I want a refund"
    assert fired(decide(parcel)) == ["Sure"]
    assert fired(decide("hm")) == []


def test_facts_survive_being_stored(model_dir: Path) -> None:
    facts = Facts(text="a", followers=3, posted_at=datetime(2026, 3, 2, tzinfo=UTC))
    decision = services.decide(facts)
    decision.refresh_from_db()
    assert Facts.from_stored(decision.facts) == facts
    assert Facts.from_stored({"text": "old", "unknown": 1}) == Facts(text="old")
