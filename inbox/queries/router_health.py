"""What the page of router health shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Department
from inbox.models import HandOver
from routing import health
from routing.models import Alarm, DayCount, Rule

DAYS = 30
SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the confusion picture: how often, and how dark (0 to 1)."""

    column: str
    n: int
    shade: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What the router said (rows) and where people put it (columns)."""

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]
    n: int


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A week and the tally of each department."""

    week: health.Week
    tallies: list[tuple[Department, health.Tally]]


@dataclass(frozen=True, slots=True)
class RouterHealth:
    """How routing does."""

    departments: list[Department]
    weeks: list[WeekLine]
    confusion: Picture
    calibration: list[health.Bin]
    overconfidence: float | None
    triage_share: float | None
    bounce_rate: float | None
    drift: health.Drift
    rules: list[health.RuleUse]
    slowest_rules: list[health.RuleUse]
    dead_rules: list[Rule]
    alarms: list[Alarm]
    is_counted: bool


def router_health() -> RouterHealth:
    """Everything the page shows; nothing here reads decisions one by one."""
    now = timezone.now()
    verdicts = health.spoken_about(since=now - timedelta(weeks=health.WEEKS))
    lately = [v for v in verdicts if v.at >= now - timedelta(days=DAYS)]
    names = health.names()
    since = timezone.localdate() - timedelta(days=DAYS)
    weeks = health.weeks(verdicts)
    bins = health.calibration(lately, since=since)
    rules = health.rules_in_use()
    departments = [d for d in names.values() if any(d.pk in w.departments for w in weeks)]
    return RouterHealth(
        departments=departments,
        weeks=[
            WeekLine(w, [(d, w.departments.get(d.pk, health.Tally())) for d in departments])
            for w in weeks
        ],
        confusion=_picture(health.confusion(lately), names),
        calibration=bins,
        overconfidence=health.overconfidence(bins),
        triage_share=health.triage_share(since=since),
        bounce_rate=bounce_rate(),
        drift=health.drift(),
        rules=[use for use in rules if use.fired or use.decided],
        slowest_rules=health.slowest_rules(rules)[:SLOWEST],
        dead_rules=health.dead_rules(rules),
        alarms=list(Alarm.objects.filter(cleared_at=None, key__startswith="routing.")),
        is_counted=health.counted_until() is not None,
    )


def bounce_rate() -> float | None:
    """The share of tickets routed in the last 30 days that people moved twice or more.

    None while too few were routed to tell.
    """
    since = timezone.now() - timedelta(days=DAYS)
    days = DayCount.objects.filter(day__gte=timezone.localdate(since)).values_list("n", flat=True)
    routed = sum(days)
    if routed < health.FEWEST:
        return None
    moved = (
        HandOver.objects.filter(at__gte=since, undone_at=None)
        .order_by()
        .values("ticket")
        .annotate(n=Count("pk", filter=Q(undone_at=None)))
        .filter(n__gte=2)
    )
    return moved.count() / routed


def _picture(counts: Mapping[tuple[str, str], int], names: Mapping[str, Department]) -> Picture:
    said = _ordered({a for a, _b in counts}, names)
    belongs = _ordered({b for _a, b in counts}, names)
    rows: list[tuple[str, list[Cell]]] = []
    for a in said:
        total = sum(counts.get((a, b), 0) for b in belongs)
        cells = []
        for b in belongs:
            n = counts.get((a, b), 0)
            cells.append(Cell(_name(b, names), n, round(n / total, 3) if total else 0.0, a == b))
        rows.append((_name(a, names), cells))
    return Picture([_name(b, names) for b in belongs], rows, sum(counts.values()))


def _ordered(found: set[str], names: Mapping[str, Any]) -> Sequence[str]:
    return [slug for slug in names if slug in found] + sorted(found - set(names))


def _name(slug: str, names: Mapping[str, Department]) -> str:
    if slug in names:
        return names[slug].name
    return {"spam": _("Spam"), health.TRIAGE: _("Triage")}.get(slug, slug)
