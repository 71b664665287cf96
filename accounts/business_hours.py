"""When a department works, and how much of that lies between two moments. No database.

A shift belongs to the day it begins on: on a holiday none begins, and the one of the evening before
runs to its end. Where the clocks are put back, a shift ends the first time they show its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
NOTHING = timedelta(0)

Shift = tuple[int, int]  # Minutes after midnight; an end not after its start is on the next day.
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """The working week of a place; without shifts it works around the clock.

    `shifts` holds those that begin on a weekday (Monday is 0).
    """

    zone: tzinfo = UTC
    shifts: Mapping[int, Sequence[Shift]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    _known: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, compare=False)

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of working time has passed since `start`."""
        start = start.astimezone(UTC)  # Where a day may have 23 hours, sums are not to be trusted.
        if not any(self.shifts.values()) or amount <= NOTHING:
            return start + max(amount, NOTHING)
        for begins, ends in self._stretches(start):
            if ends - begins >= amount:
                return begins + amount
            amount -= ends - begins
        raise OverflowError("There is no such moment.")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; nothing when `end` is not later."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if not any(self.shifts.values()):
            return max(end - start, NOTHING)
        passed = NOTHING
        for begins, ends in self._stretches(start):
            if begins >= end:
                break
            passed += min(ends, end) - begins
        return passed

    def _stretches(self, start: datetime) -> Iterator[Stretch]:
        """Working time from `start` on, in order and without overlaps."""
        reached = start
        day = start.astimezone(self.zone).date() - DAY
        while day < date.max - DAY:
            for begins, ends in self._shifts_of(day):
                if ends > reached:
                    yield max(begins, reached), ends
                    reached = ends
            day += DAY

    def _shifts_of(self, day: date) -> tuple[Stretch, ...]:
        """The shifts that begin on `day`; the days of a house are few, and asked for again."""
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = tuple(self._make(day))
        return found

    def _make(self, day: date) -> Iterator[Stretch]:
        if day in self.holidays:
            return
        for start, end in sorted(self.shifts.get(day.weekday(), ())):
            lasts_over_midnight = end <= start
            begins = self._moment(day, start)
            ends = self._moment(day + DAY if lasts_over_midnight else day, end)
            if ends > begins:  # Not so when the clocks are put forward over all of it.
                yield begins, ends

    def _moment(self, day: date, minute: int) -> datetime:
        if minute == MINUTES_A_DAY:
            day, minute = day + DAY, 0
        clock = time(minute // 60, minute % 60)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
