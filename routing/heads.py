"""One question about a post (which department, which topic, which tone) and what training learned.

Two views of a post answer it together: its words, as TF-IDF columns, and its meaning, as a
sentence vector. Both are linear; their logits are added in shares that training found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.features import beginnings

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of one question. Each row of `table` and `matrix` adds up to zero."""

    labels: list[str]
    table: Table  # A row for each column of `features`, folded where there are fewer rows.
    intercept: Floats
    sharpness: float  # Words alone: what makes their probabilities honest.
    matrix: Table | None = None  # A row for each number of a vector.
    offset: Floats | None = None
    shares: tuple[float, float] = (0.0, 0.0)  # Of words and of meaning, where both are known.

    def words(self, post: Indices, column: Indices, value: Table, n_posts: int) -> Floats:
        """Logits of each post by its words alone; `post` is sorted."""
        logits = np.repeat(self.intercept[None], n_posts, axis=0)
        if len(value):
            first = beginnings(post)
            # Several times quicker than an index in brackets; "wrap" folds, as training does.
            weighed = self.table.take(column, axis=0, mode="wrap")
            weighed *= value[:, None]
            logits[post[first]] += np.add.reduceat(weighed, first, axis=0)
        return logits

    def alone(self, words: Floats) -> Floats:
        """Calibrated logits where only the words are known."""
        return words * self.sharpness

    def together(self, words: Floats, vectors: Table) -> Floats:
        """Calibrated logits where the vectors are known as well."""
        if self.matrix is None or self.offset is None:
            return self.alone(words)
        meaning = vectors @ self.matrix + self.offset
        logits: Floats = self.shares[0] * words + self.shares[1] * meaning
        return logits

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """What `of` needs to make the head again; rows of the table without weight are left out."""
        kept = np.flatnonzero(self.table.any(axis=1))
        numbers = np.array([self.sharpness, *self.shares])
        found = {
            "labels": np.array(self.labels),
            "rows": np.array(len(self.table)),
            "kept": kept.astype(np.uint32),
            "table": self.table[kept],
            "intercept": self.intercept,
            "numbers": numbers,
        }
        if self.matrix is not None and self.offset is not None:
            found |= {"matrix": self.matrix, "offset": self.offset}
        return {f"{name}.{key}": array for key, array in found.items()}

    @classmethod
    def of(cls, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Head:
        """The head that `arrays` was called on. Raises `LookupError` or `ValueError`."""
        kept = arrays[f"{name}.table"]
        table = np.zeros((int(arrays[f"{name}.rows"]), kept.shape[1]), dtype=kept.dtype)
        table[arrays[f"{name}.kept"]] = kept
        sharpness, *shares = arrays[f"{name}.numbers"].tolist()
        head = cls(
            labels=arrays[f"{name}.labels"].tolist(),
            table=table,
            intercept=arrays[f"{name}.intercept"],
            sharpness=sharpness,
            matrix=arrays.get(f"{name}.matrix"),
            offset=arrays.get(f"{name}.offset"),
            shares=(shares[0], shares[1]),
        )
        widths = {len(head.labels), table.shape[1], len(head.intercept)}
        if head.matrix is not None:
            widths.add(head.matrix.shape[1])
        if len(widths) != 1:
            raise ValueError(f"The head {name} has weights for other labels.")
        return head


def softmax(logits: Floats) -> Floats:
    """Probabilities, a row for each row of `logits`."""
    powers = np.exp(logits - np.maximum.reduce(logits, axis=1, keepdims=True))
    normalised: Floats = powers / np.add.reduce(powers, axis=1, keepdims=True)
    return normalised
