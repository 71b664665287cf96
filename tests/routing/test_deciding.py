"""Decisions: rules in order, then the classifier, else triage; and nothing ever raises."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department
from routing import queries, services
from routing.classifier import Classifier
from routing.facts import Facts
from routing.leaves import Said
from routing.matching import Subject
from routing.models import Alarm, Decision, RouterModel, Rule
from tests.routing.trees import phrase, word

pytestmark = pytest.mark.django_db

REFUND = "@Acme my parcel never arrived and nobody answers, I want a refund"
PALM = "Boycott them until they stop using palm oil and destroying the forest"
VAGUE = "hm"
HOSTILE = [
    *("", " ", "\0", "a\0b", "\ud800 half", "\u200b" * 50_000, "a" * 50_000, "😀" * 12_500),
    *("\u202eمرحبا بكم", "ا", "{}[]'\";--", "%s %(x)s"),
]


@pytest.fixture
def rule(departments: dict[str, Department]) -> Callable[..., Rule]:
    """Makes a rule; by default it sends palm oil to PR."""

    def make(**values: Any) -> Rule:
        wanted = {
            "name": "Palm oil",
            "conditions": phrase("palm oil"),
            "department": departments["pr"],
        }
        return services.create_rule(by=None, **{**wanted, **values})

    return make


def decide(text: str, **facts: object) -> Decision:
    return services.decide_batch([Facts(text=text, **facts)])[0]  # type: ignore[arg-type]


def standing_alarms() -> dict[str, str]:
    return dict(Alarm.objects.filter(cleared_at=None).values_list("key", "message"))


def test_a_decision_is_saved_with_all_that_explains_it(model: RouterModel) -> None:
    decision = Decision.objects.get(pk=services.decide(Facts(text=REFUND, network="x")).pk)
    assert decision.department is not None
    assert (decision.department.slug, decision.method) == ("customer_service", "classifier")
    assert decision.model_version == "small"
    assert set(decision.probabilities) == {"customer_service", "hr", "marketing", "pr"}
    assert decision.confidence == max(decision.probabilities.values())
    assert decision.runner_up in decision.probabilities
    assert any("refund" in reason["word"] for reason in decision.reasons)
    assert Facts.from_stored(decision.facts) == Facts(text=REFUND, network="x")
    assert not standing_alarms()


def test_a_post_the_classifier_is_unsure_of_waits_in_triage(model: RouterModel) -> None:
    decision = decide(VAGUE)
    assert (decision.department, decision.method) == (None, "triage")
    assert decision.probabilities


def test_the_threshold_decides_who_waits(model: RouterModel) -> None:
    services.set_threshold(threshold=0, by=None)
    assert decide(VAGUE).method == "classifier"
    services.set_threshold(threshold=1, by=None)
    assert decide(VAGUE).method == "triage"


def test_a_rule_goes_before_the_classifier(
    model: RouterModel, rule: Callable[..., Rule], departments: dict[str, Department]
) -> None:
    made = rule(department=departments["marketing"], priority=3)
    decision = services.decide(Facts(text=PALM))
    assert (decision.department, decision.method) == (departments["marketing"], "rule")
    assert (decision.rule, decision.rule_version, decision.priority) == (made, 1, 3)
    assert decision.reasons == [{"word": "palm oil", "weight": 1.0}]
    assert decision.runner_up == "pr"
    assert decision.probabilities["pr"] > 0.5


def test_the_first_rule_in_order_wins(
    rule: Callable[..., Rule], departments: dict[str, Department], model: RouterModel
) -> None:
    first, second = rule(), rule(name="Second", department=departments["hr"])
    assert decide(PALM).rule == first
    services.reorder_rules(ids=[second.pk, first.pk], by=None)
    assert decide(PALM).rule == second
    services.update_rule(rule=second, by=None, is_active=False)
    assert decide(PALM).rule == first
    services.delete_rule(rule=first)
    assert decide(PALM).method == "classifier"


def test_a_rule_may_send_to_triage(model: RouterModel, rule: Callable[..., Rule]) -> None:
    rule(department=None)
    decision = decide(PALM)
    assert (decision.method, decision.department) == ("rule", None)


def test_a_changed_rule_takes_effect_at_once_even_past_the_services(
    model: RouterModel, rule: Callable[..., Rule]
) -> None:
    made = rule()
    assert decide("all about palm oil").rule == made
    Rule.objects.filter(pk=made.pk).update(conditions=phrase("whale"))
    assert decide("all about palm oil").rule is None
    assert decide("save the whale").rule == made
    Rule.objects.filter(pk=made.pk).update(conditions=phrase("seal"))
    assert decide("save the whale").rule is None


def test_a_rule_of_a_closed_department_is_skipped_with_an_alarm(
    model: RouterModel, rule: Callable[..., Rule], departments: dict[str, Department]
) -> None:
    made = rule(department=departments["marketing"])
    Department.objects.filter(slug="marketing").update(is_active=False)
    assert decide(PALM).method == "classifier"
    assert list(standing_alarms()) == [f"routing.rule.{made.pk}"]
    Department.objects.filter(slug="marketing").update(is_active=True)
    assert decide(PALM).rule == made
    assert not standing_alarms()


def test_a_broken_rule_does_not_stop_the_next(
    model: RouterModel, rule: Callable[..., Rule]
) -> None:
    broken, good = rule(name="Broken"), rule(name="Good")
    Rule.objects.filter(pk=broken.pk).update(conditions={})
    assert decide(PALM).rule == good
    assert list(standing_alarms()) == [f"routing.rule.{broken.pk}"]


def test_a_rule_that_fails_while_matching_does_not_stop_the_next(
    model: RouterModel, rule: Callable[..., Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = rule(name="Broken", conditions=word("palm")), rule(name="Good")
    match = Said.match

    def fail_for_words(self: Said, subject: Subject) -> list[str] | None:
        if self.kind == "word":
            raise RuntimeError("oops")
        return match(self, subject)

    with monkeypatch.context() as patch:
        patch.setattr(Said, "match", fail_for_words)
        assert decide(PALM).rule == good
        assert "oops" in standing_alarms()[f"routing.rule.{broken.pk}"]
    assert decide(PALM).rule == broken
    assert not standing_alarms()


def test_a_department_that_is_closed_gets_nothing(model: RouterModel) -> None:
    Department.objects.filter(slug="customer_service").update(is_active=False)
    assert decide(REFUND).method == "triage"


def test_without_a_model_posts_wait_in_triage_and_an_alarm_says_so(model_dir: Path) -> None:
    decision = services.decide(Facts(text=REFUND))
    assert (decision.department, decision.method, decision.probabilities) == (None, "triage", {})
    assert "train_router" in standing_alarms()["routing.model"]


def test_without_a_model_rules_still_work(model_dir: Path, rule: Callable[..., Rule]) -> None:
    rule()
    assert decide(PALM).method == "rule"


def break_by_removing(path: Path) -> None:
    path.unlink()


def break_by_cutting(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def break_by_changing(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("break_it", [break_by_removing, break_by_cutting, break_by_changing])
def test_a_broken_model_means_triage_and_an_alarm_until_it_is_repaired(
    model: RouterModel, model_dir: Path, break_it: Callable[[Path], None]
) -> None:
    path = model_dir / model.file_name
    whole = path.read_bytes()
    break_it(path)
    assert decide(REFUND).method == "triage"
    assert "small.model" in standing_alarms()["routing.model"]
    path.write_bytes(whole)
    assert decide(REFUND).method == "classifier"
    assert not standing_alarms()
    assert Alarm.objects.get().cleared_at is not None


def test_a_model_that_breaks_after_it_was_read_stays_in_charge(
    model: RouterModel, model_dir: Path
) -> None:
    assert decide(REFUND).method == "classifier"
    break_by_removing(model_dir / model.file_name)
    assert decide(REFUND).method == "classifier"


def test_a_classifier_that_fails_means_triage_and_an_alarm(
    model: RouterModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise MemoryError("too much")

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "classify", fail)
        assert decide(REFUND).method == "triage"
        assert "MemoryError" in standing_alarms()["routing.classifier"]
    assert decide(REFUND).method == "classifier"
    assert not standing_alarms()


def test_whatever_fails_posts_go_to_triage(
    model: RouterModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr(queries, "snapshot", fail)
    decision = services.decide(Facts(text=REFUND))
    assert decision.method == "triage"
    assert "nobody thought of" in standing_alarms()["routing.failure"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_is_decided_and_saved(
    model: RouterModel, rule: Callable[..., Rule], text: str
) -> None:
    rule(conditions=word("palm"))
    services.decide(Facts(text=text, author_name=text[:100], author_handle=text[:100]))
    assert Decision.objects.count() == 1


def test_hidden_characters_do_not_evade_a_rule(
    model: RouterModel, rule: Callable[..., Rule]
) -> None:
    made = rule(conditions=phrase("Palm Oil"))
    assert decide("no p\u200bA\u200dLM\u00a0 ｏil").rule == made


def test_a_batch_costs_one_query_whatever_its_size(
    model: RouterModel,
    rule: Callable[..., Rule],
    django_assert_num_queries: DjangoAssertNumQueries,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    rule()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        decide(REFUND)
    with django_assert_num_queries(1):
        decisions = services.decide_batch([Facts(text=t) for t in (REFUND, PALM, VAGUE)] * 100)
        [decision.department and decision.department.slug for decision in decisions]
    assert [d.method for d in decisions[:3]] == ["classifier", "rule", "triage"]
    Decision.objects.bulk_create(decisions)


def test_an_alarm_lost_with_a_rolled_back_batch_is_raised_by_the_next(model_dir: Path) -> None:
    with transaction.atomic():
        decide(REFUND)
        transaction.set_rollback(True)
    assert not standing_alarms()
    decide(REFUND)
    assert "routing.model" in standing_alarms()


def test_without_a_model_too_nothing_is_read_twice(
    model_dir: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = queries.snapshot()
    with django_assert_num_queries(1):
        assert queries.snapshot() is first


def test_no_posts_need_no_decision(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert services.decide_batch([]) == []


def test_a_forgotten_decision_keeps_no_words(model: RouterModel) -> None:
    kept = services.decide(Facts(text=PALM))
    forgotten = services.decide(Facts(text=REFUND, author_name="Lena"))
    assert services.forget(decision_ids=[forgotten.pk]) == 1
    forgotten.refresh_from_db()
    kept.refresh_from_db()
    assert (forgotten.facts, forgotten.reasons, forgotten.fired) == ({}, [], [])
    assert forgotten.department is not None
    assert kept.facts["text"] == PALM


def test_another_model_takes_over_at_once(
    model: RouterModel, model_dir: Path, model_file: tuple[Path, str]
) -> None:
    assert decide(REFUND).model_version == "small"
    (model_dir / "other.model").write_bytes(model_file[0].read_bytes())
    other = RouterModel.objects.create(
        version="other", file_name="other.model", sha256=model_file[1], sklearn_version="1"
    )
    services.activate_model(model=other)
    assert decide(REFUND).model_version == "other"
    assert RouterModel.objects.filter(is_active=True).get() == other


@pytest.mark.django_db(transaction=True)
def test_threads_decide_side_by_side_while_rules_change(
    model: RouterModel, departments: dict[str, Department]
) -> None:
    methods: list[str] = []

    def work() -> None:
        try:
            for _ in range(10):
                methods.extend(d.method for d in services.decide_batch([Facts(text=PALM)] * 5))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        services.create_rule(by=None, name=f"Rule {number}", conditions=word(f"nothing{number}"))
    for thread in threads:
        thread.join()
    assert methods == ["classifier"] * 200
    assert not standing_alarms()
