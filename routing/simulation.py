"""What lessons would bring: months of corrections lived through in minutes.

Labelled posts stand for a page's own. Day by day the model in charge routes them; a post it was
unsure of, or routed wrong, becomes a lesson, and so does one in ten that it routed right (somebody
presses "right department"). At each checkpoint a challenger learns from all lessons so far.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings as project

from routing import classifier as classifiers
from routing.classifier import Classifier
from routing.corpus import LESSONS, vectors_of
from routing.encoder import Encoder, pack
from routing.evaluation import Floats, evaluate
from routing.models import RouterSettings
from routing.services.corpus import starter_examples

CHECKPOINTS = (25, 50, 100, 200, 400, 800)
A_DAY = 50
CONFIRMED_ONE_IN = 10
TESTS_A_DEPARTMENT, STREAM_A_DEPARTMENT = 300, 1_500


@dataclass(frozen=True, slots=True)
class Post:
    """A text, where it belongs, and its sentence vector once it was encoded."""

    text: str
    label: str
    vector: bytes = b""


@dataclass(frozen=True, slots=True)
class Point:
    """How the model does that learned from so many lessons."""

    lessons: int
    days: int
    macro_f1: float
    coverage: float  # Share of posts that can be routed at 95 % precision.
    hand_overs: float  # Share of all posts routed to the wrong department.
    triage: float
    judged_f1: float


def read_posts(path: Path) -> list[Post]:
    """The posts of a CSV file, gzipped or not, with columns `text` and `department`."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return [Post(row["text"], row["department"]) for row in csv.DictReader(file)]


def stream_and_tests(posts: Sequence[Post], *, seed: int = 5) -> tuple[list[Post], list[Post]]:
    """A stream in which each department is as frequent as any, and posts kept for testing."""
    by_label: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        by_label[post.label].append(post)
    rng = random.Random(seed)  # noqa: S311 - a stream that comes out the same each time
    stream, tests = [], []
    for label in sorted(by_label):
        of_label = by_label[label]
        rng.shuffle(of_label)
        tests += of_label[:TESTS_A_DEPARTMENT]
        stream += of_label[TESTS_A_DEPARTMENT : TESTS_A_DEPARTMENT + STREAM_A_DEPARTMENT]
    rng.shuffle(stream)
    return stream, tests


def encoded(posts: Sequence[Post], encoder: Encoder | None) -> list[Post]:
    """The posts with their vectors, so that no training or measuring encodes them again."""
    if encoder is None:
        return list(posts)
    rows = encoder.encode([post.text for post in posts])
    return [replace(post, vector=pack(row)) for post, row in zip(posts, rows, strict=True)]


def train(lessons: Sequence[Post], *, encoder: Encoder | None = None) -> Classifier:
    """What a night's training makes of these lessons."""
    settings = RouterSettings()
    starter = starter_examples()
    vectors = None
    if encoder:
        cache = Path(project.VAR_DIR) / "cache"
        vectors = vectors_of([example.text for example in starter], encoder, cache=cache)
        vectors += [post.vector for post in lessons]
    return classifiers.train(
        [*(e.text for e in starter), *(post.text for post in lessons)],
        [*(e.label for e in starter), *(post.label for post in lessons)],
        weights=[*(e.weight for e in starter), *([settings.lesson_weight] * len(lessons))],
        groups=[*(e.group for e in starter), *([LESSONS] * len(lessons))],
        vectors=vectors,
        encoder=encoder,
    )


def day_of_lessons(model: Classifier, posts: Sequence[Post]) -> list[Post]:
    """The posts of a day that people say something about."""
    settings = RouterSettings()
    lessons = []
    for at, (post, row) in enumerate(zip(posts, _asked(model, posts), strict=True)):
        is_sure = row.max() >= settings.threshold
        is_right = model.labels[int(row.argmax())] == post.label
        if not is_sure or not is_right or at % CONFIRMED_ONE_IN == 0:
            lessons.append(post)
    return lessons


def _asked(model: Classifier, posts: Sequence[Post]) -> Floats:
    return model.predict_proba([p.text for p in posts], [p.vector for p in posts])


def measured(
    model: Classifier, lessons: int, days: int, tests: Sequence[Post], judged: Sequence[Post]
) -> Point:
    """How `model` does on posts it did not learn from."""
    settings = RouterSettings()
    probabilities = _asked(model, tests)
    truth = [post.label for post in tests]
    result = evaluate(truth, probabilities, model.labels)
    sure = probabilities.max(axis=1) >= settings.threshold
    wrong = [
        model.labels[at] != label
        for at, label in zip(probabilities.argmax(axis=1), truth, strict=True)
    ]
    of_judged = evaluate(
        [post.label for post in judged],
        _asked(model, judged),
        model.labels,
    )
    return Point(
        lessons,
        days,
        result["macro_f1"],
        result["coverage_at_95_precision"],
        float((sure & wrong).mean()),
        float(1 - sure.mean()),
        of_judged["macro_f1"],
    )


def simulate(
    posts: Sequence[Post],
    *,
    judged: Sequence[Post] = (),
    checkpoints: Sequence[int] = CHECKPOINTS,
    encoder: Encoder | None = None,
) -> Iterator[Point]:
    """Live through the days and yield a point at each checkpoint; `judged` are tests of their own.

    Words alone decide without an `encoder`. Ends early when there are too few posts.
    """
    stream, tests = stream_and_tests(posts)
    tests, judged = encoded(tests, encoder), encoded(judged, encoder)
    model = train([], encoder=encoder)
    lessons: list[Post] = []
    days = 0
    yield measured(model, 0, 0, tests, judged)
    for wanted in checkpoints:
        while len(lessons) < wanted and stream:
            today, stream = stream[:A_DAY], stream[A_DAY:]
            lessons += day_of_lessons(model, encoded(today, encoder))
            days += 1
        if len(lessons) < wanted:
            return
        model = train(lessons[:wanted], encoder=encoder)
        yield measured(model, wanted, days, tests, judged)


LINES = (
    ("macro_f1", "macro-F1", "#2a57d4", "", 0),
    ("coverage", "routed at 95 % precision", "#0d6b50", "6 4", 130),
    ("hand_overs", "routed wrong (hand-overs)", "#b3261e", "2 4", 360),
)
WIDTH, HEIGHT, LEFT, TOP = 560, 260, 48, 24


def picture(points: Sequence[Point]) -> str:
    """The curves as an SVG of its own: no browser, no library."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 24} '
        f'{TOP + HEIGHT + 96}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="What lessons bring">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for tenth in range(0, 11, 2):
        y = TOP + HEIGHT * (1 - tenth / 10)
        parts.append(f'<path d="M{LEFT} {y:.0f}h{WIDTH}" stroke="#e1e4ea"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{tenth * 10} %</text>'
        )
    step = WIDTH / max(len(points) - 1, 1)
    for at, point in enumerate(points):
        x = LEFT + at * step
        told = f"{point.lessons}"
        parts.append(
            f'<text x="{x:.0f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{told}</text>'
        )
    middle = LEFT + WIDTH / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{TOP + HEIGHT + 38}" text-anchor="middle">lessons</text>'
    )
    for name, title, colour, dash, place in LINES:
        line = " ".join(
            f"{LEFT + at * step:.1f},{TOP + HEIGHT * (1 - getattr(point, name)):.1f}"
            for at, point in enumerate(points)
        )
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{line}" {style}/>')
        x, y = LEFT + place, TOP + HEIGHT + 66
        parts.append(f'<path d="M{x} {y}h28" {style}/>')
        parts.append(f'<text x="{x + 34}" y="{y + 4}">{title}</text>')
    return "\n".join([*parts, "</svg>", ""])
