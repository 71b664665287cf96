"""Making probabilities honest: how much words count, how much what is meant, and when words do.

Nothing here trains a view; it gets what models said of posts they had not learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from routing.evaluation import coverage
from routing.heads import Head, softmax

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

# Words alone decide where they are right so often on unseen parts. Asking for more costs much and
# gains little: docs/routing.md has the figures.
ENOUGH_PRECISION = 0.9


@dataclass(frozen=True)
class HeldOut:
    """Logits of both views, for each post from models that did not learn from it."""

    words: Floats
    meaning: Floats  # Zeros where there is no vector.


@dataclass(frozen=True)
class Calibration:
    """See `Head`."""

    sharpness: float
    shares: tuple[float, float]
    tilt: Floats | float = 0.0  # Added to the logits of each label.


def calibrate(y: Labels, held_out: HeldOut, weights: Floats) -> Calibration:
    """Find what makes probabilities honest, for words alone and for both views together."""
    labels = range(held_out.words.shape[1])

    def loss(logits: Floats, rows: Any = slice(None)) -> float:
        return float(log_loss(y[rows], softmax(logits), sample_weight=weights[rows], labels=labels))

    sharpness = minimize_scalar(
        lambda s: loss(held_out.words * s), bounds=(0.05, 20), method="bounded"
    ).x
    both = np.flatnonzero(held_out.meaning.any(axis=1))
    if not len(both):
        return Calibration(float(sharpness), (0.0, 0.0))
    words, meaning = held_out.words[both], held_out.meaning[both]
    logarithms = minimize(
        lambda at: loss(np.exp(at[0]) * words + np.exp(at[1]) * meaning, both),
        np.log([sharpness, 1.0]),
        method="Nelder-Mead",
    ).x
    first, second = np.exp(logarithms).tolist()
    return Calibration(float(sharpness), (first, second))


def cascade(calibration: Calibration, y: Labels, held_out: HeldOut) -> tuple[Floats, float]:
    """Logits as the cascade gives them, and the confidence from which words alone decide."""
    logits: Floats = held_out.words * calibration.sharpness + calibration.tilt
    if not held_out.meaning.any():
        return logits, 1.0
    confidence = softmax(logits).max(axis=1)
    _, enough = coverage(confidence, logits.argmax(axis=1) == y, ENOUGH_PRECISION)
    open_ = (confidence < enough) & held_out.meaning.any(axis=1)
    words, meaning = calibration.shares
    logits[open_] = (words * held_out.words + meaning * held_out.meaning + calibration.tilt)[open_]
    return logits, enough


def head_of(
    labels: list[str],
    words: Any,
    meaning: LogisticRegression | None,
    calibration: Calibration,
) -> Head:
    """The calibrated head that answers as these regressions do."""
    # What all labels share decides nothing; without it a weight is a lead over the others.
    table, intercept = _columns(words)
    matrix, offset = _columns(meaning) if meaning is not None else (None, None)
    words_share, meaning_share = calibration.shares
    tilt = calibration.tilt / calibration.sharpness
    if offset is not None:
        # Both views together are tilted as much as words alone.
        offset = offset + tilt * (calibration.sharpness - words_share) / meaning_share
    return Head(
        labels=labels,
        table=_centred(table),
        intercept=intercept + tilt,
        sharpness=calibration.sharpness,
        matrix=matrix if matrix is None else _centred(matrix),
        offset=offset,
        shares=calibration.shares,
    )


def _columns(regression: Any) -> tuple[Floats, Floats]:
    """Weights with a column for each label, also where there are two, and the intercepts."""
    table, intercept = regression.coef_.T, regression.intercept_
    if table.shape[1] == 1:
        return np.hstack((-table / 2, table / 2)), np.hstack((-intercept / 2, intercept / 2))
    return table, intercept


def _centred(table: Floats) -> Vectors:
    return np.ascontiguousarray(table - table.mean(axis=1, keepdims=True), dtype=np.float32)
