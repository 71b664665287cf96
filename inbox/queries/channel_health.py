"""How channels are doing, as the ledger knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.utils import timezone

from inbox.models import Channel, IntakeHour
from inbox.queries.silence import Silence, silence_of
from inbox.queries.streams import Stream, stream_of
from inbox.queries.waiting import Waiting, waiting_deliveries
from routing.models import Alarm

DAYS, HOURS = 7, 168
MOST_CHANNELS = 200
HEIGHT, COLUMN = 40.0, 4.0  # of the picture's bars


@dataclass(frozen=True, slots=True)
class Picture:
    """Seven days as bars: one path for the posts, one for the hours that nobody watched."""

    bars: str
    unwatched: str
    errors: str
    most: int
    days: list[tuple[float, datetime]] = field(default_factory=list)  # begins at so many percent

    width: float = HOURS * COLUMN
    height: float = HEIGHT


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One line of the health page; counts are of the last 24 hours."""

    channel: Channel
    picture: Picture
    new: int
    gaps: int
    errors: int
    lag: float | None  # seconds, median of the hours' medians


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """Everything the page of one channel's health shows."""

    health: ChannelHealth
    hours: list[IntakeHour]  # in which something happened, newest first
    silence: Silence | None
    alarms: list[Alarm]
    cursor: list[tuple[str, str | datetime]]
    kept_at: datetime | None
    stream: Stream | None
    waiting: Waiting


def channel_healths() -> list[ChannelHealth]:
    """All channels by name, at most 200."""
    channels = Channel.objects.select_related("state").prefetch_related("quotas").order_by("name")
    found = list(channels[:MOST_CHANNELS])
    now = timezone.now()
    rows: defaultdict[int, list[IntakeHour]] = defaultdict(list)
    for row in IntakeHour.objects.filter(channel__in=found, hour__gt=now - timedelta(days=DAYS)):
        rows[row.channel_id].append(row)
    return [_health(channel, rows[channel.pk], now) for channel in found]


def channel_page(channel: Channel) -> ChannelPage:
    """The health of `channel`, whose state is loaded, with the hours it comes from."""
    now = timezone.now()
    rows = list(channel.hours.filter(hour__gt=now - timedelta(days=DAYS)).order_by("-hour"))
    keys = [f"{name}-{channel.pk}" for name in _ALARMS]
    state = getattr(channel, "state", None)
    return ChannelPage(
        health=_health(channel, rows, now),
        hours=[row for row in rows if _is_eventful(row)],
        silence=silence_of(channel, now=now) if state and channel.is_active else None,
        alarms=list(Alarm.objects.filter(key__in=keys, cleared_at=None)),
        cursor=list(readable_cursor(state.cursor if state else {})),
        kept_at=rows[0].hour if rows else None,
        stream=stream_of(channel),
        waiting=waiting_deliveries(channel),
    )


def readable_cursor(cursor: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a cursor as a person reads them: name, and a time or text."""
    for name, value in cursor.items():
        full = f"{within}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from readable_cursor(value, f"{full}: ")
        elif value not in (None, "", [], {}):
            yield full, _time_or_text(value)


_ALARMS = (
    "channel", "channel-silent", "channel-expiring", "channel-expired", "channel-secret", "feed"
)  # fmt: skip


def _time_or_text(value: Any) -> str | datetime:
    text = str(value)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text[:200]
    return at if at.tzinfo else text[:200]


def _health(channel: Channel, rows: Sequence[IntakeHour], now: datetime) -> ChannelHealth:
    lately = [row for row in rows if row.hour > now - timedelta(days=1)]
    lags = [row.lag_median for row in lately if row.lag_median is not None]
    return ChannelHealth(
        channel=channel,
        picture=_picture(rows, now),
        new=sum(row.new for row in lately),
        gaps=sum(row.gaps for row in lately),
        errors=sum(row.errors for row in lately),
        lag=median(lags) if lags else None,
    )


def _is_eventful(row: IntakeHour) -> bool:
    counts = ("new", "old", "edited", "doubled", "deliveries", "errors", "gaps")
    return any(getattr(row, name) for name in counts)


def _picture(rows: Sequence[IntakeHour], now: datetime) -> Picture:
    known = {row.hour: row for row in rows}
    this = now.replace(minute=0, second=0, microsecond=0)
    hours = [this - timedelta(hours=HOURS - 1 - n) for n in range(HOURS)]
    most = max((row.new for row in rows), default=0)
    bars, unwatched, errors = [], [], []
    for n, hour in enumerate(hours):
        row, x = known.get(hour), n * COLUMN
        if row is None:
            unwatched.append(_block(x, HEIGHT))
            continue
        if row.new:
            bars.append(_block(x, max(2.0, HEIGHT * row.new / most)))
        if row.errors:
            errors.append(_block(x, 3.0))
    midnights = [
        (100 * n / HOURS, hour)
        for n, hour in enumerate(hours)
        if timezone.localtime(hour).hour == 0
    ]
    return Picture("".join(bars), "".join(unwatched), "".join(errors), most, midnights)


def _block(x: float, height: float) -> str:
    return f"M{x:g} {HEIGHT:g}v-{height:.1f}h{COLUMN - 1:g}v{height:.1f}z"
