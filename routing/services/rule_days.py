"""Counting what each rule does, and taking the time of holding a post against it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from time import perf_counter

from django.db import connection
from django.utils import timezone

from routing.facts import Facts
from routing.matching import Subject
from routing.models import Decision, RuleDay
from routing.queries import ReadyRule, snapshot

logger = logging.getLogger(__name__)

# Posts of a day that every rule is held against to take its time.
SAMPLE = 100

_COUNT = """
INSERT INTO routing_ruleday (day, rule, n)
SELECT %s, (fired.one ->> 'rule')::bigint, count(*)
  FROM routing_decision, jsonb_array_elements(fired) AS fired(one)
 WHERE created_at >= %s AND created_at < %s AND fired <> '[]'
 GROUP BY 2
    ON CONFLICT (day, rule) DO UPDATE SET n = excluded.n
"""


def count_rules(*, day: date, start: datetime, end: datetime) -> None:
    """Count for how many decisions from `start` to before `end` each rule fired."""
    RuleDay.objects.filter(day=day).update(n=0)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [day, start, end])


def time_rules() -> int:
    """Take the time each rule in force needs for one of the newest posts; how many rules.

    It is taken apart from intake, where a clock around every rule would cost more than most rules.
    """
    known = snapshot()
    today = timezone.localdate(timezone=known.zone)
    rules = known.rules_on(today).rules
    newest = Decision.objects.order_by("-pk").values_list("facts", flat=True)[:SAMPLE]
    subjects = [known.subject_of(Facts.from_stored(facts), None) for facts in newest if facts]
    if not rules or not subjects:
        return 0
    day = timezone.localdate()
    times = [
        RuleDay(day=day, rule=ready.rule.pk, microseconds=_microseconds(ready, subjects))
        for ready in rules
    ]
    RuleDay.objects.bulk_create(
        times,
        update_conflicts=True,
        unique_fields=["day", "rule"],
        update_fields=["microseconds"],
    )
    return len(times)


def _microseconds(ready: ReadyRule, subjects: Sequence[Subject]) -> float | None:
    """Mean time of one post; None for a rule that fails, of which an alarm tells."""
    start = perf_counter()
    try:
        for subject in subjects:
            ready.conditions.match(subject)
    except Exception:
        logger.exception("The rule %s failed.", ready.rule.pk)
        return None
    return (perf_counter() - start) / len(subjects) * 1e6
