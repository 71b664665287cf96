"""What the router learns from: the starter corpus, and the lessons of the people here."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from accounts.models import Department
from routing.models import Lesson, RouterSettings

DATA = Path(__file__).resolve().parent.parent / "data"
POSTS, PHRASES = DATA / "starter_posts.csv", DATA / "starter_phrases.csv"
# A phrase says in two words what a post says in twenty; chosen by leaving parts of the starter
# corpus out (docs/routing.md).
PHRASE_WEIGHT = 2.0
HINT = ""  # The group of texts that teach without being posts; see `routing.training`.
MOST_LESSONS = 20_000  # The newest ones: what a page hears changes over the years.
FEWEST_LESSONS = 5  # Of a department the starter corpus does not know.
# One lesson in five tests and never teaches; one starter post in ten is asked again, so that what
# every new page should know is not forgotten.
LESSON_TESTS, STARTER_TESTS = 5, 10
# Lessons are calibrated on lessons the model has not seen, in as many parts.
LESSON_GROUPS = 3


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
    lessons = _lessons(weight=settings.lesson_weight, known={e.label for e in starter})
    return Corpus(starter, capped(lessons, beside=starter, share=settings.person_share))


def starter_examples() -> list[Example]:
    """The posts and phrases written for this project."""
    posts = [
        Example(row["text"], row["department"], 1.0, row["part"], is_test=n % STARTER_TESTS == 0)
        for n, row in enumerate(read_rows(POSTS))
    ]
    phrases = [
        Example(row["text"], row["department"], PHRASE_WEIGHT, HINT) for row in read_rows(PHRASES)
    ]
    return posts + phrases


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
        .values_list("pk", "text", "to_department", "by", "source", "decision", "digest")
    )
    decided: set[int] = set()
    answered: set[tuple[int | None, str]] = set()
    found = []
    for pk, text, department, by, source, decision, digest in rows[:MOST_LESSONS]:
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
                f"lessons {number // LESSON_TESTS % LESSON_GROUPS}",
                lesson=pk,
                person=None if source == Lesson.Source.IMPORT else by,
                is_test=number % LESSON_TESTS == 0,
            )
        )
    return _without_rare(found, known)


def _without_rare(lessons: Iterable[Example], known: set[str]) -> list[Example]:
    """Leave out departments nobody could learn yet, and do not split few lessons into groups.

    Calibration leaves out one group at a time: each department must be in another one too.
    """
    lessons = list(lessons)
    teaching = [e for e in lessons if not e.is_test]
    counts = Counter(e.label for e in teaching)
    groups = Counter(label for label, _group in {(e.label, e.group) for e in teaching})
    rare = {label for label in counts if counts[label] < FEWEST_LESSONS or groups[label] < 2}
    untaught = {e.label for e in lessons} - set(counts)
    kept = [e for e in lessons if e.label in known or e.label not in rare | untaught]
    if len(kept) < 10 * LESSON_GROUPS and all(e.label in known for e in kept):
        return [replace(e, group="lessons") for e in kept]
    return kept
