"""Which department a text is for, how sure that is, and which words say so.

scikit-learn trains (`routing.training`); what it learned is a table of weights, and numpy alone
answers with it, so that a web process carries neither scikit-learn nor SciPy (110 MB less).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from routing import features
from routing.features import N_COLUMNS, N_WORD_COLUMNS, Columns, Reading

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]
Reason = tuple[str, float]

FORMAT_VERSION = 1
MAGIC = b"crossdesk-router\n"
N_REASONS = 5


class ModelError(Exception):
    """A model file cannot be used; the message says why."""


class ModelMissingError(ModelError):
    """There is no such file."""


class ModelBrokenError(ModelError):
    """The file is truncated, was changed after it was written, or is no model at all."""


class ModelOutdatedError(ModelError):
    """The file was written by another version of this program or of scikit-learn."""


@dataclass(frozen=True, slots=True)
class Verdict:
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
    """What training learned: one row for each column of `features`, one column for each label.

    Each row of `table` adds up to zero.
    """

    idf: Table
    table: Table
    intercept: Floats
    sharpness: float  # Logits are multiplied by it, which makes the probabilities honest.


class Classifier:
    """Answers with trained `weights`. Safe to share between threads: nothing in it changes."""

    def __init__(
        self, *, labels: Sequence[str], weights: Weights, info: dict[str, Any] | None = None
    ) -> None:
        self.labels = list(labels)
        self.weights = weights
        self.info = dict(info or {})

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return one row of probabilities for each text, in the order of `labels`."""
        rows = [_softmax(self._judge(chunk)[2]) for chunk in features.chunks(texts)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.labels)))

    def classify(self, texts: Sequence[str], *, n_reasons: int = N_REASONS) -> list[Verdict]:
        """Return a verdict with reasons for each text."""
        return [
            verdict
            for chunk in features.chunks(texts)
            for verdict in self._verdicts(chunk, n_reasons)
        ]

    def explain(self, text: str, department: str, *, n_reasons: int = N_REASONS) -> list[Reason]:
        """Return the words that speak for `department` in `text`, the weightiest first.

        Raises `ValueError` when the model knows no such department.
        """
        reading = features.read([text])
        columns, values, _ = self._judge(reading)
        label = np.array([self.labels.index(department)])
        return self._reasons(reading, columns, values, label, n_reasons)[0]

    def _judge(self, reading: Reading) -> tuple[Columns, Table, Floats]:
        """The columns of a chunk, their TF-IDF values, and calibrated logits of each post."""
        columns = features.count_columns(reading)
        weights = self.weights
        values = (1 + np.log(columns.count)).astype(np.float32) * weights.idf[columns.column]
        # Words and characters are two views of a text, each of length one.
        view = columns.post * 2 + (columns.column >= N_WORD_COLUMNS)
        squares = np.bincount(view, weights=values * values, minlength=2 * reading.n_posts)
        values /= np.sqrt(squares).astype(np.float32)[view]
        logits = np.tile(weights.intercept, (reading.n_posts, 1))
        if len(values):
            first = np.flatnonzero(np.diff(columns.post, prepend=-1))
            weighed = weights.table[columns.column] * values[:, None]
            logits[columns.post[first]] += np.add.reduceat(weighed, first, axis=0)
        return columns, values, logits * weights.sharpness

    def _verdicts(self, reading: Reading, n_reasons: int) -> list[Verdict]:
        columns, values, logits = self._judge(reading)
        probabilities = _softmax(logits)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        reasons = self._reasons(reading, columns, values, order[:, 0], n_reasons)
        rows = np.round(probabilities, 4).tolist()
        return [
            Verdict(
                label=self.labels[ranked[0]],
                confidence=row[ranked[0]],
                probabilities=dict(zip(self.labels, row, strict=True)),
                runner_up=self.labels[ranked[1]] if len(ranked) > 1 else "",
                reasons=words,
            )
            for ranked, row, words in zip(order.tolist(), rows, reasons, strict=True)
        ]

    def _reasons(
        self,
        reading: Reading,
        columns: Columns,
        values: Table,
        label: npt.NDArray[np.intp],
        n_reasons: int,
    ) -> list[list[Reason]]:
        """For each post the words that speak for its label more than for the others."""
        reasons: list[list[Reason]] = [[] for _ in range(reading.n_posts)]
        n_words = len(reading.word_start)
        if not n_words:
            return reasons
        # The rows of the table add up to nothing, so a weight is a lead over the other labels.
        lead = self.weights.table[columns.column, label[columns.post]] * values
        shares = np.repeat(lead * self.weights.sharpness / columns.count, columns.count)
        # A pair's weight belongs half to each of its words; a character n-gram's to its word.
        halves = np.where(columns.entry_is_pair, shares / 2, 0)
        weight = np.bincount(columns.entry_word, weights=shares - halves, minlength=n_words)
        weight[1:] += np.bincount(columns.entry_word, weights=halves, minlength=n_words)[:-1]
        for post, first, last, score in _heaviest_runs(reading, weight, n_reasons):
            found = reasons[post]
            words = reading.words(first, last)
            if words not in [word for word, _ in found]:
                found.append((words, round(score, 3)))
        return reasons

    def save(self, path: Path) -> str:
        """Write the model to `path` at once or not at all; return the file's SHA-256."""
        kept = np.flatnonzero(self.weights.table.any(axis=1))
        buffer = io.BytesIO()
        np.savez(
            buffer,
            idf=self.weights.idf,
            kept=kept.astype(np.uint32),
            table=self.weights.table[kept],
            intercept=self.weights.intercept,
            sharpness=np.array(self.weights.sharpness),
        )
        body = zlib.compress(buffer.getvalue(), 1)
        header = {
            **self.info,
            "format": FORMAT_VERSION,
            "features": features.FEATURES_VERSION,
            "sklearn": sklearn_version(),
            "labels": self.labels,
            "body_bytes": len(body),
            "body_sha256": hashlib.sha256(body).hexdigest(),
        }
        data = MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n" + body
        _write_atomically(path, data)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def load(cls, path: Path, *, sha256: str | None = None) -> Classifier:
        """Read a model written by `save`; with `sha256`, only if the file has this checksum.

        Raises `ModelMissingError`, `ModelBrokenError` or `ModelOutdatedError`.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelMissingError(
                f"The model file {path.name} cannot be read: {error}."
            ) from error
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise ModelBrokenError(f"The model file {path.name} is not the one that was trained.")
        header, body = _split(path.name, data)
        try:
            with np.load(io.BytesIO(zlib.decompress(body)), allow_pickle=False) as arrays:
                weights = _weights_from(arrays)
        except (LookupError, ValueError, OSError, EOFError, zlib.error, BadZipFile) as error:
            raise ModelBrokenError(f"The model file {path.name} cannot be unpacked.") from error
        if weights.table.shape[1] != len(header["labels"]):
            raise ModelBrokenError(f"The model file {path.name} has weights for other labels.")
        return cls(labels=header["labels"], weights=weights, info=header)


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    groups: Sequence[str] | None = None,
) -> Classifier:
    """Return a classifier taught by `texts`; see `routing.training.train`."""
    # scikit-learn takes 110 MB and seconds to import, and only training needs it.
    from routing.training import train as train_with_sklearn  # noqa: PLC0415

    return train_with_sklearn(texts, labels, weights=weights, groups=groups)


def sklearn_version() -> str:
    """The installed scikit-learn's version, found without importing it."""
    return metadata.version("scikit-learn")


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    normalised: Floats = powers / powers.sum(axis=1, keepdims=True)
    return normalised


def _heaviest_runs(
    reading: Reading, weight: npt.NDArray[Any], n_reasons: int
) -> list[tuple[int, int, int, float]]:
    """The heaviest words of each post, neighbours joined: (post, first, last word, weight)."""
    order = np.lexsort((-weight, reading.word_post))
    post = reading.word_post[order]
    rank = np.arange(len(order)) - np.searchsorted(post, post)
    heavy = order[(rank < n_reasons) & (weight[order] > 0)]
    heavy.sort()
    breaks = np.ones(len(heavy), dtype=bool)
    breaks[1:] = (np.diff(heavy) > 1) | (np.diff(reading.word_post[heavy]) > 0)
    firsts = np.flatnonzero(breaks)
    lasts = np.append(firsts[1:], len(heavy)) - 1
    if not len(firsts):
        return []
    sums = np.add.reduceat(weight[heavy], firsts)
    runs = np.lexsort((-sums, reading.word_post[heavy[firsts]]))
    return list(
        zip(
            reading.word_post[heavy[firsts]][runs].tolist(),
            heavy[firsts][runs].tolist(),
            heavy[lasts][runs].tolist(),
            sums[runs].tolist(),
            strict=True,
        )
    )


def _weights_from(arrays: Any) -> Weights:
    table = np.zeros((N_COLUMNS, arrays["table"].shape[1]), dtype=np.float32)
    table[arrays["kept"]] = arrays["table"]
    return Weights(
        idf=arrays["idf"],
        table=table,
        intercept=arrays["intercept"],
        sharpness=float(arrays["sharpness"]),
    )


def _split(name: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    if not data.startswith(MAGIC):
        raise ModelBrokenError(f"The file {name} is no Crossdesk model.")
    line, _, body = data[len(MAGIC) :].partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(line)
        written_by = (header["format"], header["features"], _minor(header["sklearn"]))
        intact = header["body_sha256"] == hashlib.sha256(body).hexdigest() and header["labels"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelBrokenError(f"The head of the model file {name} cannot be read.") from error
    ours = (FORMAT_VERSION, features.FEATURES_VERSION, _minor(sklearn_version()))
    if written_by != ours:
        raise ModelOutdatedError(
            f"The model file {name} was written by format {written_by[0]}, features "
            f"{written_by[1]}, scikit-learn {written_by[2]}; this program has format {ours[0]}, "
            f"features {ours[1]}, scikit-learn {ours[2]}. Train again."
        )
    if not intact:
        raise ModelBrokenError(f"The model file {name} is truncated or was changed.")
    return header, body


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
