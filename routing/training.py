"""Teaching the classifier, with scikit-learn. Imported only where training happens."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from routing import tone
from routing.calibration import Calibration, HeldOut, calibrate, cascade, head_of
from routing.classifier import Classifier, Weights
from routing.corpus import HINT, LESSONS, PAGE_SHARES
from routing.encoder import Encoder, unpack
from routing.evaluation import evaluate
from routing.features import N_WORD_COLUMNS
from routing.heads import Head, softmax
from routing.phrasebook import words_of
from routing.regression import (
    ColumnCounter,
    OneVsRest,
    RatioRegression,
    TwoViews,
)

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

# Chosen by leaving one part of the starter corpus out at a time; see docs/routing.md.
MEANING_REGULARISATION = 1.0
# A text whose tone a person named, beside one whose topic suggests a tone.
TONE_WEIGHT = 5.0
# Real posts are further from written ones than one writer's from another's: so much less do words
# count, and so much more what is meant, while no lesson of the page has confirmed them.
STRANGERS = (0.85, 1.2)
# Topics are told by fewer columns: hashed words, folded again.
N_TOPIC_COLUMNS = 1 << 15
SIDE_FOLDS = 4


@dataclass(frozen=True)
class _Material:
    counts: csr_matrix
    vectors: Vectors  # A row of zeros where there is none.
    y: Labels
    weights: Floats
    groups: npt.NDArray[np.str_]

    @property
    def has_vector(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.vectors.any(axis=1))


@dataclass(frozen=True)
class _SideQuestions:
    """What else is known of each text; "" where it is not."""

    texts: Sequence[str]
    topics: Sequence[str] | None
    sentiments: Sequence[str] | None


@dataclass(frozen=True)
class _Fitted:
    """Both views, as one fit made them: logits not yet calibrated."""

    tfidf: Pipeline
    words: RatioRegression
    meaning: LogisticRegression | None


def _fit(material: _Material, rows: npt.NDArray[np.intp]) -> _Fitted:
    """Fit on the posts among `rows` and on every hint."""
    hints = np.flatnonzero((material.groups == HINT) & (material.y >= 0))
    tfidf = Pipeline(
        [("tfidf", TfidfTransformer(norm=None, sublinear_tf=True)), ("views", TwoViews())]
    ).fit(material.counts[rows])
    chosen = np.concatenate((rows, hints))
    counts = material.counts[chosen]
    present = counts.copy()
    present.data[:] = 1
    with _plainly():
        words = RatioRegression().fit(
            tfidf.transform(counts),
            material.y[chosen],
            present=present,
            sample_weight=material.weights[chosen],
        )
        meant = chosen[material.has_vector[chosen]]
        meaning = None
        if len(set(material.y[meant].tolist())) == int(material.y.max()) + 1:
            meaning = _meaning_regression()
            meaning.fit(material.vectors[meant], material.y[meant], material.weights[meant])
    return _Fitted(tfidf, words, meaning)


@contextmanager
def _plainly() -> Iterator[None]:
    """Fit on one core and without complaints about last digits, which change no decision.

    Matrices as small as these take several threads ten times longer than one: they wait for each
    other, and on a busy machine for everybody else.
    """
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _meaning_regression() -> LogisticRegression:
    return LogisticRegression(C=MEANING_REGULARISATION, class_weight="balanced", max_iter=200)


def _folds(y: Labels, groups: npt.NDArray[np.str_]) -> Labels:
    """The fold each post is tested in.

    A group is written by another hand than the next, as the posts of a page will be: testing
    across groups gives honest probabilities where shuffling would flatter. Lessons are of the
    very page, so they are dealt out over the folds.
    """
    hands = sorted(set(groups.tolist()) - {LESSONS})
    n_folds = len(hands) if len(hands) > 1 else 5
    fold = np.zeros(len(y), dtype=np.intp)
    for label in range(int(y.max()) + 1):
        mine = np.flatnonzero(y == label)
        fold[mine] = np.random.default_rng(label).permutation(len(mine)) % n_folds
    if len(hands) > 1:
        for number, hand in enumerate(hands):
            fold[groups == hand] = number
    return fold


def _held_out(material: _Material, posts: npt.NDArray[np.intp]) -> HeldOut:
    """Logits of both views for each post, from models that did not learn from it."""
    fold = _folds(material.y[posts], material.groups[posts])
    words = np.zeros((len(posts), int(material.y.max()) + 1))
    meaning = np.zeros_like(words)
    for number in range(int(fold.max()) + 1):
        tested = np.flatnonzero(fold == number)
        fitted = _fit(material, posts[fold != number])
        X = fitted.tfidf.transform(material.counts[posts[tested]])
        words[tested] = fitted.words.decision_function(X)
        meant = tested[material.has_vector[posts[tested]]]
        if fitted.meaning is not None and len(meant):
            meaning[meant] = _logits(fitted.meaning, material.vectors[posts[meant]])
    return HeldOut(words, meaning)


def _logits(regression: LogisticRegression, X: Any) -> Floats:
    """One column for each label, also where there are two."""
    found: Floats = regression.decision_function(X)
    return np.column_stack((-found / 2, found / 2)) if found.ndim == 1 else found


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    groups: Sequence[str] | None = None,
    vectors: Sequence[bytes] | None = None,
    topics: Sequence[str] | None = None,
    sentiments: Sequence[str] | None = None,
    encoder: Encoder | None = None,
) -> Classifier:
    """Return a calibrated classifier and, in its `info["metrics"]`, how it does on unseen groups.

    A label may be "" where only topic or sentiment is known; topics and sentiments may be "" too.
    `groups` names where each text comes from; texts of the group `HINT` teach without being
    counted as posts, those of the group `LESSONS` are of the page itself. `vectors` are what
    verdicts kept (b"" where there is none); with `encoder` what is missing is encoded. At least
    two labels with five posts each are needed (`ValueError`).
    """
    names = sorted(set(labels) - {""})
    material = _Material(
        counts=ColumnCounter().transform(texts),
        vectors=_vectors(texts, vectors, encoder),
        y=np.array([names.index(label) if label else -1 for label in labels]),
        weights=np.asarray(weights if weights is not None else np.ones(len(texts)), dtype=float),
        groups=np.array(groups if groups is not None else ["posts"] * len(texts)),
    )
    posts = np.flatnonzero((material.groups != HINT) & (material.y >= 0))
    if len(names) < 2 or min(np.bincount(material.y[posts], minlength=len(names))) < 5:
        raise ValueError("Training needs at least two departments with five posts each.")

    side = _SideQuestions(texts, topics, sentiments)
    learned, logits = _learn(material, posts, names, side, encoder)
    metrics = evaluate([labels[at] for at in posts.tolist()], softmax(logits), names)
    info: dict[str, Any] = {"n_texts": len(texts), "metrics": metrics}
    return Classifier(weights=learned, info=info, encoder=encoder if learned.encoder else None)


def _learn(
    material: _Material,
    posts: npt.NDArray[np.intp],
    names: list[str],
    side: _SideQuestions,
    encoder: Encoder | None,
) -> tuple[Weights, Floats]:
    """All weights, and the logits of `posts` from models that did not learn from them."""
    held_out = _held_out(material, posts)
    fitted = _fit(material, posts)
    calibration = _calibrate_departments(material, posts, held_out, names)
    logits, enough = cascade(calibration, material.y[posts], held_out)
    topic_columns = fitted.tfidf.transform(material.counts)[:, :N_WORD_COLUMNS]
    alike = np.ones(len(side.texts))
    learned = Weights(
        idf=fitted.tfidf["tfidf"].idf_.astype(np.float32),
        department=head_of(names, fitted.words, fitted.meaning, calibration),
        topic=_side(side.topics, _folded(topic_columns), material.vectors, alike),
        sentiment=_side(
            side.sentiments,
            _tone_columns(side.texts),
            material.vectors,
            np.where(material.y < 0, TONE_WEIGHT, 1.0),
            is_certain=material.y < 0,
        ),
        encoder=encoder.fingerprint if encoder and fitted.meaning is not None else "",
        enough=enough,
    )
    return learned, logits


def _vectors(
    texts: Sequence[str], kept: Sequence[bytes] | None, encoder: Encoder | None
) -> Vectors:
    """A row for each text: what was kept, what `encoder` makes of it, or zeros."""
    kept = kept if kept is not None else [b""] * len(texts)
    known = {at: unpack(vector) for at, vector in enumerate(kept) if vector}
    missing = [at for at in range(len(texts)) if at not in known]
    encoded = encoder.encode([texts[at] for at in missing]) if encoder and missing else None
    rows = [*known.values(), *(encoded if encoded is not None else ())]
    vectors = np.zeros((len(texts), len(rows[0]) if rows else 1), dtype=np.float32)
    for at, vector in known.items():
        vectors[at] = vector
    if encoded is not None:
        vectors[missing] = encoded
    return vectors


def _calibrate_departments(
    material: _Material, posts: npt.NDArray[np.intp], held_out: HeldOut, names: Sequence[str]
) -> Calibration:
    """Each part of the corpus is one hand, whatever its posts weigh; lessons weigh what they do."""
    weights = np.maximum(material.weights[posts], 1.0)
    found = calibrate(material.y[posts], held_out, weights)
    of_starter = 1 - weights[material.groups[posts] == LESSONS].sum() / weights.sum()
    first, second = (1 + (factor - 1) * float(of_starter) for factor in STRANGERS)
    heard = np.array([PAGE_SHARES.get(name, 1 / len(names)) for name in names])
    return Calibration(
        found.sharpness * first,
        (found.shares[0] * first, found.shares[1] * second),
        np.log(heard * len(names)) * of_starter,
    )


def _side(
    answers: Sequence[str] | None,
    X: csr_matrix,
    vectors: Vectors,
    weights: Floats,
    *,
    is_certain: npt.NDArray[np.bool_] | None = None,
) -> Head | None:
    """A head for another question, taught by the texts of which the answer is known.

    Where some answers are certain and others a guess, only the former calibrate.
    """
    times = Counter(answers or ())
    # What was said too seldom to be tested cannot be told.
    names = sorted(name for name, count in times.items() if name and count >= SIDE_FOLDS)
    if answers is None or len(names) < 2:
        return None
    known = np.flatnonzero([answer in names for answer in answers])
    y = np.array([names.index(answers[at]) for at in known.tolist()])
    X, V, W = X[known], vectors[known], weights[known]
    held_out = HeldOut(np.zeros((len(y), len(names))), np.zeros((len(y), len(names))))
    folds = StratifiedKFold(SIDE_FOLDS, shuffle=True, random_state=0)
    for train_rows, test_rows in folds.split(X, y):
        words, meaning = _side_fit(X[train_rows], V[train_rows], y[train_rows], W[train_rows])
        held_out.words[test_rows] = _logits(words, X[test_rows])
        if meaning is not None:
            held_out.meaning[test_rows] = _logits(meaning, V[test_rows])
    words, meaning = _side_fit(X, V, y, W)
    if is_certain is not None and is_certain[known].any():
        W = np.where(is_certain[known], W, 0.0)
    return head_of(names, words, meaning, calibrate(y, held_out, W))


def _side_fit(
    X: csr_matrix, vectors: Vectors, y: Labels, weights: Floats
) -> tuple[OneVsRest, LogisticRegression | None]:
    with _plainly():
        words = OneVsRest().fit(X, y, weights)
        if not vectors.any():
            return words, None
        meaning = _meaning_regression().fit(vectors, y, weights)
    return words, meaning


def _folded(X: csr_matrix) -> csr_matrix:
    """The columns of `X`, put together as a head with `N_TOPIC_COLUMNS` rows does."""
    found = X.tocoo()
    shape = (X.shape[0], N_TOPIC_COLUMNS)
    return csr_matrix((found.data, (found.row, found.col % N_TOPIC_COLUMNS)), shape=shape)


def _tone_columns(texts: Sequence[str]) -> csr_matrix:
    post, column, value = tone.columns_of(texts, [words_of(text) for text in texts])
    return csr_matrix((value, (post, column)), shape=(len(texts), tone.N_COLUMNS))
