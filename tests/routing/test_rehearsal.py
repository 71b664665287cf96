"""Rehearsals: a change replayed over stored decisions says exactly what it would have done."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from routing import classifier as classifiers
from routing import replay, services, tasks
from routing.classifier import Classifier
from routing.facts import Facts
from routing.models import Decision, Incident, Lesson, Rehearsal, RouterModel, RouterSettings, Rule
from routing.services import rehearsing
from routing.services.rehearsing import rehearse
from tests.routing.conftest import starter_rows
from tests.routing.trees import all_of, phrase, word

pytestmark = pytest.mark.django_db

State = Rehearsal.State
NETWORKS = ("x", "facebook", "forum")


def posts(n: int = 90) -> list[Facts]:
    now = timezone.now()
    return [
        Facts(
            text=row["text"],
            language=row["lang"],
            network=NETWORKS[at % 3],
            author_handle=f"u{at % 7}",
            followers=at * 10,
            posted_at=now - timedelta(hours=at),
        )
        for at, row in enumerate(starter_rows("mixed")[:: max(1, 900 // n)][:n])
    ]


def decided(facts: list[Facts]) -> list[Decision]:
    found = [decision for fact in facts for decision in services.decide_batch([fact])]
    return Decision.objects.bulk_create(found)


def place_of(decision: Decision) -> str:
    if decision.spam:
        return "spam"
    return decision.department.slug if decision.department else ""


def flows_of(before: list[Decision], after: list[Decision]) -> Counter[tuple[str, str]]:
    moves = ((place_of(a), place_of(b)) for a, b in zip(before, after, strict=True))
    return Counter(move for move in moves if move[0] != move[1])


def told(result: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter({(a, b): n for a, b, n in result["flows"]})


@pytest.fixture
def day(model: RouterModel, departments: dict[str, Department]) -> list[Decision]:
    """Ninety decisions, made under two rules."""
    oil: dict[str, Any] = {
        "conditions": word("boycott", "oil"),
        "priority": 3,
        "department": departments["pr"],
    }
    services.create_rule(by=None, name="Oil", **oil)
    services.create_rule(
        name="Tag", by=None, conditions=all_of({"network": ["x"]}), place="unchanged", tags=["x"],
        goes_on=True,
    )  # fmt: skip
    return decided(posts())


@pytest.fixture
def second(model_dir: Path, classifier: Classifier, model: RouterModel) -> RouterModel:
    """Another model, taught by few other posts."""
    rows = starter_rows("mixed")[7::20]
    made = classifiers.train([r["text"] for r in rows], [r["department"] for r in rows])
    return RouterModel.objects.create(
        version="second",
        file_name="second.model",
        sha256=made.save(model_dir / "second.model"),
        sklearn_version=classifiers.sklearn_version(),
    )


def current() -> list[dict[str, Any]]:
    """Every kind of change that changes nothing."""
    rule = Rule.objects.get(name="Oil")
    return [
        {"kind": "change", "rule": rule.pk, "definition": {"name": "Oil"}},
        {"kind": "order", "ids": list(Rule.objects.values_list("pk", flat=True))},
        {"kind": "threshold", "threshold": RouterSettings().threshold},
        {"kind": "model", "model": "small"},
        {"kind": "create", "definition": {"name": "-", "conditions": word("zzz"), "place": "spam"}},
    ]


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


def test_it_is_asked_for_together_with_its_job(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    assert (asked.state, asked.days) == (State.QUEUED, Rehearsal.DAYS)
    assert OrmQ.objects.count() == 1
    tasks.run_rehearsal(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.percent) == (State.DONE, 100)
    assert asked.basis == rehearsing.current_basis()
    services.set_threshold(threshold=0.7, by=None)
    assert asked.basis != rehearsing.current_basis()


def test_a_model_whose_file_is_broken_fails_with_the_reason(
    day: list[Decision], admin: User, second: RouterModel, model_dir: Path
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "model", "model": "second"})
    (model_dir / "second.model").write_bytes(b"nothing")
    services.run_rehearsal(rehearsal=asked)
    assert asked.state == State.FAILED
    assert "second.model" in asked.error


def test_one_that_is_running_is_left_to_its_worker(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    Rehearsal.objects.update(state=State.RUNNING, attempt=1)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.attempt) == (State.RUNNING, 1)
    assert services.resume_rehearsals() == 0


def test_one_whose_worker_died_is_taken_over(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    long_ago = timezone.now() - timedelta(minutes=5)
    Rehearsal.objects.update(state=State.RUNNING, attempt=1, heartbeat_at=long_ago)
    assert services.resume_rehearsals() == 1
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.attempt) == (State.DONE, 2)


def test_a_worker_that_was_taken_for_dead_says_nothing_any_more(
    day: list[Decision], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    usual = replay.replay

    def slowly(*args: Any, **named: Any) -> Any:
        Rehearsal.objects.update(attempt=2)
        return usual(*args, **named)

    monkeypatch.setattr(replay, "replay", slowly)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.result) == (State.RUNNING, {})


def test_one_that_kills_its_workers_is_given_up(admin: User, day: list[Decision]) -> None:
    services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    long_ago = timezone.now() - timedelta(minutes=5)
    Rehearsal.objects.update(state=State.RUNNING, attempt=3, heartbeat_at=long_ago)
    assert services.resume_rehearsals() == 0
    assert Rehearsal.objects.get().state == State.FAILED


def test_a_cancelled_one_stops(
    day: list[Decision], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    assert services.cancel_rehearsal(rehearsal=asked)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.result) == (State.CANCELLED, {})
    assert not services.cancel_rehearsal(rehearsal=asked)


def test_old_ones_are_forgotten(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    services.cancel_rehearsal(rehearsal=asked)
    services.resume_rehearsals()
    assert Rehearsal.objects.count() == 1
    Rehearsal.objects.update(finished_at=timezone.now() - timedelta(days=31))
    services.resume_rehearsals()
    assert not Rehearsal.objects.exists()


def test_two_at_once_do_not_disturb(day: list[Decision], admin: User) -> None:
    one = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    other = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 0.0})
    services.run_rehearsal(rehearsal=other)
    services.run_rehearsal(rehearsal=one)
    assert (one.state, other.state) == (State.DONE, State.DONE)
    assert one.result != other.result


def test_nobody_has_more_than_three_running(day: list[Decision], admin: User) -> None:
    for _number in range(3):
        services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    with pytest.raises(ValidationError):
        services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})


NEW = {"name": "New", "conditions": phrase("palm oil"), "department": "pr"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": "nonsense"},
        {"kind": "create"},
        {"kind": "create", "definition": {**NEW, "colour": 1}},
        {"kind": "create", "definition": {**NEW, "conditions": {}}},
        {"kind": "create", "definition": {**NEW, "department": "nowhere"}},
        {"kind": "change", "rule": 999_999, "definition": NEW},
        {"kind": "change", "rule": "1", "definition": NEW},
        {"kind": "remove", "rule": None},
        {"kind": "order", "ids": [1, 2, 3]},
        {"kind": "order", "ids": [[1], {}]},
        {"kind": "threshold", "threshold": 1.5},
        {"kind": "threshold", "threshold": "0.5"},
        {"kind": "threshold", "threshold": True},
        {"kind": "model", "model": "none"},
        {"kind": "proposal", "proposal": 7},
        {"kind": "rules", "rules": []},
    ],
)
def test_a_change_that_cannot_be_is_refused(
    day: list[Decision], admin: User, change: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        services.request_rehearsal(by=admin, change=change)


@pytest.mark.parametrize("scope", [{"days": 0}, {"days": 500}, {"posts": 0}, {"posts": 100_001}])
def test_a_scope_has_its_limits(day: list[Decision], admin: User, scope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        services.request_rehearsal(
            by=admin, change={"kind": "threshold", "threshold": 1.0}, **scope
        )


def test_leads_rehearse_what_they_may_propose(
    day: list[Decision], lead: User, agent: User, second: RouterModel
) -> None:
    new = {"kind": "create", "definition": NEW}
    assert services.request_rehearsal(by=lead, change=new).by == lead
    with pytest.raises(PermissionDenied):
        services.request_rehearsal(by=agent, change=new)
    for change in (*current()[1:4], {"kind": "remove", "rule": Rule.objects.all()[0].pk}):
        with pytest.raises(PermissionDenied):
            services.request_rehearsal(by=lead, change=change)


def done(by: User, change: dict[str, Any], **extra: Any) -> Rehearsal:
    asked = services.request_rehearsal(by=by, change=change, **extra)
    return services.run_rehearsal(rehearsal=asked)


def test_what_was_rehearsed_is_saved(
    day: list[Decision], admin: User, lead: User, second: RouterModel
) -> None:
    oil, tag = Rule.objects.all()
    services.save_rehearsed(rehearsal=done(admin, {"kind": "create", "definition": NEW}), by=admin)
    new = Rule.objects.get(name="New")
    ids = [new.pk, oil.pk, tag.pk]
    services.save_rehearsed(rehearsal=done(admin, {"kind": "order", "ids": ids}), by=admin)
    assert list(Rule.objects.values_list("pk", flat=True)) == ids
    off = {"kind": "change", "rule": oil.pk, "definition": {"is_active": False}}
    services.save_rehearsed(rehearsal=done(admin, off, reason="Too wide."), by=admin)
    assert oil.versions.first().reason == "Too wide."  # type: ignore[union-attr]
    assert not Rule.objects.get(pk=oil.pk).is_active
    services.save_rehearsed(rehearsal=done(admin, {"kind": "remove", "rule": tag.pk}), by=admin)
    assert not Rule.objects.filter(pk=tag.pk).exists()
    surer = {"kind": "threshold", "threshold": 0.8}
    services.save_rehearsed(rehearsal=done(admin, surer), by=admin)
    assert RouterSettings.objects.get().threshold == 0.8
    services.save_rehearsed(rehearsal=done(admin, {"kind": "model", "model": "second"}), by=admin)
    assert RouterModel.objects.get(is_active=True) == second
    asked = services.propose_rule(by=lead, reason="Why not", rule=new, name="Newer")
    services.save_rehearsed(
        rehearsal=done(lead, {"kind": "proposal", "proposal": asked.pk}), by=admin
    )
    assert Rule.objects.get(pk=new.pk).name == "Newer"


def test_it_is_saved_once_by_an_admin(day: list[Decision], admin: User, lead: User) -> None:
    made = done(lead, {"kind": "create", "definition": NEW})
    with pytest.raises(PermissionDenied):
        services.save_rehearsed(rehearsal=made, by=lead)
    services.save_rehearsed(rehearsal=made, by=admin)
    with pytest.raises(ValidationError):
        services.save_rehearsed(rehearsal=made, by=admin)
    assert Rule.objects.filter(name="New").count() == 1


def test_what_changed_meanwhile_is_not_overwritten(
    day: list[Decision], admin: User, second: RouterModel
) -> None:
    oil, tag = Rule.objects.all()
    change = {"kind": "change", "rule": oil.pk, "definition": {"is_active": False}}
    made = [
        done(admin, change),
        done(admin, {"kind": "remove", "rule": oil.pk}),
        done(admin, {"kind": "order", "ids": [tag.pk, oil.pk]}),
        done(admin, {"kind": "threshold", "threshold": 0.9}),
        done(admin, {"kind": "model", "model": "small"}),
    ]
    services.update_rule(rule=oil, by=admin, tags=["oil"])
    services.create_rule(by=admin, name="Third", conditions=word("z"), place="spam")
    services.set_threshold(threshold=0.7, by=admin)
    services.activate_model(model=second)
    for rehearsal in made:
        with pytest.raises(ValidationError):
            services.save_rehearsed(rehearsal=rehearsal, by=admin)
        rehearsal.refresh_from_db()
        assert rehearsal.saved_at is None
    assert Rule.objects.count() == 3


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
