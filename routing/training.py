"""Teaching the classifier, with scikit-learn. Imported only where training happens."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize

from routing import features
from routing.classifier import Classifier, Weights
from routing.evaluation import evaluate
from routing.features import N_COLUMNS, N_WORD_COLUMNS

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

# A text of this group is a hint (a phrase): it teaches, but is no post to count or be tested by.
HINT = ""

# Chosen by leaving one part of the starter corpus out at a time; see docs/routing.md.
REGULARISATION = 5.0
RATIO_REGULARISATION = 0.5
RATIO_SHARE = 0.5


class ColumnCounter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns of `routing.features` as a sparse matrix of counts."""

    def fit(self, _X: Sequence[str], _y: Labels | None = None) -> ColumnCounter:
        return self

    def transform(self, X: Sequence[str]) -> csr_matrix:
        counted = [features.count_columns(reading) for reading in features.chunks(X)]
        posts = [c.post + at * features.CHUNK for at, c in enumerate(counted)]
        return csr_matrix(
            (
                np.concatenate([c.count for c in counted]).astype(np.float32),
                (np.concatenate(posts), np.concatenate([c.column for c in counted])),
            ),
            shape=(len(X), N_COLUMNS),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return True


class TwoViews(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Gives words and characters the same length in every post."""

    def fit(self, _X: csr_matrix, _y: Labels | None = None) -> TwoViews:
        return self

    def transform(self, X: csr_matrix) -> csr_matrix:
        return hstack([normalize(X[:, :N_WORD_COLUMNS]), normalize(X[:, N_WORD_COLUMNS:])]).tocsr()

    def __sklearn_is_fitted__(self) -> bool:
        return True


class RatioRegression(BaseEstimator):  # type: ignore[misc]
    """Logistic regression, averaged with one whose columns are scaled by naive-Bayes ratios.

    Both are linear, so their mean is one table of weights (`coef_`, `intercept_`).
    """

    def fit(
        self, X: csr_matrix, y: Labels, *, present: csr_matrix, sample_weight: Floats
    ) -> RatioRegression:
        """Learn from TF-IDF values `X`; `present` says which columns a text has at all."""
        used = np.flatnonzero(np.asarray(present.sum(axis=0)).ravel())
        X, present = X[:, used], present[:, used]
        n_labels = int(y.max()) + 1
        self.coef_ = np.zeros((n_labels, N_COLUMNS), dtype=np.float32)
        self.intercept_ = np.zeros(n_labels)
        for label in range(n_labels):
            mine = y == label
            ratio = self._ratio(present, mine)
            plain = self._regression(REGULARISATION).fit(X, mine, sample_weight=sample_weight)
            scaled = self._regression(RATIO_REGULARISATION).fit(
                X.multiply(ratio).tocsr(), mine, sample_weight=sample_weight
            )
            self.coef_[label, used] = (1 - RATIO_SHARE) * plain.coef_[0] + RATIO_SHARE * (
                scaled.coef_[0] * ratio
            )
            self.intercept_[label] = (1 - RATIO_SHARE) * plain.intercept_[0] + (
                RATIO_SHARE * scaled.intercept_[0]
            )
        return self

    def decision_function(self, X: csr_matrix) -> Floats:
        logits: Floats = X @ self.coef_.T + self.intercept_
        return logits

    @staticmethod
    def _regression(strength: float) -> LogisticRegression:
        return LogisticRegression(
            C=strength,
            class_weight="balanced",
            solver="liblinear",
            dual=True,
            max_iter=100,
            random_state=0,
        )

    @staticmethod
    def _ratio(present: csr_matrix, mine: npt.NDArray[np.bool_]) -> Floats:
        inside = np.asarray(present[mine].sum(axis=0)).ravel() + 1.0
        outside = np.asarray(present[~mine].sum(axis=0)).ravel() + 1.0
        ratio: Floats = np.log((inside / inside.sum()) / (outside / outside.sum()))
        return ratio


@dataclass(frozen=True)
class _Material:
    counts: csr_matrix
    y: Labels
    weights: Floats
    groups: npt.NDArray[np.str_]


def _fit(material: _Material, rows: npt.NDArray[np.intp]) -> tuple[Pipeline, RatioRegression]:
    """Fit on the posts among `rows` and on every hint."""
    hints = np.flatnonzero(material.groups == HINT)
    tfidf = Pipeline(
        [("tfidf", TfidfTransformer(norm=None, sublinear_tf=True)), ("views", TwoViews())]
    ).fit(material.counts[rows])
    counts = vstack([material.counts[rows], material.counts[hints]]).tocsr()
    present = counts.copy()
    present.data[:] = 1
    chosen = np.concatenate((rows, hints))
    with warnings.catch_warnings():
        # The last digits of the weights make no difference to a decision.
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression = RatioRegression().fit(
            tfidf.transform(counts),
            material.y[chosen],
            present=present,
            sample_weight=material.weights[chosen],
        )
    return tfidf, regression


def _held_out_logits(material: _Material, posts: npt.NDArray[np.intp]) -> Floats:
    """Logits for each post from a model that never saw its group.

    A group is written by another hand than the next, as the posts of a page will be: testing
    across groups gives honest probabilities where shuffling would flatter.
    """
    y, groups = material.y[posts], material.groups[posts]
    if len(set(groups.tolist())) > 1:
        folds = LeaveOneGroupOut().split(posts, y, groups)
    else:
        folds = StratifiedKFold(5, shuffle=True, random_state=0).split(posts, y)
    logits = np.zeros((len(posts), int(material.y.max()) + 1))
    for train_rows, test_rows in folds:
        tfidf, regression = _fit(material, posts[train_rows])
        X = tfidf.transform(material.counts[posts[test_rows]])
        logits[test_rows] = regression.decision_function(X)
    return logits


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    normalised: Floats = powers / powers.sum(axis=1, keepdims=True)
    return normalised


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    groups: Sequence[str] | None = None,
) -> Classifier:
    """Return a calibrated classifier and, in its `info["metrics"]`, how it does on unseen groups.

    `groups` names where each text comes from; texts of the group `HINT` teach without being
    counted as posts. At least two labels with five posts each are needed (`ValueError`).
    """
    names = sorted(set(labels))
    material = _Material(
        counts=ColumnCounter().transform(texts),
        y=np.array([names.index(label) for label in labels]),
        weights=np.asarray(weights if weights is not None else np.ones(len(texts)), dtype=float),
        groups=np.array(groups if groups is not None else ["posts"] * len(texts)),
    )
    posts = np.flatnonzero(material.groups != HINT)
    if len(names) < 2 or min(np.bincount(material.y[posts], minlength=len(names))) < 5:
        raise ValueError("Training needs at least two departments with five posts each.")

    held_out = _held_out_logits(material, posts)
    sharpness = float(
        minimize_scalar(
            lambda s: log_loss(material.y[posts], _softmax(held_out * s), labels=range(len(names))),
            bounds=(0.05, 20),
            method="bounded",
        ).x
    )
    tfidf, regression = _fit(material, posts)
    # What all labels share decides nothing; without it a weight is a lead over the others.
    table = regression.coef_.T - regression.coef_.mean(axis=0)[:, None]
    probabilities = _softmax(held_out * sharpness)
    truth = [labels[at] for at in posts.tolist()]
    info: dict[str, Any] = {
        "n_texts": len(texts),
        "metrics": evaluate(truth, probabilities, names),
    }
    return Classifier(
        labels=names,
        weights=Weights(
            idf=tfidf["tfidf"].idf_.astype(np.float32),
            table=np.ascontiguousarray(table),
            intercept=regression.intercept_,
            sharpness=sharpness,
        ),
        info=info,
    )
