"""Who is planned to have done what."""

from datetime import UTC, datetime, timedelta
from random import Random

from inbox.demo.content import load
from inbox.demo.rhythm import Rhythm
from inbox.demo.work import Act, Case, Planner, Step

NOW = datetime(2026, 3, 18, 15, 20, tzinfo=UTC)
TEAM = {p["handle"]: p.get("department") for p in load().staff}


def plans(
    department: str, expected: str, *, days: float = 9, is_answered: bool = False, number: int = 300
) -> list[list[Step]]:
    at = NOW - timedelta(days=days)
    case = Case(department, expected, at, at, is_answered)
    content = load()
    made = []
    for seed in range(number):
        rng = Random(seed)  # noqa: S311 - a story
        planner = Planner(rng, Rhythm(rng, NOW, content.brand), content.work, content.staff)
        made.append(planner.plan(case))
    return made


def share_resolved(made: list[list[Step]]) -> float:
    return sum(any(s.act is Act.RESOLVE for s in steps) for steps in made) / len(made)


def test_most_old_tickets_are_resolved_and_fresh_ones_hardly() -> None:
    assert 0.65 < share_resolved(plans("marketing", "marketing")) < 0.9
    assert share_resolved(plans("marketing", "marketing", days=0.02)) < 0.1


def test_answered_tickets_are_resolved_more_often() -> None:
    answered = share_resolved(plans("pr", "pr", is_answered=True))
    assert answered > share_resolved(plans("pr", "pr"))


def test_steps_follow_each_other_and_lie_in_the_past() -> None:
    for steps in plans("", "hr", days=1):
        times = [step.at for step in steps]
        assert times == sorted(times)
        assert all(at < NOW for at in times)


def test_a_ticket_in_the_wrong_queue_is_handed_over_first() -> None:
    made = [steps for steps in plans("marketing", "customer_service") if steps]
    assert made
    assert {steps[0].act for steps in made} == {Act.HAND_OVER}
    assert {steps[0].value[0] for steps in made} == {"customer_service"}


def test_after_the_move_only_the_new_department_acts() -> None:
    for steps in plans("customer_service", "hr"):
        assert all(TEAM[step.by] == "hr" for step in steps[1:])
        assert all(TEAM[step.by] == "customer_service" for step in steps[:1])


def test_triage_is_worked_by_those_who_may() -> None:
    triagers = {p["handle"] for p in load().staff if p.get("works_triage")}
    assert {steps[0].by for steps in plans("", "pr") if steps} == triagers


def test_every_act_happens() -> None:
    acts = {step.act for steps in plans("pr", "pr", days=2) for step in steps}
    assert acts == set(Act) - {Act.HAND_OVER}
