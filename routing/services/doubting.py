"""Which labels of imported history look wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing import classifier as classifiers
from routing.corpus import LESSONS
from routing.models import RouterSettings
from routing.services.corpus import FEWEST_LESSONS, starter_examples

FOLDS = 3
MOST_CHECKED = 10_000  # Beyond it the rest is taken as it is.


@dataclass(frozen=True, slots=True)
class Doubt:
    """The answer at `place` looks wrong: a model taught by the others would say `likely`."""

    place: int
    given: str
    likely: str
    probability: float  # Of the label that was given.


def doubtful(texts: Sequence[str], labels: Sequence[str]) -> list[Doubt]:
    """The answers that a model taught by all others would not give, the least likely first.

    Confident learning (Northcutt et al. 2021): a label is doubted when another one's probability
    reaches that label's own mean among the texts it was given to. Takes three trainings.
    """
    counts = Counter(labels)
    known = {e.label for e in starter_examples() if e.label}
    places = [
        at
        for at, label in enumerate(labels)
        if label in known or counts[label] >= FOLDS * FEWEST_LESSONS
    ][:MOST_CHECKED]
    if len(places) < FOLDS:
        return []
    names, probabilities = _out_of_fold([texts[p] for p in places], [labels[p] for p in places])
    given = np.array([names.index(labels[p]) for p in places])
    of_given = probabilities[np.arange(len(places)), given]
    means = [
        float(of_given[given == at].mean()) if (given == at).any() else 1.0
        for at in range(len(names))
    ]
    reached = np.where(probabilities >= np.array(means), probabilities, 0.0)
    likely = reached.argmax(axis=1)
    doubts = [
        Doubt(place, names[given[at]], names[likely[at]], float(of_given[at]))
        for at, place in enumerate(places)
        if reached[at, likely[at]] > 0 and likely[at] != given[at]
    ]
    return sorted(doubts, key=lambda doubt: doubt.probability)


def _out_of_fold(
    texts: Sequence[str], labels: Sequence[str]
) -> tuple[list[str], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Probabilities of each text from a model that never saw it."""
    weight = (RouterSettings.objects.filter(pk=1).first() or RouterSettings()).lesson_weight
    starter = starter_examples()
    names = sorted({*labels, *(e.label for e in starter)} - {""})
    # Every label is spread evenly, so that each is in every fold's teaching part.
    order = sorted(range(len(labels)), key=lambda at: (labels[at], at))
    fold = np.empty(len(labels), dtype=int)
    fold[order] = np.arange(len(labels)) % FOLDS
    probabilities = np.zeros((len(texts), len(names)))
    for number in range(FOLDS):
        inside = [at for at in range(len(texts)) if fold[at] != number]
        outside = [at for at in range(len(texts)) if fold[at] == number]
        model = classifiers.train(
            [*(e.text for e in starter), *(texts[at] for at in inside)],
            [*(e.label for e in starter), *(labels[at] for at in inside)],
            weights=[*(e.weight for e in starter), *([weight] * len(inside))],
            # As few parts to calibrate on as can be: only the order of probabilities matters.
            groups=[*(e.group and "starter" for e in starter), *([LESSONS] * len(inside))],
        )
        columns = [names.index(label) for label in model.labels]
        found = model.predict_proba([texts[at] for at in outside])
        probabilities[np.ix_(outside, columns)] = found
    return names, probabilities
