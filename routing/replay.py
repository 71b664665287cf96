"""Stored decisions made again under two configurations, and what comes out otherwise.

No database: it is fed with chunks of decisions, so that a hundred thousand take seconds.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from routing.classifier import Verdict
from routing.conditions import Group, leaves_of
from routing.definitions import FIELDS
from routing.effects import LOWEST_PRIORITY, Effects
from routing.facts import Facts
from routing.matching import Subject
from routing.models import Rule
from routing.phrasebook import words_of
from routing.queries import ReadyRule, RulesOfDay, Snapshot
from routing.spam import spam_of
from routing.urgency import RAISED, urgency_of

logger = logging.getLogger(__name__)

TRIAGE, SPAM = "", "spam"
KEPT = 60  # Examples of each flow: twenty are shown, and not everybody may read each.

Vectors = Callable[[Sequence[int]], Mapping[int, bytes]]
Flow = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A stored decision, as far as it can be made again."""

    pk: int
    at: datetime
    facts: Facts
    probabilities: Mapping[str, float]
    model_version: str
    topic: str
    topic_confidence: float
    sentiment: str
    urgency: int
    spam: str  # What the classifier said; a rule's word is none of it.


class Outcome(NamedTuple):
    """What a configuration makes of a post. `place` is a department's label, triage or spam."""

    place: str
    priority: int | None
    assignee: int | None
    skill: str
    sla_policy: int | None
    approval: Mapping[str, Any]
    tags: frozenset[str]
    consult: str
    rule: str = ""  # The name of the one that placed it; nothing when the classifier did.
    confidence: float = 0.0
    guess: str = ""  # The department the classifier found likeliest.
    reasons: Sequence[str] = ()


COMPARED = ("priority", "assignee", "skill", "sla_policy", "approval", "tags", "consult")
# Whatever else a rule is given one day: two rules are the same if all of it is.
_OF_A_RULE = [
    field.attname
    for field in Rule._meta.concrete_fields  # noqa: SLF001
    if field.name in FIELDS and field.name != "conditions"
]


class Side:
    """One configuration, ready to decide."""

    def __init__(self, known: Snapshot, day: date, *, trees: dict[str, Group]) -> None:
        # Equal conditions of both sides are one object, so that a post meets them once.
        self.known = replace(known, rules=[_shared(ready, trees) for ready in known.rules])
        self.rules: RulesOfDay = self.known.rules_on(day)
        self.classifier = known.classifier.light() if known.classifier else None
        asked = {
            getattr(leaf, "kind", "")
            for ready in self.rules.rules
            for leaf in leaves_of(ready.conditions)
        }
        self.asks_feelings = bool(asked & {"topic", "sentiment"})
        self.asks_incidents = "incident" in asked
        self.asks_verdict = bool(asked & {"topic", "sentiment", "guess", "confidence"})

    def judge(self, chunk: Sequence[Seen], vectors: Vectors) -> tuple[list[Verdict | None], int]:
        """What the classifier says, and how many posts it had to judge by words alone.

        What this very model has said is taken as it is kept; nothing is encoded.
        """
        if self.classifier is None:
            return [None] * len(chunk), 0
        version = self.known.model_version
        known = vectors([seen.pk for seen in chunk]) if self.known.incidents else {}
        verdicts: list[Verdict | None] = [None] * len(chunk)
        anew = []
        for at, seen in enumerate(chunk):
            if seen.model_version == version and seen.probabilities:
                verdicts[at] = _kept(seen, seen.probabilities, vector=known.get(seen.pk, b""))
            else:
                anew.append(at)
        if not anew:
            return verdicts, 0
        known = known or vectors([chunk[at].pk for at in anew])
        kept = [known.get(chunk[at].pk, b"") for at in anew]
        texts = [chunk[at].facts.text for at in anew]
        if self.asks_feelings:
            found = self.classifier.classify(texts, kept, n_reasons=0)
            shares = [list(verdict.probabilities.values()) for verdict in found]
            for at, verdict in zip(anew, found, strict=True):
                verdicts[at] = verdict
        else:
            shares = self.classifier.predict_proba(texts, kept).round(4).tolist()
            labels = self.classifier.labels
            for at, row, vector in zip(anew, shares, kept, strict=True):
                shares_of = dict(zip(labels, row, strict=True))
                verdicts[at] = _kept(chunk[at], shares_of, vector=vector)
        enough = self.classifier.weights.enough if self.classifier.weights.encoder else 0.0
        alone = sum(not v and max(row) < enough for v, row in zip(kept, shares, strict=True))
        return verdicts, alone

    def fire(self, tried: Sequence[ReadyRule], subject: Subject, met: dict[int, Any]) -> Effects:
        """What the rules `tried` make of a post; `met` remembers which conditions held."""
        effects = Effects()
        for ready in tried:
            found = _hold(ready, subject, met)
            if found is not None:
                effects.add(ready.rule, found)
                if not ready.rule.goes_on:
                    break
        return effects

    def has_rules_of(self, other: Side, *, wordless: bool = False) -> bool:
        """Whether both have the same rules, or the same of those that need no words."""
        mine, theirs = self.rules.rules, other.rules.rules
        if wordless:
            mine, theirs = self.rules.wordless, other.rules.wordless
        pairs = zip(mine, theirs, strict=False)
        return len(mine) == len(theirs) and all(_is_same(a, b) for a, b in pairs)

    def settles_as(self, other: Side) -> bool:
        """Whether both make the same outcome of the same effects and verdict."""
        mine, theirs = self.known, other.known
        return mine.threshold == theirs.threshold and mine.departments is theirs.departments

    def outcome(self, seen: Seen, verdict: Verdict | None, effects: Effects) -> Outcome:
        """As `routing.services.deciding` would decide."""
        placing = effects.placing
        urgency = verdict.urgency if verdict else 0
        if placing is not None:
            place = _place_of(placing)
            priority = effects.priority
            if place == SPAM:
                priority = LOWEST_PRIORITY
        else:
            place = self._own_place(seen, verdict)
            priority = effects.priority
            if priority is None and place == SPAM:
                priority = LOWEST_PRIORITY
        if priority is None and urgency >= RAISED:
            priority = urgency
        return Outcome(
            place,
            priority,
            effects.assignee,
            effects.skill,
            effects.sla_policy,
            effects.approval,
            frozenset(effects.tags),
            effects.consult,
            placing.name if placing else "",
            verdict.confidence if verdict else 0.0,
            verdict.label if verdict else "",
            effects.reasons,
        )

    def _own_place(self, seen: Seen, verdict: Verdict | None) -> str:
        """Where the post goes if no rule says so."""
        if seen.spam:
            return SPAM
        if verdict is None or verdict.confidence < self.known.threshold:
            return TRIAGE
        return verdict.label if verdict.label in self.known.departments else TRIAGE


@dataclass(slots=True)
class Tally:
    """What a replay found, in counts and keys."""

    zone: tzinfo
    n: int = 0
    erased: int = 0
    words_alone: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    flows: Counter[Flow] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    hours_before: Counter[tuple[str, int]] = field(default_factory=Counter)
    hours_after: Counter[tuple[str, int]] = field(default_factory=Counter)
    examples: dict[Flow, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))
    corrected: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    newest: datetime | None = None

    def add(self, seen: Seen, before: Outcome, after: Outcome, answer: str | None) -> None:
        """Count one post; `answer` is where a person put it, if anybody did."""
        self.n += 1
        if self.newest is None:
            self.newest = seen.at
        self.oldest = seen.at
        hour = (seen.facts.posted_at or seen.at).astimezone(self.zone).hour
        self.before[before.place] += 1
        self.after[after.place] += 1
        self.hours_before[before.place, hour] += 1
        self.hours_after[after.place, hour] += 1
        if before.place != after.place:
            self._move(seen, before, after)
        if before is not after:
            for name in COMPARED:
                if getattr(before, name) != getattr(after, name):
                    self.others[name] += 1
        if answer is not None:
            self._judge(was_right=before.place == answer, is_right=after.place == answer)

    def as_json(self) -> dict[str, Any]:
        """The result as it is stored."""
        places = sorted({*self.before, *self.after})
        return {
            "n": self.n,
            "erased": self.erased,
            "words_alone": self.words_alone,
            "moved": self.flows.total(),
            "before": dict(self.before),
            "after": dict(self.after),
            "flows": [[*flow, n] for flow, n in self.flows.most_common()],
            "others": dict(self.others),
            "hours": {
                place: {
                    "before": [self.hours_before[place, hour] for hour in range(24)],
                    "after": [self.hours_after[place, hour] for hour in range(24)],
                }
                for place in places
            },
            "corrected": dict(self.corrected),
            "examples": [[*flow, kept] for flow, kept in self.examples.items()],
            "oldest": self.oldest.isoformat() if self.oldest else None,
            "newest": self.newest.isoformat() if self.newest else None,
        }

    def _move(self, seen: Seen, before: Outcome, after: Outcome) -> None:
        flow = before.place, after.place
        self.flows[flow] += 1
        if len(self.examples[flow]) < KEPT:
            said = [before.rule, before.confidence, after.rule, after.confidence]
            self.examples[flow].append([seen.pk, *said])

    def _judge(self, *, was_right: bool, is_right: bool) -> None:
        self.corrected["n"] += 1
        self.corrected["right_before"] += was_right
        self.corrected["right_after"] += is_right
        self.corrected["right_more"] += is_right and not was_right
        self.corrected["wrong_more"] += was_right and not is_right


def sides(
    before: Snapshot, after: Snapshot, *, day: date, after_day: date | None = None
) -> tuple[Side, Side]:
    """Both configurations, made ready, as of a day."""
    trees: dict[str, Group] = {}
    day = max(day, after_day or day)
    both = Side(before, day, trees=trees), Side(after, day, trees=trees)
    if not any(side.asks_incidents for side in both):
        # To hold each post against the incidents takes its vector, which nobody asks for.
        for side in both:
            side.known = replace(side.known, incidents=[])
    return both


def replay(
    chunk: Sequence[Seen], before: Side, after: Side, *, vectors: Vectors
) -> tuple[list[tuple[Outcome, Outcome]], int]:
    """What both sides make of each post, and how many were judged by words alone."""
    verdicts, alone = before.judge(chunk, vectors)
    is_same_model = before.known.model_version == after.known.model_version
    others, alone = (verdicts, alone) if is_same_model else after.judge(chunk, vectors)
    asks_verdict = not is_same_model and (before.asks_verdict or after.asks_verdict)
    is_settled_alike = before.settles_as(after)
    subjects = [
        before.known.subject_of(seen.facts, one) for seen, one in zip(chunk, verdicts, strict=True)
    ]
    # Most posts have no word of any rule, and most rules are the same: they fire once for both.
    fires_alike = not asks_verdict and before.has_rules_of(after)
    wordless_alike = not asks_verdict and before.has_rules_of(after, wordless=True)
    tried = before.rules.worth_trying(subjects)
    retried = tried if fires_alike else after.rules.worth_trying(subjects)
    found = []
    for at, seen in enumerate(chunk):
        one, other, subject = verdicts[at], others[at], subjects[at]
        met: dict[int, Any] = {}
        fired = refired = before.fire(tried[at], subject, met)
        is_wordless = tried[at] is before.rules.wordless and retried[at] is after.rules.wordless
        if not (fires_alike or (wordless_alike and is_wordless)):
            if other is not one:
                subject, met = subject.judged(other), {}
            refired = after.fire(retried[at], subject, met)
        was = would = before.outcome(seen, one, fired)
        if not is_settled_alike or refired is not fired or other is not one:
            would = after.outcome(seen, other, refired)
        found.append((was, would))
    return found, alone


def explained(seen: Seen, side: Side, outcome: Outcome) -> Outcome:
    """The same outcome with the words that speak for the classifier's guess, if it decided."""
    if outcome.rule or side.classifier is None or outcome.guess not in side.classifier.labels:
        return outcome
    words = side.classifier.explain(seen.facts.text, outcome.guess)
    return outcome._replace(reasons=[word for word, _weight in words])


def seen_from(row: Mapping[str, Any]) -> Seen | None:
    """A stored decision as `Seen`; None when its words were erased."""
    stored = row["facts"]
    if not stored:
        return None
    facts = Facts.from_stored(stored)
    spam, urgency = row["spam"], row["urgency"]
    is_placed = row["method"] == "rule"
    if is_placed or not row["model_version"]:
        # A rule that placed the post has overwritten what else was thought of it.
        words = words_of(facts.text)
        spam = spam_of(facts.text, words) if is_placed else spam
        urgency = urgency if row["model_version"] else urgency_of(words)[0]
    return Seen(
        row["pk"],
        row["created_at"],
        facts,
        row["probabilities"],
        row["model_version"],
        row["topic"],
        row["topic_confidence"],
        row["sentiment"],
        urgency,
        spam,
    )


def _kept(seen: Seen, shares: Mapping[str, float], *, vector: bytes) -> Verdict:
    """The verdict that was stored, with these probabilities."""
    label = max(shares, key=shares.__getitem__)
    return Verdict(
        label,
        shares[label],
        {},
        "",
        [],
        seen.topic,
        seen.topic_confidence,
        seen.sentiment,
        seen.urgency,
        vector=vector,
    )


def _shared(ready: ReadyRule, trees: dict[str, Group]) -> ReadyRule:
    key = json.dumps(ready.rule.conditions, sort_keys=True)
    return replace(ready, conditions=trees.setdefault(key, ready.conditions))


def _hold(ready: ReadyRule, subject: Subject, met: dict[int, Any]) -> list[str] | None:
    key = id(ready.conditions)
    if key not in met:
        try:
            met[key] = ready.conditions.match(subject)
        except Exception:
            logger.exception("The rule %s failed.", ready.rule.pk)
            met[key] = None
    found: list[str] | None = met[key]
    return found


def _is_same(one: ReadyRule, other: ReadyRule) -> bool:
    alike = (getattr(one.rule, name) == getattr(other.rule, name) for name in _OF_A_RULE)
    return one.conditions is other.conditions and all(alike)


def _place_of(rule: Rule) -> str:
    if rule.place == Rule.Place.DEPARTMENT and rule.department is not None:
        return rule.department.slug
    return SPAM if rule.place == Rule.Place.SPAM else TRIAGE
