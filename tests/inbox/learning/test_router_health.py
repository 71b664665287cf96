"""How routing does, and the alarms when it does badly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox import tasks
from inbox.models import Channel, HandOver
from inbox.queries.router_health import bounce_rate, router_health
from routing import health
from routing.models import Alarm, DayCount, Decision, RouterModel, RoutingDay, Rule, RuleDay
from routing.services.deciding import forget
from routing.services.health import check_health, count_days
from routing.services.settings import set_learning
from routing.tasks import count_decisions
from tests.factories import make_ticket
from tests.inbox.learning.conftest import Teach
from tests.routing.trees import phrase

Decide = Callable[..., Decision]
Departments = dict[str, Department]

TODAY = timezone.localdate


def alarms() -> set[str]:
    return set(Alarm.objects.filter(cleared_at=None).values_list("key", flat=True))


def many_words() -> dict[str, Any]:
    return phrase(*(f"absent {number}" for number in range(200)))


@pytest.fixture
def hundred(decide: Decide) -> list[Decision]:
    """A hundred decisions of today for PR, and twenty that wait in triage."""
    facts = {"text": "The forest burns and they lie about palm oil zzyzx"}
    routed = [decide("pr", facts=facts, confidence=0.95) for _ in range(100)]
    for _ in range(20):
        decide(None, facts=facts, confidence=0.4)
    return routed


def test_each_day_is_counted_once_however_often(hundred: list[Decision]) -> None:
    count_decisions()
    count_decisions()
    counts = DayCount.objects.values_list("method", "department__slug", "bin", "n")
    assert set(counts) == {("classifier", "pr", 9, 100), ("triage", None, 4, 20)}


def test_days_nobody_counted_are_made_up_for(decide: Decide) -> None:
    decide("pr", created_at=timezone.now() - timedelta(days=5))
    assert count_days() == 6
    assert DayCount.objects.get().day == TODAY() - timedelta(days=5)
    assert count_days() > 0


def test_a_day_keeps_how_its_posts_sounded(hundred: list[Decision]) -> None:
    count_days()
    day = RoutingDay.objects.get()
    assert day.n == 120
    assert 0.05 < day.unknown_words < 0.2  # One of ten words is no word.
    assert day.mean_confidence == pytest.approx((100 * 0.95 + 20 * 0.4) / 120)


def test_what_nobody_moved_counts_as_right(
    hundred: list[Decision], teach: Teach, agent: User, departments: Departments
) -> None:
    for number, decision in enumerate(hundred[:10]):
        teach(f"text {'abcdefghij'[number]}", "marketing", agent, decision=decision)
    for number, decision in enumerate(hundred[10:15]):
        teach(f"text {'klmno'[number]}", "pr", agent, decision=decision, source="confirmed")
    count_days()
    (week,) = health.weeks(health.spoken_about(since=timezone.now() - timedelta(days=1)))
    assert week.total.n == 100
    assert week.total.accuracy == pytest.approx(0.9)
    assert week.departments[departments["pr"].pk].corrected == 10


def test_the_last_word_on_a_post_is_the_truth(
    hundred: list[Decision], teach: Teach, agent: User, pr_officer: User
) -> None:
    teach("text a", "marketing", agent, decision=hundred[0])
    teach("text a", "pr", pr_officer, decision=hundred[0])
    (verdict,) = health.spoken_about(since=timezone.now() - timedelta(days=1))
    assert not verdict.is_wrong


def test_the_page_shows_confusion_calibration_and_rules(
    client: Client,
    admin: User,
    agent: User,
    hundred: list[Decision],
    decide: Decide,
    teach: Teach,
    departments: Departments,
) -> None:
    busy = Rule.objects.create(name="Palm oil", position=1, place="triage")
    dead = Rule.objects.create(name="Old rule", position=2, place="triage")
    Rule.objects.update(created_at=timezone.now() - timedelta(days=60))
    decide("pr", method="rule", rule=busy, confidence=1.0)
    teach("text a", "marketing", agent, decision=hundred[0])
    count_days()
    found = router_health()
    assert [(use.rule, use.fired, use.decided) for use in found.rules] == [(busy, 0, 1)]
    assert found.dead_rules == [dead]
    assert [(row[0], [c.n for c in row[1]]) for row in found.confusion.rows] == [("PR", [1])]
    assert [(b.low, b.n) for b in found.calibration] == [(90, 100)]
    assert found.triage_share == pytest.approx(20 / 121)
    client.force_login(admin)
    page = client.get("/settings/router-health/").content.decode()
    assert "Palm oil" in page
    assert "Old rule" in page
    assert "99 %" in page


def test_the_page_asks_the_same_however_much_was_decided(
    hundred: list[Decision], django_assert_max_num_queries: Callable[..., object]
) -> None:
    count_days()
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        router_health()


def test_bounces_are_tickets_moved_twice(
    hundred: list[Decision], channel: Channel, departments: Departments, agent: User
) -> None:
    count_days()
    for moves in (1, 2, 3):
        ticket = make_ticket(channel, departments["pr"])
        for _ in range(moves):
            HandOver.objects.create(ticket=ticket, to_department=departments["hr"], by=agent)
    HandOver.objects.filter(ticket=ticket).update(undone_at=timezone.now())
    assert bounce_rate() == pytest.approx(1 / 120)


def test_alarms_stand_while_a_threshold_is_passed(
    hundred: list[Decision], teach: Teach, agent: User
) -> None:
    for number, decision in enumerate(hundred[:40]):
        text = f"text {'abcdefghij'[number % 10]} {'klmn'[number // 10]}"
        teach(text, "marketing", agent, decision=decision)
    count_days()
    assert set(check_health(bounce_rate=0.5)) == {"accuracy", "bounces", "calibration"}
    assert alarms() == {f"routing.health.{k}" for k in ("accuracy", "bounces", "calibration")}
    assert "60 %" in Alarm.objects.get(key="routing.health.accuracy").message
    check_health(bounce_rate=0.05)
    assert "routing.health.bounces" not in alarms()


def test_corrections_on_a_day_that_is_not_counted_yet_raise_no_alarm(
    hundred: list[Decision], decide: Decide, teach: Teach, agent: User
) -> None:
    count_days()
    yesterday = timezone.now() - timedelta(days=1)
    for number in range(40):
        decision = decide("pr", confidence=0.95, created_at=yesterday)
        text = f"text {'abcdefghij'[number % 10]} {'klmn'[number // 10]}"
        teach(text, "marketing", agent, decision=decision)
    assert check_health(bounce_rate=None) == []


def test_a_few_posts_raise_no_alarm(decide: Decide) -> None:
    for _ in range(20):
        decide(None)
    count_days()
    assert tasks.check_router_health() == []


def test_much_triage_raises_an_alarm(decide: Decide) -> None:
    for _ in range(100):
        decide(None)
    count_days()
    assert tasks.check_router_health() == ["triage"]


def test_a_rule_that_leaves_the_deciding_to_others_is_not_dead(decide: Decide) -> None:
    tagging = Rule.objects.create(name="Tag it", position=1, place="unchanged", goes_on=True)
    idle = Rule.objects.create(name="Never met", position=2, place="unchanged", goes_on=True)
    Rule.objects.update(created_at=timezone.now() - timedelta(days=60))
    for _ in range(3):
        decide("pr", fired=[{"rule": tagging.pk, "version": 1, "name": "Tag it", "reasons": []}])
    count_days()
    uses = health.rules_in_use()
    assert [(use.rule, use.fired, use.decided) for use in uses[:1]] == [(tagging, 3, 0)]
    assert health.dead_rules(uses) == [idle]


def test_rules_are_counted_anew_when_a_decision_loses_its_words(decide: Decide) -> None:
    rule = Rule.objects.create(name="Tag it", position=1, place="unchanged", goes_on=True)
    decision = decide("pr", fired=[{"rule": rule.pk, "version": 1, "name": "", "reasons": []}])
    count_days()
    forget(decision_ids=[decision.pk])
    count_days()
    assert RuleDay.objects.get(rule=rule.pk).n == 0


def test_the_slowest_rule_comes_first_and_raises_an_alarm(decide: Decide) -> None:
    quick = Rule.objects.create(name="Quick", position=1, place="triage", conditions=phrase("palm"))
    slow = Rule.objects.create(name="Slow", position=2, place="triage", conditions=many_words())
    decide("pr", facts={"text": "palm oil " * 5000})
    count_days()
    found = health.slowest_rules()
    assert [use.rule for use in found] == [slow, quick]
    assert (found[0].microseconds or 0) > 2 * (found[1].microseconds or 0) > 0
    set_learning(by=None, most_rule_ms=0.01)
    assert check_health(bounce_rate=None) == ["slow_rule"]
    assert "Slow" in Alarm.objects.get(key="routing.health.slow_rule").message
    set_learning(by=None, most_rule_ms=1000.0)
    assert check_health(bounce_rate=None) == []


def test_drift_compares_this_week_with_the_time_of_training(model: RouterModel) -> None:
    RouterModel.objects.update(trained_at=timezone.now() - timedelta(days=30))
    for back, words, confidence in ((33, 0.1, 0.8), (2, 0.3, 0.75)):
        RoutingDay.objects.create(
            day=TODAY() - timedelta(days=back),
            n=500,
            mean_confidence=confidence,
            unknown_words=words,
        )
    assert health.drift().amount == pytest.approx(0.2)
    assert check_health(bounce_rate=None) == ["drift"]


def test_drift_waits_for_posts(model: RouterModel) -> None:
    assert health.drift().amount is None
