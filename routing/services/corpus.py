"""What the router learns from: the starter corpus, and the lessons of the people here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.models import Department
from routing import queries
from routing.corpus import HINT, LESSONS, starter
from routing.models import Lesson, RouterModel, RouterSettings

MOST_LESSONS = 20_000  # The newest ones: what a page hears changes over the years.
FEWEST_LESSONS = 5  # Of a department the starter corpus does not know.
# One lesson in five tests and never teaches; one starter post in ten is asked again, so that what
# every new page should know is not forgotten.
LESSON_TESTS, STARTER_TESTS = 5, 10


@dataclass(frozen=True, slots=True)
class Example:
    """A text and where it belongs, with its weight and the group it comes from."""

    text: str
    label: str
    weight: float
    group: str
    lesson: int | None = None
    person: int | None = None
    is_test: bool = False
    topic: str = ""
    sentiment: str = ""
    vector: bytes = b""  # As a decision kept it; empty when it must be made.


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything there is to learn from and to test with."""

    starter: list[Example]
    lessons: list[Example]

    @property
    def to_learn(self) -> list[Example]:
        """What teaches."""
        return self.starter + [example for example in self.lessons if not example.is_test]

    @property
    def to_test(self) -> list[Example]:
        """What two models are compared on."""
        return [example for example in (*self.starter, *self.lessons) if example.is_test]

    @property
    def learned(self) -> str:
        """A word for exactly these lessons, so that a night without new ones trains nothing."""
        told = sorted((e.lesson, e.label, round(e.weight, 6)) for e in self.lessons)
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def read_corpus() -> Corpus:
    """Return the starter corpus and the lessons that count now."""
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    starter = starter_examples()
    known = {example.label for example in starter if example.label}
    lessons = _lessons(weight=settings.lesson_weight, known=known)
    return Corpus(starter, capped(lessons, beside=starter, share=settings.person_share))


def starter_examples() -> list[Example]:
    """The posts and phrases written for this project; "" where no department is known."""
    known = starter()
    columns = (known.texts, known.labels, known.weights, known.groups)
    rows = enumerate(zip(*columns, known.topics, known.sentiments, strict=True))
    return [
        Example(
            text=text,
            label=label,
            weight=weight,
            group=group,
            is_test=bool(label) and group != HINT and n % STARTER_TESTS == 0,
            topic=topic,
            sentiment=sentiment,
        )
        for n, (text, label, weight, group, topic, sentiment) in rows
    ]


def capped(lessons: Sequence[Example], *, beside: Sequence[Example], share: float) -> list[Example]:
    """Return `lessons` with lighter weights for people who would weigh more than `share` of all.

    Nobody can bend the router alone, however often they press a key. Imports are the
    organisation's history and nobody's opinion, so that they have no person.
    """
    totals: dict[int, float] = defaultdict(float)
    for example in lessons:
        if example.person is not None:
            totals[example.person] += example.weight
    free = sum(e.weight for e in beside) + sum(e.weight for e in lessons if e.person is None)
    most = _most_of_one(list(totals.values()), free=free, share=share)
    lighter = {person: most / total for person, total in totals.items() if total > most}
    return [
        replace(e, weight=e.weight * lighter[e.person]) if e.person in lighter else e
        for e in lessons
    ]


def person_shares(
    lessons: Mapping[int, int], *, imported: int, settings: RouterSettings
) -> dict[int, float]:
    """The share of everything that each person's lessons weigh, cap included, by key."""
    starter = sum(e.weight for e in starter_examples())
    free = starter + imported * settings.lesson_weight
    totals = {person: n * settings.lesson_weight for person, n in lessons.items()}
    most = _most_of_one(list(totals.values()), free=free, share=settings.person_share)
    weights = {person: min(total, most) for person, total in totals.items()}
    everything = free + sum(weights.values())
    return {person: weight / everything for person, weight in weights.items()}


def _most_of_one(totals: Sequence[float], *, free: float, share: float) -> float:
    """The weight w such that w is `share` of everything once nobody has more than w."""
    if share >= 1 or not totals:
        return float("inf")
    below, above = 0.0, max(totals)
    if above <= share * (free + sum(totals)):
        return above
    for _ in range(60):  # Halving: the sum grows with w, but slower than w does.
        middle = (below + above) / 2
        everything = free + sum(min(total, middle) for total in totals)
        below, above = (below, middle) if middle > share * everything else (middle, above)
    return below


def _lessons(*, weight: float, known: set[str]) -> list[Example]:
    """The lessons that count: the last word on each post, and of each person on each text."""
    slugs = dict(Department.objects.active().values_list("pk", "slug"))
    rows = (
        Lesson.objects.teaching()
        .filter(to_department__in=slugs)
        .order_by("-pk")
        .values_list(
            *("pk", "text", "to_department", "by", "source", "decision", "digest"),
            *("decision__model_version", "decision__vector"),
        )
    )
    comparable = _models_of_this_encoder()
    decided: set[int] = set()
    answered: set[tuple[int | None, str]] = set()
    found = []
    for pk, text, department, by, source, decision, digest, made_by, vector in rows[:MOST_LESSONS]:
        if decision in decided or (by, digest) in answered:
            continue
        decided |= {decision} if decision is not None else set()
        answered.add((by, digest))
        number = int(digest[:8], 16)
        found.append(
            Example(
                text,
                slugs[department],
                weight,
                LESSONS,
                lesson=pk,
                person=None if source == Lesson.Source.IMPORT else by,
                is_test=number % LESSON_TESTS == 0,
                vector=bytes(vector) if vector and made_by in comparable else b"",
            )
        )
    return _without_rare(found, known)


def _models_of_this_encoder() -> frozenset[str]:
    """Versions of the models whose decisions kept vectors that ours can be compared with."""
    fingerprint = queries.encoder_fingerprint()
    if not fingerprint:
        return frozenset()
    models = RouterModel.objects.filter(metrics__encoder=fingerprint)
    return frozenset(models.values_list("version", flat=True))


def _without_rare(lessons: Sequence[Example], known: set[str]) -> list[Example]:
    """Leave out departments nobody could learn yet."""
    counts = Counter(e.label for e in lessons if not e.is_test)
    return [e for e in lessons if e.label in known or counts[e.label] >= FEWEST_LESSONS]
