"""Whether a channel is silent longer than its own history makes likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log, log1p
from statistics import mean, variance

from inbox.models import Channel, IntakeHour

WEEKS = 4
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
# A week of which we saw less than this part of the hours is no comparison.
SEEN_ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing has come, and what would have come in that time by the weeks before."""

    since: datetime
    expected: float  # posts
    likelihood: float  # of no post at all, 0 to 1; 1 when there is too little history to say


def chance_of_none(weeks: Sequence[float]) -> float:
    """How likely no post is in some hours, when the same hours of earlier weeks brought `weeks`.

    Posts are taken as a Poisson process whose rate is not known but learnt from those weeks: with
    Jeffreys' prior the rate is Gamma(S + 1/2, w) after w weeks with S posts together, which makes
    P(0) = (w / (w + 1))^(S + 1/2) (Gelman et al., Bayesian Data Analysis, 3rd ed., §2.6). Posts
    also come in waves, which one rate knows nothing of: when the weeks differ more than a Poisson
    process would, their mean m and variance v give a negative binomial by the method of moments,
    k = m² / (v - m) and P(0) = (1 + m / k)^-k (Anscombe, Biometrika 36, 1949). The larger of both
    is returned, so that doubt speaks against an alarm; 1 without any week.
    """
    if not weeks:
        return 1.0
    known = len(weeks)
    steady = exp((sum(weeks) + 0.5) * log(known / (known + 1)))
    if known < 2:
        return steady
    average, spread = mean(weeks), variance(weeks)
    if spread <= average or not average:
        return steady
    shape = average**2 / (spread - average)
    return max(steady, exp(-shape * log1p(average / shape)))


def silence_of(channel: Channel, *, now: datetime) -> Silence | None:
    """The silence of `channel` up to `now`; None when nothing ever came, or nobody watched.

    Hours in which the ledger was not kept count neither as silence nor as history. It begins when
    the channel was switched on again, if that was later; no longer than a week is looked at.
    """
    newest = IntakeHour.objects.filter(channel=channel, last_at__isnull=False).order_by("-hour")
    last_at = newest.values_list("last_at", flat=True).first()
    if last_at is None:
        return None
    since = max(last_at, channel.state.active_since or last_at)
    begin = max(since, now - WEEK)
    rows = IntakeHour.objects.filter(channel=channel, hour__gt=begin - WEEKS * WEEK - HOUR)
    came = dict(rows.values_list("hour", "new"))
    weeks = _same_hours(came, begin, now)
    oldest = IntakeHour.objects.filter(channel=channel).order_by("hour").first()
    if oldest is None or oldest.hour > now - WEEK:
        weeks = []
    return Silence(since, mean(weeks) if weeks else 0.0, chance_of_none(weeks))


def _same_hours(came: Mapping[datetime, int], begin: datetime, end: datetime) -> list[float]:
    """What each earlier week brought in the watched hours from `begin` to `end`."""
    parts: dict[datetime, float] = {}
    hour = begin.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        if hour in came:
            parts[hour] = (min(end, hour + HOUR) - max(begin, hour)) / HOUR
        hour += HOUR
    weeks = []
    for back in range(1, WEEKS + 1):
        then = {hour - back * WEEK: part for hour, part in parts.items()}
        known = [at for at in then if at in came]
        if then and len(known) >= SEEN_ENOUGH * len(then):
            weeks.append(sum(came[at] * then[at] for at in known))
    return weeks
