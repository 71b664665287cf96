"""When people write: by hour and weekday, and how a wave rises and dies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

HOUR = timedelta(hours=1)
DAYS = 14

Curve = Callable[[float], float]
"""How loud a wave is, by hours since it began."""


class Wave(NamedTuple):
    """One event of the fortnight; `habit` is how much day and night still matter, 0 to 1."""

    day: int
    at: time
    hours: int
    habit: float
    curve: Curve


def _rise_and_decay(peak: float, half_life: float) -> Curve:
    def loudness(hours: float) -> float:
        if hours < peak:
            return (hours / peak) ** 2
        return math.exp(-(hours - peak) * math.log(2) / half_life)

    return loudness


def _plateau(until: float) -> Curve:
    def loudness(hours: float) -> float:
        return 1.0 if hours < until else 0.25 * math.exp(-(hours - until))

    return loudness


WAVES = {
    "launch": Wave(-10, time(9, 5), 60, 0.8, _rise_and_decay(2, 14)),
    "outage": Wave(-7, time(16, 40), 9, 0.0, _plateau(4.4)),
    "palm": Wave(-4, time(7, 30), 50, 0.6, _rise_and_decay(7, 8)),
    "hiring": Wave(-2, time(7, 0), 26, 0.7, _plateau(11)),
}


class Rhythm:
    """Draws believable moments before `now`."""

    def __init__(self, rng: Random, now: datetime, brand: Any) -> None:
        self.rng = rng
        self.now = now.astimezone(UTC)
        self._workday: list[int] = brand["hours"]["workday"]
        self._weekend: list[int] = brand["hours"]["weekend"]
        self._weekdays: list[float] = brand["hours"]["weekdays"]

    def loudness(self, at: datetime) -> float:
        """How much people write at this hour of this weekday, about 0 to 80."""
        hours = self._weekend if at.weekday() > 4 else self._workday
        return hours[at.hour] * self._weekdays[at.weekday()]

    def day(self, offset: int, at: time) -> datetime:
        """The moment `at` (UTC) of the day `offset` days from today."""
        return datetime.combine(self.now.date() + timedelta(days=offset), at, tzinfo=UTC)

    def moments(self, count: int) -> list[datetime]:
        """`count` moments of the last fortnight, by habit, in order."""
        start = self.now - timedelta(days=DAYS)
        hours = [start + HOUR * n for n in range(DAYS * 24)]
        return self._draw(hours, [self.loudness(hour) for hour in hours], count)

    def wave(self, name: str, count: int) -> list[datetime]:
        """`count` moments of the event `name`, in order."""
        wave = WAVES[name]
        start = self.day(wave.day, wave.at)
        hours = [start + HOUR * n for n in range(wave.hours)]
        weights = [
            wave.curve(n + 0.5) * (self.loudness(hour) / 50) ** wave.habit
            for n, hour in enumerate(hours)
        ]
        return self._draw(hours, weights, count)

    def after(self, start: datetime, spread: int) -> datetime:
        """A moment in the `spread` hours after `start`, sooner rather than later, seldom at night."""
        for _ in range(8):
            at = start + timedelta(hours=self.rng.expovariate(3 / spread), seconds=40)
            if self.rng.random() * 50 < self.loudness(at):
                break
        return at

    def answered(self, asked: datetime) -> datetime:
        """When somebody of the house answers: within an hour or two, between 7 and 21 o'clock."""
        at = asked + timedelta(minutes=min(self.rng.lognormvariate(3.6, 0.9), 600) + 2)
        if 7 <= at.hour < 21:
            return at
        morning = at.replace(hour=7, minute=0, second=0)
        if at.hour >= 21:
            morning += timedelta(days=1)
        return morning + timedelta(minutes=self.rng.uniform(10, 150))

    def _draw(
        self, hours: Sequence[datetime], weights: Sequence[float], count: int
    ) -> list[datetime]:
        picked = self.rng.choices(hours, weights=weights, k=count)
        return sorted(hour + timedelta(seconds=self.rng.uniform(0, 3600)) for hour in picked)
