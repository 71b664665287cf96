"""Which posts belong to an open incident. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.models import Incident
from routing.text import fold

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReadyIncident:
    """An open incident made ready to be held against posts."""

    pk: int
    slug: str
    phrases: tuple[str, ...]
    channels: frozenset[int]
    languages: frozenset[str]
    examples: Vectors  # A row of length one each.
    likeness: float

    @classmethod
    def of(cls, incident: Incident, vectors: Iterable[bytes]) -> ReadyIncident:
        """`vectors` are those of its examples; empty ones are left out."""
        rows = [np.frombuffer(vector, dtype=np.float16) for vector in vectors if len(vector)]
        same = [row for row in rows if len(row) == len(rows[0])]
        return cls(
            pk=incident.pk,
            slug=incident.slug.lower(),
            phrases=tuple(fold(phrase) for phrase in incident.phrases),
            channels=frozenset(incident.channels),
            languages=frozenset(incident.languages),
            examples=np.stack([_unit(row) for row in same])
            if same
            else np.empty((0, 0), dtype=np.float32),
            likeness=incident.likeness,
        )

    def fits(self, text: str, *, channel_id: int | None, language: str, vector: bytes) -> bool:
        """Whether a post with this folded text and sentence vector belongs to it."""
        if self.channels and channel_id not in self.channels:
            return False
        if self.languages and language not in self.languages:
            return False
        return any(phrase in text for phrase in self.phrases) or self._is_like(vector)

    def _is_like(self, vector: bytes) -> bool:
        if not len(self.examples) or not vector:
            return False
        here: npt.NDArray[Any] = np.frombuffer(vector, dtype=np.float16)
        if len(here) != self.examples.shape[1]:  # Another encoder made it.
            return False
        return bool((self.examples @ _unit(here)).max() >= self.likeness)


def _unit(row: npt.NDArray[Any]) -> Vectors:
    wide = row.astype(np.float32)
    unit: Vectors = wide / max(float(np.linalg.norm(wide)), 1e-9)
    return unit
