"""Which department a text is for, how sure that is, and which words say so.

scikit-learn trains (`routing.training`); what it learned is a few tables of weights, and numpy
alone answers with them, so that a web process carries neither scikit-learn nor SciPy (110 MB less).

The words of a post are looked at first. Where they leave it open and there is an encoder, its
meaning is looked at too: a sentence vector costs fifty times what the words cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from routing import features, tone
from routing.corpus import DEPARTMENT_OF
from routing.encoder import Encoder, pack, unpack
from routing.features import N_WORD_COLUMNS, Columns, Reading
from routing.heads import Head, softmax
from routing.model_file import (
    MAGIC,
    ModelBrokenError,
    ModelError,
    ModelMissingError,
    ModelOutdatedError,
    read,
    sklearn_version,
    write,
)
from routing.phrasebook import words_of
from routing.spam import spam_of
from routing.urgency import urgency_of

__all__ = [
    "MAGIC",
    "Classifier",
    "ModelBrokenError",
    "ModelError",
    "ModelMissingError",
    "ModelOutdatedError",
    "Verdict",
    "Weights",
    "sklearn_version",
    "train",
]

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]
Reason = tuple[str, float]

N_REASONS = 5


class Verdict(NamedTuple):
    """What the classifier thinks of one text."""

    label: str
    confidence: float
    probabilities: dict[str, float]
    runner_up: str
    reasons: list[Reason]  # Words and phrases, the weightiest first, all speaking for `label`.
    topic: str = ""
    topic_confidence: float = 0.0
    sentiment: str = ""  # negative, neutral or positive; "" when it cannot be told.
    urgency: int = 0  # 0 to 3.
    urgency_cues: Sequence[str] = ()
    spam: str = ""  # Why it looks like spam; "" when it does not.
    vector: bytes = b""  # The sentence vector as 16-bit floats; nothing without an encoder.


@dataclass(frozen=True, slots=True)
class Weights:
    """What training learned."""

    idf: Table  # One for each column of `features`.
    department: Head
    topic: Head | None = None
    sentiment: Head | None = None
    encoder: str = ""  # The fingerprint of the encoder whose vectors it learned from.
    enough: float = 1.0  # From this confidence on, words alone decide.


@dataclass(frozen=True, slots=True)
class _Judged:
    """A chunk of posts as the classifier sees it."""

    texts: Sequence[str]
    reading: Reading
    columns: Columns
    values: Table
    probabilities: Floats  # Of the departments.
    met: npt.NDArray[np.intp]  # The posts whose meaning was looked at …
    vectors: Table  # … and their vectors.


class Classifier:
    """Answers with trained `weights`. Safe to share between threads: nothing in it changes."""

    def __init__(
        self,
        *,
        weights: Weights,
        info: dict[str, Any] | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self.weights = weights
        self.labels = list(weights.department.labels)
        self.info = dict(info or {})
        self.encoder = encoder
        topics = weights.topic.labels if weights.topic else []
        homes = [DEPARTMENT_OF.get(topic) for topic in topics]
        # A page may have no department for a topic: then only the topic's own head speaks.
        self._homes = [self.labels.index(home) if home in self.labels else -1 for home in homes]

    def with_encoder(self, encoder: Encoder) -> Classifier:
        """The same classifier, looking at meaning too.

        Raises `ValueError` when it learned from another encoder's vectors.
        """
        if encoder.fingerprint != self.weights.encoder:
            raise ValueError("The model in charge learned from another encoder: train again.")
        return Classifier(weights=self.weights, info=self.info, encoder=encoder)

    def light(self) -> Classifier:
        """The same classifier, looking at words alone."""
        return Classifier(weights=self.weights, info=self.info)

    def predict_proba(self, texts: Sequence[str], vectors: Sequence[bytes] | None = None) -> Floats:
        """Return one row of probabilities for each text, in the order of `labels`.

        `vectors` are those that earlier verdicts kept, b"" where there is none; what is missing
        and needed is encoded. Raises `EncoderError`.
        """
        rows = [judged.probabilities for judged in self._chunks(texts, vectors)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.labels)))

    def classify(
        self,
        texts: Sequence[str],
        vectors: Sequence[bytes] | None = None,
        *,
        n_reasons: int = N_REASONS,
    ) -> list[Verdict]:
        """Return a verdict with reasons for each text. Raises `EncoderError`."""
        return [
            verdict
            for judged in self._chunks(texts, vectors)
            for verdict in self._verdicts(judged, n_reasons)
        ]

    def explain(self, text: str, department: str, *, n_reasons: int = N_REASONS) -> list[Reason]:
        """Return the words that speak for `department` in `text`, the weightiest first.

        Raises `ValueError` when the model knows no such department.
        """
        label = np.array([self.labels.index(department)])
        # Reasons are words; what the text means changes none of them.
        judged = self._judge(features.read([text]), [text], None, is_light=True)
        return self._reasons(judged, label, n_reasons)[0]

    def _chunks(self, texts: Sequence[str], vectors: Sequence[bytes] | None) -> list[_Judged]:
        judged = []
        for number, reading in enumerate(features.chunks(texts)):
            part = slice(number * features.CHUNK, (number + 1) * features.CHUNK)
            judged.append(self._judge(reading, texts[part], vectors[part] if vectors else None))
        return judged

    def _judge(
        self,
        reading: Reading,
        texts: Sequence[str],
        vectors: Sequence[bytes] | None,
        *,
        is_light: bool = False,
    ) -> _Judged:
        columns = features.count_columns(reading)
        values = columns.damped() * self.weights.idf.take(columns.column)
        # Words and characters are two views of a text, each of length one.
        view = columns.post * 2 + (columns.column >= N_WORD_COLUMNS)
        squares = np.bincount(view, weights=values * values, minlength=2 * reading.n_posts)
        values /= np.sqrt(squares).astype(np.float32)[view]
        head = self.weights.department
        words = head.words(columns.post, columns.column, values, reading.n_posts)
        logits = head.alone(words)
        probabilities = softmax(logits)
        is_open = probabilities.max(axis=1) < self.weights.enough
        open_ = (is_open & (not is_light)).nonzero()[0]
        met, found = self._vectors(texts, vectors, open_)
        if len(met):
            probabilities[met] = softmax(head.together(words[met], found))
        return _Judged(texts, reading, columns, values, probabilities, met, found)

    def _vectors(
        self, texts: Sequence[str], vectors: Sequence[bytes] | None, wanted: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.intp], Table]:
        """The vectors of the posts `wanted`, as far as there are any, and whose they are."""
        matrix = self.weights.department.matrix
        has_any = self.encoder is not None or vectors is not None
        if matrix is None or not has_any or not len(wanted):
            return wanted[:0], np.zeros((0, 0), dtype=np.float32)
        kept = {at: vectors[at] for at in wanted.tolist() if vectors and vectors[at]}
        missing = [at for at in wanted.tolist() if at not in kept]
        found = np.zeros((len(texts), len(matrix)), dtype=np.float32)
        for at, vector in kept.items():
            found[at] = unpack(vector)
        if missing and self.encoder:
            # As it will be kept: what is decided now must be decided again from what is kept.
            encoded = self.encoder.encode([texts[at] for at in missing])
            found[missing] = encoded.astype("<f2")
        elif missing:
            wanted = np.array(sorted(kept), dtype=np.intp)
        return wanted, found[wanted]

    def _verdicts(self, judged: _Judged, n_reasons: int) -> list[Verdict]:
        probabilities = judged.probabilities
        order = np.argsort(-probabilities, axis=1, kind="stable")
        reasons = self._reasons(judged, order[:, 0], n_reasons)
        words = [words_of(text) for text in judged.texts]
        topics, sentiments = self._topics(judged), self._sentiments(judged, words)
        vectors = dict(zip(judged.met.tolist(), judged.vectors, strict=True))
        rows = np.round(probabilities, 4).tolist()
        verdicts = []
        for at, (ranked, row) in enumerate(zip(order.tolist(), rows, strict=True)):
            urgency, cues = urgency_of(words[at])
            verdicts.append(
                Verdict(
                    label=self.labels[ranked[0]],
                    confidence=row[ranked[0]],
                    probabilities=dict(zip(self.labels, row, strict=True)),
                    runner_up=self.labels[ranked[1]] if len(ranked) > 1 else "",
                    reasons=reasons[at],
                    topic=topics[at][0],
                    topic_confidence=topics[at][1],
                    sentiment=sentiments[at],
                    urgency=urgency,
                    urgency_cues=cues,
                    spam=spam_of(judged.texts[at], words[at]),
                    vector=pack(vectors[at]) if at in vectors else b"",
                )
            )
        return verdicts

    def _topics(self, judged: _Judged) -> list[tuple[str, float]]:
        """The likeliest topic of each post, and how likely it is.

        What is known of its department counts as much as what its own head says: among 43 topics
        the words of a post tell less well apart than among a few departments.
        """
        head = self.weights.topic
        if head is None:
            return [("", 0.0)] * judged.reading.n_posts
        columns = judged.columns
        mine = columns.column < N_WORD_COLUMNS
        told = self._answers(
            head, judged, columns.post[mine], columns.column[mine], judged.values[mine]
        )
        departments = np.full((len(told), len(self.labels) + 1), 1 / len(self.labels))
        departments[:, :-1] = judged.probabilities
        probabilities = told * departments[:, self._homes]
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        best = probabilities.argmax(axis=1).tolist()
        return [
            (head.labels[at], round(float(row[at]), 4))
            for at, row in zip(best, probabilities, strict=True)
        ]

    def _sentiments(self, judged: _Judged, words: Sequence[Sequence[str]]) -> list[str]:
        head = self.weights.sentiment
        if head is None:
            return [""] * len(words)
        post, column, value = tone.columns_of(judged.texts, words)
        best = self._answers(head, judged, post, column, value).argmax(axis=1)
        return [head.labels[at] for at in best.tolist()]

    def _answers(
        self,
        head: Head,
        judged: _Judged,
        post: npt.NDArray[np.int64],
        column: npt.NDArray[np.int64],
        value: Table,
    ) -> Floats:
        """The probabilities of a head's labels, by the words and what is known of the meaning."""
        words = head.words(post, column, value, judged.reading.n_posts)
        logits = head.alone(words)
        if len(judged.met):
            logits[judged.met] = head.together(words[judged.met], judged.vectors)
        return softmax(logits)

    def _reasons(
        self, judged: _Judged, label: npt.NDArray[np.intp], n_reasons: int
    ) -> list[list[Reason]]:
        """For each post the words that speak for its label more than for the others."""
        reading, columns = judged.reading, judged.columns
        n_words = len(reading.word_start)
        if not n_words:
            return [[] for _ in range(reading.n_posts)]
        head = self.weights.department
        # The rows of the table add up to nothing, so a weight is a lead over the other labels.
        cell = columns.column * head.table.shape[1] + label[columns.post]
        lead = head.table.ravel().take(cell, mode="wrap") * judged.values
        shares = np.repeat(lead * head.sharpness / columns.count, columns.count)
        # A pair's weight belongs half to each of its words; a character n-gram's to its word.
        halves = np.where(columns.entry_is_pair, shares / 2, 0)
        weight = np.bincount(columns.entry_word, weights=shares - halves, minlength=n_words)
        weight[1:] += np.bincount(columns.entry_word, weights=halves, minlength=n_words)[:-1]
        told, ends = weight.tolist(), reading.word_post.searchsorted(range(1, reading.n_posts + 1))
        reasons, start = [], 0
        for end in ends.tolist():
            found: dict[str, float] = {}
            for first, last, score in _heaviest_runs(told[start:end], n_reasons):
                # Of the same words said twice the weightier count.
                found.setdefault(reading.words(start + first, start + last), round(score, 3))
            reasons.append(list(found.items()))
            start = end
        return reasons

    def save(self, path: Path) -> str:
        """Write the model to `path` at once or not at all; return the file's SHA-256."""
        weights = self.weights
        heads = {"topic": weights.topic, "sentiment": weights.sentiment}
        asked = {name: head for name, head in heads.items() if head}
        arrays = {"idf": weights.idf, **weights.department.arrays("department")}
        for name, head in asked.items():
            arrays |= head.arrays(name)
        about = {
            "labels": self.labels,
            "heads": list(asked),
            "encoder": weights.encoder,
            "enough": weights.enough,
        }
        return write(path, {**self.info, **about}, arrays)

    @classmethod
    def load(cls, path: Path, *, sha256: str | None = None) -> Classifier:
        """Read a model written by `save`; with `sha256`, only if the file has this checksum.

        Raises `ModelMissingError`, `ModelBrokenError` or `ModelOutdatedError`.
        """
        head, arrays = read(path, sha256=sha256)
        try:
            weights = Weights(
                idf=arrays["idf"],
                department=Head.of("department", arrays),
                encoder=head["encoder"],
                enough=head["enough"],
                **{name: Head.of(name, arrays) for name in head["heads"]},
            )
        except (LookupError, ValueError, TypeError) as error:
            raise ModelBrokenError(f"The model file {path.name} cannot be unpacked.") from error
        return cls(weights=weights, info=head)


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    groups: Sequence[str] | None = None,
    vectors: Sequence[bytes] | None = None,
    **also: Any,
) -> Classifier:
    """Return a classifier taught by `texts`; see `routing.training.train`."""
    # scikit-learn takes 110 MB and seconds to import, and only training needs it.
    from routing.training import train as train_with_sklearn  # noqa: PLC0415

    return train_with_sklearn(
        texts, labels, weights=weights, groups=groups, vectors=vectors, **also
    )


def _heaviest_runs(weights: Sequence[float], n_reasons: int) -> list[tuple[int, int, float]]:
    """The heaviest words of a post, neighbours joined: first and last word, their weight."""
    heavy = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)[:n_reasons]
    runs: list[tuple[int, int, float]] = []
    for at in sorted(heavy):
        weight = weights[at]
        if weight <= 0:
            continue
        if runs and runs[-1][1] == at - 1:
            first, _, before = runs.pop()
            runs.append((first, at, before + weight))
        else:
            runs.append((at, at, weight))
    return sorted(runs, key=lambda run: -run[2])
