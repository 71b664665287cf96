"""Times as people's files write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from inbox.connectors.types import ParseError
from inbox.connectors.values import in_utc

_NUMBER = re.compile(r"\d{9,17}(\.\d+)?")
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T,]+(.+))?")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
_FORMATS = (
    "%a %b %d %H:%M:%S %z %Y",  # Twitter's
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S UTC",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d, %Y %I:%M %p",
)


def moment(value: Any, zone: tzinfo, field: str) -> datetime | None:
    """A time in UTC from ISO 8601, epoch seconds to microseconds, RFC 2822 or usual date formats.

    Times without an offset are taken as being in `zone`. Raises `ParseError` for anything else, and
    for days like 03/04/2026 that two continents read differently.
    """
    if isinstance(value, bool):
        raise ParseError("is not a time", field=field)
    found = "" if value is None else str(value).strip()
    if not found:
        return None
    if _NUMBER.fullmatch(found):
        return _from_epoch(found, field)
    result = _written(found, field)
    return in_utc(result if result.tzinfo else result.replace(tzinfo=zone), field)


def _from_epoch(value: str, field: str) -> datetime:
    number = float(value)
    while number >= 1e11:  # milliseconds, microseconds
        number /= 1000
    try:
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, ValueError, OSError):
        raise ParseError("is outside the calendar", field=field) from None


def _written(value: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    if match := _SLASHED.fullmatch(value):
        return _slashed(match, field)
    for form in _FORMATS:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        raise ParseError(f"{value[:60]!r} is not a time Crossdesk can read", field=field) from None


def _slashed(match: re.Match[str], field: str) -> datetime:
    first, separator, second, year, clock = match.groups()
    day, month = int(first), int(second)
    if separator != "." and month > 12:
        day, month = month, day
    elif separator == "/" and day <= 12 and day != month:
        raise ParseError(
            f"{match.group()[:30]!r} may be a day in month {day} or in month {month}: write it as "
            "2026-12-31",
            field=field,
        )
    try:
        date = datetime(int(year), month, day)  # noqa: DTZ001 - the caller adds the zone
    except ValueError:
        raise ParseError(f"{match.group()[:30]!r} is no day", field=field) from None
    return date if clock is None else _at_clock(date, clock.strip(), field)


def _at_clock(date: datetime, clock: str, field: str) -> datetime:
    for form in _CLOCKS:
        try:
            time = datetime.strptime(clock, form).time()  # noqa: DTZ007
        except ValueError:
            continue
        return datetime.combine(date.date(), time)
    raise ParseError(f"{clock[:30]!r} is no time of day", field=field)
