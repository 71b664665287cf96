"""The first hour: a person answers the posts that teach the router most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils import timezone

from accounts.models import Department, User
from routing import choosing, queries
from routing.models import Decision, FirstHour, Lesson
from routing.services.learning import learn, unlearn
from routing.services.training import request_training

GOAL = 100
TRAIN_AT = (25, 50, 100)
STRIDE = 25  # Posts chosen at once; then the router has learned, and others are worth asking.
N_BINS = 10
# The router's own confidence counts as much as this many answers in each bin.
TRUST = 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that could be asked about; `key` is the caller's own name for it."""

    key: int
    text: str
    vector: bytes = b""


@transaction.atomic
def begin(*, by: User) -> FirstHour:
    """Return the first hour that `by` is in, or a new one."""
    hour, _created = FirstHour.objects.get_or_create(by=by, finished_at=None)
    return hour


@transaction.atomic
def plan(*, hour: FirstHour, candidates: Sequence[Candidate]) -> FirstHour:
    """Choose what to ask next among `candidates`, with the model in charge."""
    known = queries.snapshot()
    asked = set(hour.asked)
    candidates = [c for c in candidates if c.key not in asked and c.text.strip()]
    hour.model_version = known.model_version
    hour.queue, hour.pool = [], []
    if candidates:
        texts = [candidate.text for candidate in candidates]
        probabilities = _probabilities(known, texts)
        places = choosing.places_of(texts, [candidate.vector for candidate in candidates])
        rng = np.random.default_rng(hour.pk)
        rows = choosing.choose(probabilities, places, n=STRIDE, rng=rng)
        hour.queue = [candidates[row].key for row in rows]
        hour.pool = _pool(probabilities.max(axis=1))
    if hour.pool and not hour.curve:
        hour.curve = [{"n": 0, "accuracy": estimate(hour)}]
    hour.save()
    return hour


def is_plan_old(hour: FirstHour) -> bool:
    """Whether there is nothing left to ask, or another model took charge since it was chosen."""
    return not hour.queue or hour.model_version != queries.snapshot().model_version


@transaction.atomic
def answer(
    *,
    hour: FirstHour,
    key: int,
    text: str,
    to: Department | None,
    came_from: Department | None = None,
    decision: Decision | None = None,
    language: str = "",
) -> FirstHour:
    """Take the answer to the post `key` (None: spam); asks for a training at 25, 50 and 100.

    An answer to a post that was not asked, or was answered already, is left out.
    """
    hour = FirstHour.objects.select_for_update().get(pk=hour.pk)
    if key not in hour.queue or hour.finished_at:
        return hour
    guess, confidence = _guess(text)
    lesson = learn(
        text=text,
        to=to,
        by=hour.by,
        source=Lesson.Source.FIRST_HOUR,
        came_from=came_from,
        decision=decision,
        language=language,
    )
    _move_on(hour, key)
    if lesson is not None:
        told = {"key": key, "lesson": lesson.pk, "label": lesson.label, "guess": guess}
        hour.answers.append(
            told | {"confidence": confidence, "model": queries.snapshot().model_version}
        )
        hour.curve.append({"n": len(hour.answers), "accuracy": estimate(hour)})
        if len(hour.answers) in TRAIN_AT:
            request_training(by=hour.by)
        if len(hour.answers) >= GOAL:
            hour.finished_at = timezone.now()
    hour.save()
    return hour


@transaction.atomic
def skip(*, hour: FirstHour, key: int) -> FirstHour:
    """Do not ask about the post `key` any more."""
    hour = FirstHour.objects.select_for_update().get(pk=hour.pk)
    if key in hour.queue:
        _move_on(hour, key)
        hour.save()
    return hour


@transaction.atomic
def take_back(*, hour: FirstHour) -> FirstHour:
    """Take the last answer back; its post is asked next."""
    hour = FirstHour.objects.select_for_update().get(pk=hour.pk)
    if hour.answers and not hour.finished_at:
        last = hour.answers.pop()
        unlearn(lesson_ids=[last["lesson"]], by=hour.by)
        hour.curve = [point for point in hour.curve if point["n"] <= len(hour.answers)]
        hour.asked = [key for key in hour.asked if key != last["key"]]
        hour.queue = [last["key"], *hour.queue]
        hour.save()
    return hour


def finish(*, hour: FirstHour) -> None:
    """End it before the last post; what was answered stays, and is learned."""
    ended = FirstHour.objects.filter(pk=hour.pk, finished_at=None)
    if ended.update(finished_at=timezone.now()) and hour.answers:
        request_training(by=hour.by)


def estimate(hour: FirstHour) -> float:
    """The share of this page's posts that the model in charge would get right, estimated.

    Posts are asked because they are hard, so that counting right answers would mislead: in each
    tenth of confidence the answers since the model took charge are joined with its own (calibrated)
    confidence, and the tenths weigh as much as they hold of all posts.
    """
    right: dict[int, int] = defaultdict(int)
    given: dict[int, int] = defaultdict(int)
    for told in hour.answers:
        if told["model"] == hour.model_version:
            at = _bin(told["confidence"])
            given[at] += 1
            right[at] += told["guess"] == told["label"]
    pool: list[tuple[float, float]] = hour.pool
    return sum(
        share * (right[at] + TRUST * confidence) / (given[at] + TRUST)
        for at, (share, confidence) in enumerate(pool)
    )


def _probabilities(known: queries.Snapshot, texts: list[str]) -> npt.NDArray[np.float64]:
    """What the model in charge says; the same about all posts when there is none."""
    if known.classifier is None:
        return np.full((len(texts), 2), 0.5)
    return known.classifier.predict_proba(texts)


def _guess(text: str) -> tuple[str, float]:
    known = queries.snapshot()
    if known.classifier is None:
        return "", 0.0
    row = known.classifier.predict_proba([text])[0]
    return known.classifier.labels[int(row.argmax())], float(row.max())


def _pool(confidence: npt.NDArray[np.float64]) -> list[Any]:
    """The share of posts in each tenth of confidence, and their mean confidence."""
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    found = []
    for at in range(N_BINS):
        mine = confidence[bins == at]
        found.append([len(mine) / len(confidence), float(mine.mean()) if len(mine) else 0.0])
    return found


def _bin(confidence: float) -> int:
    return min(int(confidence * N_BINS), N_BINS - 1)


def _move_on(hour: FirstHour, key: int) -> None:
    hour.queue = [other for other in hour.queue if other != key]
    hour.asked = [*hour.asked, key]
