"""Counting decisions day by day, and raising an alarm when routing does worse than it may."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from routing import fingerprints, health
from routing.models import Alarm, DayCount, Decision, RouterSettings, RoutingDay, RuleDay
from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.corpus import read_corpus
from routing.services.rule_days import count_rules, time_rules

BACK = 90  # Days that are counted when nobody counted them yet.
SAMPLE = 300
KEYS = ("accuracy", "triage", "bounces", "calibration", "drift", "slow_rule")

_COUNT = """
INSERT INTO routing_daycount (day, department_id, method, rule, bin, n, confidence)
SELECT %s, department_id, method, rule_id, least(floor(confidence * 10), 9)::int AS bin,
       count(*), sum(confidence)
  FROM routing_decision
 WHERE created_at >= %s AND created_at < %s
 GROUP BY department_id, method, rule_id, bin
"""


def count_days() -> int:
    """Count today and yesterday anew, and each day before that was never counted; how many."""
    today = timezone.localdate()
    counted: set[date] = set()
    if RuleDay.objects.exists():
        counted = set(DayCount.objects.values_list("day", flat=True).distinct())
    first = _first_day(today)
    days = [today - timedelta(days=back) for back in range(BACK)]
    wanted = [d for n, d in enumerate(days) if n < 2 or (d not in counted and d >= first)]
    known = _known_words() if wanted else frozenset()
    for day in wanted:
        _count(day, known)
    time_rules()
    return len(wanted)


def check_health(*, bounce_rate: float | None) -> list[str]:
    """Raise an alarm for each figure beyond its threshold and clear the others; what stands.

    `bounce_rate` is the share of tickets that moved twice or more: tickets are not known here.
    """
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    problems = _problems(settings, bounce_rate)
    for key in KEYS:
        if key in problems:
            raise_alarm(f"routing.health.{key}", problems[key], Alarm.Severity.WARNING)
        else:
            clear_alarm(f"routing.health.{key}")
    return list(problems)


def _problems(settings: RouterSettings, bounce_rate: float | None) -> dict[str, str]:
    since = timezone.now() - timedelta(days=health.RULE_DAYS)
    verdicts = health.spoken_about(since=since)
    newest = health.weeks(verdicts, n=2)
    right = [w.total.accuracy for w in newest if w.total.n >= health.FEWEST]
    accuracy = next((a for a in right if a is not None), None)
    week_ago = timezone.localdate() - timedelta(days=health.RECENT_DAYS)
    triage = health.triage_share(since=week_ago)
    surer = health.overconfidence(health.calibration(verdicts, since=timezone.localdate(since)))
    drift = health.drift().amount
    found: dict[str, str] = {}
    if accuracy is not None and accuracy < settings.least_accuracy:
        found["accuracy"] = _("Only %s of this week's posts were routed right.") % _share(accuracy)
    if triage is not None and triage > settings.most_triage:
        found["triage"] = _("%s of this week's posts waited in triage.") % _share(triage)
    if bounce_rate is not None and bounce_rate > settings.most_bounces:
        found["bounces"] = _("%s of the tickets moved twice or more.") % _share(bounce_rate)
    if surer is not None and surer > settings.most_miscalibration:
        found["calibration"] = _("The classifier is surer than it is right, by %s.") % _share(surer)
    if drift is not None and drift > settings.most_drift:
        found["drift"] = _("Posts sound other than when the model was trained, by %s.") % _share(
            drift
        )
    slowest = health.slowest_rules()[:1]
    if slowest and (slowest[0].microseconds or 0) / 1000 > settings.most_rule_ms:
        told = {"name": slowest[0].rule.name, "ms": round((slowest[0].microseconds or 0) / 1000, 1)}
        found["slow_rule"] = _("The rule “%(name)s” takes %(ms)s ms a post.") % told
    return found


def _share(value: float) -> str:
    return f"{value * 100:.0f} %"


def _first_day(today: date) -> date:
    """The day of the oldest decision, which the table's order makes cheap to find."""
    oldest = Decision.objects.order_by("pk").values_list("created_at", flat=True).first()
    return timezone.localdate(oldest) if oldest else today


@transaction.atomic
def _count(day: date, known: frozenset[str]) -> None:
    start = timezone.make_aware(datetime.combine(day, time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    DayCount.objects.filter(day=day).delete()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [day, start, end])
    count_rules(day=day, start=start, end=end)
    _sample(day, start, end, known)


def _sample(day: date, start: datetime, end: datetime, known: frozenset[str]) -> None:
    """Keep how a few hundred posts of the day sounded."""
    of_day = Decision.objects.filter(created_at__gte=start, created_at__lt=end)
    n = sum(DayCount.objects.filter(day=day).values_list("n", flat=True))
    if not n:
        return
    every = max(n // SAMPLE, 1)
    rows = list(
        of_day.exclude(method=Decision.Method.RULE)
        .extra(where=["id %% %s = 0"], params=[every])
        .values_list("facts__text", "confidence")[: 2 * SAMPLE]
    )
    words = [
        word for text, _confidence in rows if text for word in fingerprints.normal(text).split()
    ]
    if not words:
        return
    RoutingDay.objects.update_or_create(
        day=day,
        defaults={
            "n": n,
            "mean_confidence": sum(confidence for _text, confidence in rows) / len(rows),
            "unknown_words": sum(word not in known for word in words) / len(words),
        },
    )


def _known_words() -> frozenset[str]:
    """Every word of what the next training would learn from."""
    return frozenset(
        word for e in read_corpus().to_learn for word in fingerprints.normal(e.text).split()
    )
