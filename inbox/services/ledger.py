"""Keeping the ledger: what each channel brought, hour by hour.

Who takes something in leaves a tick in passing; every ten minutes the ticks are added up, and
posts are counted by when they came, which may be repeated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from inbox.models import IntakeHour

# How far back posts that are here already tell what is usual, when the ledger begins.
LOOK_BACK = timedelta(weeks=5)
KEPT = timedelta(days=400)
COUNTS = ("deliveries", "polls", "doubled", "edited", "errors", "gaps")
Statement = tuple[str, list[int | datetime]]


def tick(channel_id: int, at: datetime, **counts: int) -> Statement:
    """The statement that leaves a tick, for those who write in one round trip."""
    return _TICK, [channel_id, at, *(counts.get(name, 0) for name in COUNTS)]


def note(channel_id: int, **counts: int) -> None:
    """Leave a tick: something of `COUNTS` happened so many times, just now."""
    if any(counts.values()):
        with connection.cursor() as cursor:
            statement, arguments = tick(channel_id, timezone.now(), **counts)
            cursor.execute(statement, arguments)


@transaction.atomic
def keep_ledger(*, since: datetime | None = None) -> datetime:
    """Bring the ledger up to now; return from when on posts were counted (again).

    That is the hour before the newest known one, or `since` (aware). Safe to repeat: ticks are
    taken away as they are added up, and posts are counted, not added.
    """
    now = timezone.now()
    newest = IntakeHour.objects.aggregate(newest=Max("hour"))["newest"]
    usual = now - LOOK_BACK if newest is None else newest - timedelta(hours=1)
    start = _hour_of(since or usual)
    first_watched = start if since or newest is None else now
    with connection.cursor() as cursor:
        cursor.execute(_ADD_TICKS)
        cursor.execute(_WATCHED, [_hour_of(first_watched), _hour_of(now)])
        cursor.execute(_COUNT_POSTS, [start])
    IntakeHour.objects.filter(hour__lt=now - KEPT).delete()
    return start


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


_LISTED = ", ".join(COUNTS)
_TICK = (
    f"INSERT INTO inbox_intaketick (channel_id, at, {_LISTED})"  # noqa: S608 - our own names
    f" VALUES (%s, %s{', %s' * len(COUNTS)})"
)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
_ADDED = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in COUNTS)
# A channel may be gone by the time its ticks are added up.
_ADD_TICKS = f"""
    WITH taken AS (DELETE FROM inbox_intaketick RETURNING channel_id, at, {_LISTED})
    INSERT INTO inbox_intakehour AS kept (channel_id, hour, {_LISTED})
    SELECT channel_id, date_trunc('hour', at, 'UTC'), {_SUMS} FROM taken
    WHERE EXISTS (SELECT FROM inbox_channel WHERE id = taken.channel_id)
    GROUP BY 1, 2
    ON CONFLICT (channel_id, hour) DO UPDATE SET {_ADDED}
"""  # noqa: S608 - our own names
_WATCHED = """
    INSERT INTO inbox_intakehour (channel_id, hour)
    SELECT id, hour
    FROM inbox_channel, generate_series(%s::timestamptz, %s::timestamptz, '1 hour') AS hour
    WHERE is_active AND hour >= date_trunc('hour', created_at, 'UTC')
    ON CONFLICT (channel_id, hour) DO NOTHING
"""
# The page's own posts say nothing of whether the network still tells us what others write.
_COUNT_POSTS = """
    INSERT INTO inbox_intakehour AS kept
        (channel_id, hour, new, old, lag_median, lag_most, last_at)
    SELECT channel_id, date_trunc('hour', received_at, 'UTC'),
        count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) FILTER (WHERE is_new),
        max(lag) FILTER (WHERE is_new), max(received_at) FILTER (WHERE is_new)
    FROM (
        SELECT channel_id, received_at, received_at - posted_at < '1 day' AS is_new,
            greatest(extract(epoch FROM received_at - posted_at)::float8, 0) AS lag
        FROM inbox_post WHERE received_at >= %s AND NOT is_own AND NOT is_stub
    ) AS came
    GROUP BY 1, 2
    ON CONFLICT (channel_id, hour) DO UPDATE SET
        new = excluded.new, old = excluded.old, lag_median = excluded.lag_median,
        lag_most = excluded.lag_most, last_at = excluded.last_at
"""
