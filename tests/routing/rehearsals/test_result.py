"""Rehearsals: a change replayed over stored decisions says exactly what it would have done."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from routing import services
from routing.facts import Facts
from routing.models import Decision, Incident, Lesson, Rehearsal, RouterModel, RouterSettings, Rule
from routing.services.rehearsing import rehearse
from tests.routing.rehearsals.conftest import (
    NETWORKS,
    NEW,
    current,
    decided,
    done,
    flows_of,
    place_of,
    told,
)
from tests.routing.trees import all_of

pytestmark = pytest.mark.django_db
State = Rehearsal.State


@pytest.mark.parametrize("at", range(5))
def test_a_rehearsal_of_what_is_in_force_moves_nothing(day: list[Decision], at: int) -> None:
    result = rehearse(current()[at])["result"]
    assert result["n"] == len(day)
    assert result["flows"] == []
    assert result["others"] == {}
    stored = Counter(place_of(decision) for decision in day)
    assert result["before"] == result["after"] == dict(stored)


LEAVES = st.sampled_from(
    [
        *({"word": [w]} for w in ("refund", "job", "boycott", "love", "the", "and")),
        *({"network": [name]} for name in NETWORKS),
        *({"guess": [slug]} for slug in ("pr", "hr", "marketing", "customer_service")),
        {"confidence": {"below": 0.7}},
        {"confidence": {"at_least": 0.9}},
        {"phrase": ["we want"]},
        {"followers": {"at_least": 300}},
    ]
)
TREES = st.builds(
    lambda kind, nodes, first: all_of(first, {kind: nodes}),
    st.sampled_from(["all", "any", "none"]),
    st.lists(LEAVES, min_size=1, max_size=3),
    LEAVES,
)
RULES = st.fixed_dictionaries(
    {
        "name": st.just("Random"),
        "conditions": TREES,
        "priority": st.sampled_from([None, 0, 3]),
        "tags": st.sampled_from([[], ["late"]]),
    },
    optional={"goes_on": st.booleans()},
)
PLACES = st.sampled_from(
    [{"place": "spam"}, {"place": "triage"}]
    + [{"place": "department", "department": slug} for slug in ("hr", "pr", "marketing")]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rule=RULES, place=PLACES, is_first=st.booleans())
def test_a_rehearsal_says_what_deciding_again_would(
    day: list[Decision], rule: dict[str, Any], place: dict[str, Any], is_first: bool
) -> None:
    change: dict[str, Any] = {"kind": "create", "definition": {**rule, **place}}
    if is_first:
        oil = Rule.objects.get(name="Oil")
        change = {"kind": "change", "rule": oil.pk, "definition": {**rule, **place}}
    result = rehearse(change)["result"]
    values = rehearsing_values(change["definition"])
    if is_first:
        before = {name: getattr(oil, name) for name in (*values, "place", "department")}
        services.update_rule(rule=oil, by=None, **values)
    else:
        made = services.create_rule(by=None, **values)
    again = [d for one in day for d in services.decide_batch([Facts.from_stored(one.facts)])]
    if is_first:
        services.update_rule(rule=oil, by=None, **before)
    else:
        services.delete_rule(rule=made)
    assert told(result) == flows_of(day, again)
    moved = sum(a.priority != b.priority for a, b in zip(day, again, strict=True))
    assert result["others"].get("priority", 0) == moved


def rehearsing_values(definition: dict[str, Any]) -> dict[str, Any]:
    slug = definition.get("department")
    department = Department.objects.get(slug=slug) if slug else None
    return {**definition, "department": department}


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.95, 1.0])
def test_a_threshold_is_rehearsed(day: list[Decision], threshold: float) -> None:
    result = rehearse({"kind": "threshold", "threshold": threshold})["result"]
    services.set_threshold(threshold=threshold, by=None)
    again = [d for one in day for d in services.decide_batch([Facts.from_stored(one.facts)])]
    assert told(result) == flows_of(day, again)


def test_another_model_is_rehearsed(day: list[Decision], second: RouterModel) -> None:
    result = rehearse({"kind": "model", "model": "second"})["result"]
    services.activate_model(model=second)
    again = [d for one in day for d in services.decide_batch([Facts.from_stored(one.facts)])]
    assert result["moved"] > 0
    assert told(result) == flows_of(day, again)


def test_what_another_model_decided_is_judged_anew_on_both_sides(
    day: list[Decision], second: RouterModel
) -> None:
    services.activate_model(model=second)
    result = rehearse({"kind": "threshold", "threshold": RouterSettings().threshold})["result"]
    assert result["moved"] == 0


def test_a_rule_may_ask_for_an_open_incident(day: list[Decision], admin: User) -> None:
    phrases = [" ".join(day[0].facts["text"].split()[:3])]
    services.save_incident(incident=Incident(title="Wave", phrases=phrases), by=admin)
    definition: dict[str, Any] = {
        "name": "Wave",
        "conditions": all_of({"incident": ["any"]}),
        "place": "spam",
    }
    result = rehearse({"kind": "create", "definition": definition})["result"]
    services.create_rule(by=None, **definition)
    again = [d for one in day for d in services.decide_batch([Facts.from_stored(one.facts)])]
    assert result["moved"] > 0
    assert told(result) == flows_of(day, again)


def test_a_rule_that_begins_later_is_rehearsed_as_if_it_had_begun(day: list[Decision]) -> None:
    first = timezone.localdate() + timedelta(days=9)
    definition = {
        "name": "Later",
        "conditions": all_of({"network": ["forum"]}),
        "place": "spam",
        "starts_on": first.isoformat(),
    }
    assert rehearse({"kind": "create", "definition": definition})["result"]["moved"] > 0


def test_erased_decisions_are_counted_and_passed_over(day: list[Decision]) -> None:
    services.forget(decision_ids=[day[0].pk, day[1].pk])
    result = rehearse({"kind": "threshold", "threshold": 1.0})["result"]
    assert (result["n"], result["erased"]) == (len(day) - 2, 2)
    kept = {row[0] for _one, _other, rows in result["examples"] for row in rows}
    assert not kept & {day[0].pk, day[1].pk}


def test_the_scope_is_days_or_posts(day: list[Decision]) -> None:
    old = [decision.pk for decision in day[:30]]
    Decision.objects.filter(pk__in=old).update(created_at=timezone.now() - timedelta(days=20))
    change = {"kind": "threshold", "threshold": 0.5}
    assert rehearse(change, days=14)["result"]["n"] == len(day) - 30
    assert rehearse(change, posts=7)["result"]["n"] == 7
    assert rehearse(change)["result"]["n"] == len(day)


def test_corrections_say_whether_it_gets_better(
    day: list[Decision], departments: dict[str, Department], agent: User
) -> None:
    pr = [decision for decision in day if place_of(decision) == "pr"][:3]
    right, wrong, undone = pr
    for decision, slug in ((right, "hr"), (wrong, "pr"), (undone, "hr")):
        lesson = Lesson.objects.create(
            by=agent,
            source="hand_over",
            text=decision.facts["text"],
            decision=decision,
            to_department=departments[slug],
            digest="d",
        )
        if decision is undone:
            Lesson.objects.filter(pk=lesson.pk).update(undone_at=timezone.now())
    definition = {
        "name": "PR's to HR",
        "conditions": all_of({"guess": ["pr"]}),
        "place": "department",
        "department": "hr",
    }
    services.delete_rule(rule=Rule.objects.get(name="Oil"))
    corrected = rehearse({"kind": "create", "definition": definition})["result"]["corrected"]
    wanted = {"n": 2, "right_before": 1, "right_after": 1, "right_more": 1, "wrong_more": 1}
    assert corrected == wanted


def test_it_takes_few_queries(
    day: list[Decision], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    change = {"kind": "threshold", "threshold": 1.0}
    rehearse(change)
    with django_assert_max_num_queries(8):
        rehearse(change)


def test_the_result_holds_no_words(day: list[Decision], admin: User) -> None:
    made = done(admin, {"kind": "threshold", "threshold": 1.0})
    stored = str(made.result)
    assert made.result["moved"] > 0
    assert not any(decision.facts["text"] in stored for decision in day)


def test_without_a_model_everything_waits_on_both_sides(
    departments: dict[str, Department], model_dir: Path
) -> None:
    shutil.rmtree(model_dir)
    decided([Facts(text="Palm oil is bad"), Facts(text="Where is my parcel?")])
    result = rehearse({"kind": "create", "definition": NEW})["result"]
    assert told(result) == Counter({("", "pr"): 1})
