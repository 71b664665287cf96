"""Working time between moments, in every zone and over every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.business_hours import BusinessHours, Shift

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
NINE_TO_FIVE: dict[int, list[Shift]] = {day: [(9 * 60, 17 * 60)] for day in range(5)}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

# No shift begins or ends while clocks change: then each minute of the wall is one minute.
quiet_minutes = st.one_of(st.integers(0, 0), st.integers(4 * 60, 24 * 60 - 1))
shifts = st.dictionaries(
    st.integers(0, 6),
    st.lists(st.tuples(quiet_minutes, quiet_minutes), min_size=1, max_size=2),
    min_size=1,
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
houses = st.builds(
    BusinessHours,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    shifts=shifts,
    holidays=st.frozensets(days, max_size=5),
)
START = datetime(2026, 3, 20, tzinfo=UTC)
moments = st.integers(0, 235 * 24 * 60).map(lambda n: START + n * MINUTE)
amounts = st.integers(1, 5_000).map(lambda n: n * MINUTE)


def is_working(hours: BusinessHours, at: datetime) -> bool:
    """What a person would say who looks at the clock on the wall and at the list of shifts."""
    wall = at.astimezone(hours.zone)
    minute, today = wall.hour * 60 + wall.minute, wall.date()
    yesterday = today - timedelta(days=1)
    for start, end in () if today in hours.holidays else hours.shifts.get(today.weekday(), ()):
        if start <= minute and (minute < end or end <= start):
            return True
    if yesterday in hours.holidays:
        return False
    late = hours.shifts.get(yesterday.weekday(), ())
    return any(end <= start and minute < end for start, end in late)


@given(houses, moments, st.integers(0, 4 * 24 * 60))
def test_every_minute_counts_that_the_wall_says(
    hours: BusinessHours, start: datetime, length: int
) -> None:
    counted = sum(is_working(hours, start + n * MINUTE) for n in range(length))
    assert hours.between(start, start + length * MINUTE) == counted * MINUTE


@given(houses, moments, amounts)
def test_so_much_has_passed_when_it_is_due(
    hours: BusinessHours, start: datetime, amount: timedelta
) -> None:
    due = hours.after(start, amount)
    assert hours.between(start, due) == amount
    assert hours.between(start, due - MINUTE) < amount


@given(houses, moments, moments, moments)
def test_parts_add_up(
    hours: BusinessHours, one: datetime, other: datetime, third: datetime
) -> None:
    a, b, c = sorted((one, other, third))
    assert hours.between(a, b) + hours.between(b, c) == hours.between(a, c)
    assert hours.between(c, a) in (timedelta(0), hours.between(a, a))


@given(houses, moments, amounts, amounts)
def test_stopping_in_between_changes_nothing(
    hours: BusinessHours, start: datetime, one: timedelta, other: timedelta
) -> None:
    assert hours.after(hours.after(start, one), other) == hours.after(start, one + other)


def test_around_the_clock_is_plain_time() -> None:
    start = datetime(2026, 3, 28, 23, tzinfo=BERLIN)
    assert BusinessHours(BERLIN).after(start, 10 * HOUR) == start.astimezone(UTC) + 10 * HOUR
    assert BusinessHours().between(start, start - HOUR) == timedelta(0)


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-06-05 16:00", 2 * HOUR, "2026-06-08 10:00"),  # over a weekend
        ("2026-06-06 12:00", HOUR, "2026-06-08 10:00"),  # written on a Saturday
        ("2026-06-08 17:00", HOUR, "2026-06-09 10:00"),  # at the very end of a day
        ("2026-06-08 16:00", HOUR, "2026-06-08 17:00"),  # done just in time
        ("2026-03-27 16:00", 2 * HOUR, "2026-03-30 10:00"),  # the clocks go forward on Sunday
    ],
)
def test_a_working_week(start: str, amount: timedelta, due: str) -> None:
    hours = BusinessHours(BERLIN, NINE_TO_FIVE)
    begins = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    assert hours.after(begins, amount) == datetime.fromisoformat(due).replace(tzinfo=BERLIN)


def test_nobody_works_on_a_holiday() -> None:
    hours = BusinessHours(BERLIN, NINE_TO_FIVE, frozenset({date(2026, 6, 8)}))
    friday = datetime(2026, 6, 5, 16, tzinfo=BERLIN)
    assert hours.after(friday, 2 * HOUR) == datetime(2026, 6, 9, 10, tzinfo=BERLIN)


def test_a_night_shift_before_a_holiday_runs_to_its_end() -> None:
    night: dict[int, list[Shift]] = {day: [(22 * 60, 6 * 60)] for day in range(7)}
    hours = BusinessHours(BERLIN, night, frozenset({date(2026, 6, 9)}))
    evening = datetime(2026, 6, 8, 20, tzinfo=BERLIN)
    assert hours.after(evening, 8 * HOUR) == datetime(2026, 6, 9, 6, tzinfo=BERLIN)
    assert hours.after(evening, 9 * HOUR) == datetime(2026, 6, 10, 23, tzinfo=BERLIN)


def test_a_night_on_which_the_clocks_change_has_its_own_length() -> None:
    night: dict[int, list[Shift]] = {day: [(22 * 60, 6 * 60)] for day in range(7)}
    hours = BusinessHours(BERLIN, night)
    spring, autumn = (
        datetime(2026, 3, 28, 12, tzinfo=BERLIN),
        datetime(2026, 10, 24, 12, tzinfo=BERLIN),
    )
    day = timedelta(days=1)
    assert hours.between(spring, spring + day) == 7 * HOUR
    assert hours.between(autumn, autumn + day) == 9 * HOUR


def test_shifts_that_overlap_count_once() -> None:
    hours = BusinessHours(UTC, {0: [(8 * 60, 16 * 60), (12 * 60, 20 * 60)]})
    monday = datetime(2026, 6, 8, tzinfo=UTC)
    assert hours.between(monday, monday + timedelta(days=1)) == 12 * HOUR
