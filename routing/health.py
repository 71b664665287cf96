"""How routing does: read from daily counts and lessons, so that millions of decisions cost nothing.

What nobody corrects counts as right: accuracy here is one minus the share that people moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Max, Sum
from django.utils import timezone

from accounts.models import Department
from routing.models import DayCount, Decision, Lesson, RouterModel, RoutingDay, Rule, RuleDay

WEEKS = 12
RULE_DAYS = 30
RECENT_DAYS = 7
FEWEST = 100  # Decisions below which a figure says nothing.
TRIAGE = "triage"

Method = Decision.Method


@dataclass(frozen=True, slots=True)
class Tally:
    """Decisions, and how many of them people corrected."""

    n: int = 0
    corrected: int = 0

    @property
    def accuracy(self) -> float | None:
        return 1 - min(self.corrected / self.n, 1.0) if self.n else None


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from Monday on, by department and together."""

    start: date
    total: Tally
    departments: Mapping[int, Tally]


@dataclass(frozen=True, slots=True)
class Bin:
    """Classifier decisions of one tenth of confidence."""

    low: int
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed since the model was trained; None while it is too early to tell."""

    words_then: float | None = None
    words_now: float | None = None
    confidence_then: float | None = None
    confidence_now: float | None = None

    @property
    def amount(self) -> float | None:
        """How much more is unknown, or how much less sure the router is, whichever is worse."""
        if None in (self.words_then, self.words_now, self.confidence_then, self.confidence_now):
            return None
        words = (self.words_now or 0) - (self.words_then or 0)
        sureness = (self.confidence_then or 0) - (self.confidence_now or 0)
        return max(words, sureness, 0.0)


@dataclass(frozen=True, slots=True)
class RuleUse:
    """What a rule did in the last `RULE_DAYS` days, and its mean time for one post this week."""

    rule: Rule
    fired: int  # for so many posts
    decided: int  # of which it said the place, or nothing did and it was the first
    microseconds: float | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A decision that people spoke about: what the router said, and what they said."""

    said: str
    belongs: str
    department: int | None
    method: str
    confidence: float
    at: datetime

    @property
    def is_wrong(self) -> bool:
        return self.said != self.belongs


def spoken_about(*, since: datetime) -> list[Spoken]:
    """The last word of people on each decision made after `since`."""
    rows = (
        Lesson.objects.standing()
        .filter(at__gte=since, decision__created_at__gte=since)
        .order_by("pk")
        .values_list(
            *("decision", "to_department__slug", "decision__department"),
            *("decision__department__slug", "decision__method", "decision__confidence"),
            *("decision__probabilities", "decision__created_at"),
        )
    )
    last: dict[int | None, Spoken] = {}
    for decision, to, department, slug, method, confidence, probabilities, at in rows.iterator():
        guesses: dict[str, float] = probabilities or {TRIAGE: 1.0}
        said = slug or max(guesses, key=guesses.__getitem__)
        last[decision] = Spoken(said, to or "spam", department, method, confidence, at)
    return list(last.values())


def weeks(verdicts: Iterable[Spoken], *, n: int = WEEKS) -> list[Week]:
    """The last `n` weeks, newest first; weeks without a decision are left out."""
    counts: dict[tuple[date, int], int] = defaultdict(int)
    first = monday(timezone.localdate()) - timedelta(weeks=n - 1)
    rows = DayCount.objects.filter(day__gte=first, department__isnull=False)
    for day, department, many in rows.values_list("day", "department").annotate(Sum("n")):
        counts[monday(day), department] += many
    wrong: dict[tuple[date, int], int] = defaultdict(int)
    for verdict in _of_counted_days(verdicts):
        if verdict.department is not None and verdict.is_wrong:
            wrong[monday(timezone.localdate(verdict.at)), verdict.department] += 1
    found = []
    for start in sorted({week for week, _department in counts}, reverse=True):
        tallies = {
            department: Tally(many, wrong[start, department])
            for (week, department), many in counts.items()
            if week == start
        }
        found.append(Week(start, _together(tallies.values()), tallies))
    return found


def confusion(verdicts: Iterable[Spoken]) -> dict[tuple[str, str], int]:
    """How often the router said one thing and people another (or the same)."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for verdict in verdicts:
        found[verdict.said, verdict.belongs] += 1
    return dict(found)


def calibration(verdicts: Iterable[Spoken], *, since: date) -> list[Bin]:
    """Confidence and accuracy of the classifier's decisions by tenths of confidence."""
    wrong: dict[int, int] = defaultdict(int)
    for verdict in _of_counted_days(verdicts):
        if verdict.method == Method.CLASSIFIER and verdict.is_wrong:
            wrong[min(int(verdict.confidence * 10), 9)] += 1
    rows = (
        DayCount.objects.filter(day__gte=since, method=Method.CLASSIFIER)
        .values_list("bin")
        .annotate(Sum("n"), Sum("confidence"))
        .order_by("bin")
    )
    return [
        Bin(at * 10, n, confidence / n, max(1 - wrong[at] / n, 0.0)) for at, n, confidence in rows
    ]


def overconfidence(bins: Sequence[Bin]) -> float | None:
    """How much surer the classifier is than right, over all bins; None without enough decisions.

    Being right more often than it says is no fault, and is what silence looks like.
    """
    n = sum(one.n for one in bins)
    if n < FEWEST:
        return None
    return sum(max(one.confidence - one.accuracy, 0.0) * one.n for one in bins) / n


def triage_share(*, since: date) -> float | None:
    """The share of decisions that waited for people; None without enough of them."""
    rows = DayCount.objects.filter(day__gte=since).values_list("method").annotate(Sum("n"))
    counts = dict(rows)
    n = sum(counts.values())
    return counts.get(Method.TRIAGE, 0) / n if n >= FEWEST else None


def drift() -> Drift:
    """How this week's posts differ from those around the training of the model in charge."""
    model = RouterModel.objects.filter(is_active=True).first()
    if model is None:
        return Drift()
    trained = timezone.localdate(model.trained_at)
    week = timedelta(days=RECENT_DAYS)
    then, until = _sampled(trained - week, trained), trained
    if then is None:
        then, until = _sampled(trained, trained + week), trained + week
    today = timezone.localdate()
    now = _sampled(max(today - week, until), today + timedelta(days=1))
    if then is None or now is None:
        return Drift()
    return Drift(then[0], now[0], then[1], now[1])


def rules_in_use() -> list[RuleUse]:
    """Every rule, and how often it fired and decided; the most frequent first."""
    since = timezone.localdate() - timedelta(days=RULE_DAYS)
    decided = dict(
        DayCount.objects.filter(day__gte=since, rule__isnull=False)
        .values_list("rule")
        .annotate(Sum("n"))
    )
    days = RuleDay.objects.filter(day__gte=since)
    fired = dict(days.values_list("rule").annotate(Sum("n")))
    week = timezone.localdate() - timedelta(days=RECENT_DAYS)
    times = dict(days.filter(day__gte=week).values_list("rule").annotate(Avg("microseconds")))
    uses = [
        RuleUse(rule, fired.get(rule.pk, 0), decided.get(rule.pk, 0), times.get(rule.pk))
        for rule in Rule.objects.all()
    ]
    return sorted(uses, key=lambda use: (-use.fired, -use.decided))


def dead_rules(uses: Iterable[RuleUse]) -> list[Rule]:
    """Rules in use for `RULE_DAYS` days that fired for no post in that time."""
    old = timezone.now() - timedelta(days=RULE_DAYS)
    return [
        use.rule
        for use in uses
        if use.rule.is_active and not use.fired and not use.decided and use.rule.created_at < old
    ]


def slowest_rules(uses: Iterable[RuleUse] | None = None) -> list[RuleUse]:
    """Rules that a post was held against this week, the slowest first."""
    timed = [use for use in uses or rules_in_use() if use.microseconds is not None]
    return sorted(timed, key=lambda use: -(use.microseconds or 0))


def counted_until() -> date | None:
    """The newest day that was counted."""
    newest: date | None = DayCount.objects.aggregate(Max("day"))["day__max"]
    return newest


def names() -> dict[str, Department]:
    """Departments by label, in the menu's order."""
    return {d.slug: d for d in Department.objects.order_by("position", "name")}


def monday(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def _of_counted_days(verdicts: Iterable[Spoken]) -> list[Spoken]:
    """Those on days that were counted: of others nobody knows yet among how many they are."""
    days = set(DayCount.objects.order_by().values_list("day", flat=True).distinct())
    return [verdict for verdict in verdicts if timezone.localdate(verdict.at) in days]


def _together(tallies: Iterable[Tally]) -> Tally:
    tallies = list(tallies)
    return Tally(sum(t.n for t in tallies), sum(t.corrected for t in tallies))


def _sampled(start: date, end: date) -> tuple[float, float] | None:
    """Share of unknown words and mean confidence from `start` to before `end`."""
    days: list[Any] = list(RoutingDay.objects.filter(day__gte=start, day__lt=end))
    n = sum(day.n for day in days)
    if n < FEWEST:
        return None
    words = sum(day.unknown_words * day.n for day in days) / n
    return words, sum(day.mean_confidence * day.n for day in days) / n
