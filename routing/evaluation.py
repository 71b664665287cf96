"""How good a set of probabilities is, in the words of `evaluate_router`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PRECISION_WANTED = 0.95
N_BINS = 10


def evaluate(truth: Sequence[str], probabilities: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Compare `probabilities` (a row for each text, a column for each label) with `truth`.

    A true label the model does not know counts as an error, and has a row of its own.
    """
    names = sorted(set(labels) | set(truth))
    guesses = [labels[at] for at in probabilities.argmax(axis=1)] if len(truth) else []
    confidence = probabilities.max(axis=1) if len(truth) else np.zeros(0)
    right = np.array([t == g for t, g in zip(truth, guesses, strict=True)], dtype=bool)
    confusion = {t: dict.fromkeys(names, 0) for t in names}
    for actual, guess in zip(truth, guesses, strict=True):
        confusion[actual][guess] += 1
    per_department = {name: _scores(confusion, name) for name in names}
    scores = [per_department[name]["f1"] for name in names]
    return {
        "n": len(truth),
        "accuracy": _rounded(right.mean() if len(right) else 0.0),
        "macro_f1": _rounded(float(np.mean(scores)) if scores else 0.0),
        "per_department": {
            name: {key: _rounded(value) for key, value in row.items()}
            for name, row in per_department.items()
        },
        "top2_accuracy": _rounded(_top2(truth, probabilities, labels)),
        "coverage_at_95_precision": _rounded(coverage(confidence, right, PRECISION_WANTED)[0]),
        "ece": _rounded(_calibration_error(confidence, right)),
        "confusion": confusion,
    }


def coverage(
    confidence: Floats, right: npt.NDArray[np.bool_], precision: float
) -> tuple[float, float]:
    """Return the largest share of texts that can be routed at `precision`, and the threshold.

    Texts of equal confidence stand or fall together. No share at all: (0, 1).
    """
    if not len(right):
        return 0.0, 1.0
    order = np.argsort(-confidence, kind="stable")
    precisions = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    sorted_confidence = confidence[order]
    last_of_its_kind = np.append(sorted_confidence[1:] < sorted_confidence[:-1], True)
    good = np.flatnonzero((precisions >= precision) & last_of_its_kind)
    if not len(good):
        return 0.0, 1.0
    return float((good[-1] + 1) / len(order)), float(sorted_confidence[good[-1]])


def _scores(confusion: dict[str, dict[str, int]], name: str) -> dict[str, float]:
    hit = confusion[name][name]
    guessed = sum(row[name] for row in confusion.values())
    actual = sum(confusion[name].values())
    return {
        "precision": hit / guessed if guessed else 0.0,
        "recall": hit / actual if actual else 0.0,
        "f1": 2 * hit / (guessed + actual) if guessed + actual else 0.0,
    }


def _top2(truth: Sequence[str], probabilities: Floats, labels: Sequence[str]) -> float:
    if not len(truth):
        return 0.0
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    hits = [t in {labels[at] for at in row} for t, row in zip(truth, best, strict=True)]
    return float(np.mean(hits))


def _calibration_error(confidence: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, over ten bins."""
    if not len(right):
        return 0.0
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(right[bins == at].mean() - confidence[bins == at].mean()) * (bins == at).sum()
        for at in np.unique(bins)
    ]
    return float(sum(gaps) / len(right))


def _rounded(value: float) -> float:
    return round(float(value), 4)
