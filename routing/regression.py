"""The parts scikit-learn lacks: our columns as a matrix, two views, and the regression on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from routing import features
from routing.features import N_COLUMNS, N_WORD_COLUMNS

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

# Chosen by leaving one part of the starter corpus out at a time; see docs/routing.md.
REGULARISATION = 5.0
RATIO_REGULARISATION = 0.5
RATIO_SHARE = 0.5
SIDE_REGULARISATION = 3.0


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
            plain = _regression(REGULARISATION).fit(X, mine, sample_weight=sample_weight)
            scaled = _regression(RATIO_REGULARISATION).fit(
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
    def _ratio(present: csr_matrix, mine: npt.NDArray[np.bool_]) -> Floats:
        inside = np.asarray(present[mine].sum(axis=0)).ravel() + 1.0
        outside = np.asarray(present[~mine].sum(axis=0)).ravel() + 1.0
        ratio: Floats = np.log((inside / inside.sum()) / (outside / outside.sum()))
        return ratio


class OneVsRest(BaseEstimator):  # type: ignore[misc]
    """A logistic regression for each label against all others; quick on many sparse columns."""

    def fit(self, X: csr_matrix, y: Labels, sample_weight: Floats) -> OneVsRest:
        one = _regression(SIDE_REGULARISATION)
        labels = range(int(y.max()) + 1)
        fitted = [clone(one).fit(X, y == label, sample_weight) for label in labels]
        self.coef_ = np.vstack([each.coef_ for each in fitted])
        self.intercept_ = np.concatenate([each.intercept_ for each in fitted])
        return self

    def decision_function(self, X: csr_matrix) -> Floats:
        logits: Floats = X @ self.coef_.T + self.intercept_
        return logits


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(
        C=strength,
        class_weight="balanced",
        solver="liblinear",
        dual=True,
        max_iter=100,
        random_state=0,
    )
