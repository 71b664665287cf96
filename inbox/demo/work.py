"""What the people of the house did with a ticket: pure plans, carried out by the demo service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from inbox.demo.rhythm import Rhythm

TRIAGE = ""
LEFT_IN_TRIAGE = 12
# Resolved by now, by the age of the last post in hours; the first row that fits counts.
RESOLVED = ((1, 0.03), (4, 0.18), (12, 0.36), (24, 0.5), (48, 0.62), (96, 0.72), (9999, 0.79))
ANSWERED_BONUS = 0.12
WAVE_BACKLOG = {"pr": -0.14, "hr": -0.08}
RESOLVED_WITH_NOTE, RESOLVED_WITH_TAG, RESOLVED_AFTER_CLAIM = 0.08, 0.12, 0.25
HIGH, LOW = 2, 0


class Act(StrEnum):
    """Named as the ticket services are."""

    CLAIM = "claim"
    ASSIGN = "assign"
    NOTE = "note"
    TAG = "tag"
    PRIORITY = "priority"
    PENDING = "pending"
    SNOOZE = "snooze"
    HAND_OVER = "hand_over"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Step:
    """`by` (a handle) does `act` at `at`; `value` is what the act needs."""

    act: Act
    by: str
    at: datetime
    value: Any = None


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as the planner sees it. `expected` is where people will find it belongs."""

    department: str
    expected: str
    opened_at: datetime
    last_post_at: datetime
    is_answered: bool


class Planner:
    """Decides who did what; the same `Random` gives the same plan."""

    def __init__(
        self,
        rng: Random,
        rhythm: Rhythm,
        work: Mapping[str, Any],
        staff: Sequence[Mapping[str, Any]],
    ) -> None:
        self.rng = rng
        self.rhythm = rhythm
        self.work = work
        self.teams: dict[str, list[str]] = {}
        for person in staff:
            if "department" in person:
                self.teams.setdefault(person["department"], []).append(person["handle"])
        self.triagers: list[str] = [p["handle"] for p in staff if p.get("works_triage")]

    def plan(self, case: Case) -> list[Step]:
        """Return the steps taken before now, in order."""
        steps: list[Step] = []
        place, at = case.department, case.opened_at
        if case.expected and place != case.expected:
            moved = self._hand_over(place, case.expected, at)
            if moved is None:
                return []
            steps.append(moved)
            place, at = case.expected, moved.at
        steps += self._settle(case, place, max(at, case.last_post_at))
        return [step for step in steps if step.at < self.rhythm.now]

    def _hand_over(self, place: str, to: str, at: datetime) -> Step | None:
        moved_at = self.rhythm.answered(at)
        if moved_at >= self.rhythm.now or (place and self.rng.random() < 0.15):
            return None
        reason = self.rng.choice(self.work["reasons"][to])
        return Step(Act.HAND_OVER, self._someone(place), moved_at, (to, reason))

    def _settle(self, case: Case, place: str, at: datetime) -> list[Step]:
        hours = (self.rhythm.now - at) / timedelta(hours=1)
        chance = next(share for limit, share in RESOLVED if hours < limit)
        chance += ANSWERED_BONUS if case.is_answered else WAVE_BACKLOG.get(place, 0)
        who = self._someone(place)
        if place == TRIAGE or self.rng.random() < chance:
            return self._resolved(place, who, at)
        return self._unresolved(place, who, at, is_answered=case.is_answered)

    def _resolved(self, place: str, who: str, at: datetime) -> list[Step]:
        rng, steps = self.rng, []
        if rng.random() < RESOLVED_AFTER_CLAIM:
            steps.append(Step(Act.CLAIM, who, at := self._soon(at)))
        if rng.random() < RESOLVED_WITH_NOTE:
            steps.append(self._note(place, who, at := self._soon(at)))
        if place and rng.random() < RESOLVED_WITH_TAG:
            steps.append(self._tag(place, who, at := self._soon(at)))
        return [*steps, Step(Act.RESOLVE, who, self.rhythm.answered(at))]

    def _unresolved(self, place: str, who: str, at: datetime, *, is_answered: bool) -> list[Step]:
        rng, steps = self.rng, []
        dice = rng.random()
        if dice < 0.4:
            steps.append(Step(Act.CLAIM, who, at := self.rhythm.answered(at)))
        elif dice < 0.48:
            lead = self.teams[place][0]
            steps.append(
                Step(
                    Act.ASSIGN, lead, at := self.rhythm.answered(at), rng.choice(self.teams[place])
                )
            )
        if rng.random() < 0.16:
            steps.append(self._note(place, who, at := self._soon(at)))
        if rng.random() < 0.2:
            steps.append(self._tag(place, who, at := self._soon(at)))
        if rng.random() < 0.08:
            steps.append(
                Step(Act.PRIORITY, who, at := self._soon(at), rng.choice([HIGH, HIGH, LOW]))
            )
        if rng.random() < (0.5 if is_answered else 0.08):
            steps.append(Step(Act.PENDING, who, self._soon(at)))
        elif rng.random() < 0.1:
            until = self.rhythm.now + timedelta(hours=rng.uniform(2, 70))
            steps.append(Step(Act.SNOOZE, who, self._soon(at), until.replace(minute=0, second=0)))
        return steps

    def _note(self, place: str, who: str, at: datetime) -> Step:
        team = self.teams.get(place, self.triagers)
        others = [handle for handle in team if handle != who] or team
        text = self.rng.choice(self.work["notes"][place or "triage"])
        filled = text.format(colleague=self.rng.choice(others), lead=team[0], shop="Ancoats")
        return Step(Act.NOTE, who, at, filled)

    def _tag(self, place: str, who: str, at: datetime) -> Step:
        tags = self.work["tags"][place]
        return Step(Act.TAG, who, at, tuple(self.rng.sample(tags, self.rng.choice([1, 1, 2]))))

    def _someone(self, place: str) -> str:
        """Whoever works there; the lead less often."""
        team = self.teams.get(place, self.triagers)
        return self.rng.choice([*team, *team[1:], *team[1:]])

    def _soon(self, at: datetime) -> datetime:
        return at + timedelta(minutes=self.rng.uniform(1, 25))
