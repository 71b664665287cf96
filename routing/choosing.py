"""Which posts would teach most: those the router is unsure of, and unlike each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from routing import features

Floats = npt.NDArray[np.float32]

N_COLUMNS = 1_024  # Enough to tell two posts apart, and a thousand posts are 4 MB.
# Also sure guesses are asked about now and then: what the router is wrongly sure of shows nowhere
# else.
SURE_TOO = 0.15
ONE_BY_CHANCE_IN = 5


def choose(
    probabilities: npt.NDArray[np.float64],
    places: Floats,
    *,
    n: int,
    rng: np.random.Generator,
) -> list[int]:
    """Return the rows of at most `n` posts, in the order in which to ask about them.

    `probabilities` has a row for each post, `places` its position (of length one) among others.
    Greedy: each time the post whose uncertainty times distance to all chosen ones is greatest; one
    in five is drawn by chance.
    """
    ordered = np.sort(probabilities, axis=1)
    lead = ordered[:, -1] - (ordered[:, -2] if ordered.shape[1] > 1 else 0.0)
    unsure = 1.0 - lead + SURE_TOO
    distance = np.ones(len(unsure))
    is_free = np.ones(len(unsure), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(n, len(unsure)):
        if len(chosen) % ONE_BY_CHANCE_IN == ONE_BY_CHANCE_IN - 1:
            post = int(rng.choice(np.flatnonzero(is_free)))
        else:
            post = int(np.argmax(np.where(is_free, unsure * distance, -1.0)))
        chosen.append(post)
        is_free[post] = False
        distance = np.minimum(distance, 1.0 - places @ places[post])
    return chosen


def places_of(texts: Sequence[str], vectors: Sequence[bytes] | None = None) -> Floats:
    """Return a position of length one for each text: its sentence vector, else its words.

    `vectors` are used only if every text has one.
    """
    if vectors and all(vectors):
        return _normal(np.stack([np.frombuffer(v, dtype=np.float16) for v in vectors]))
    places = np.zeros((len(texts), N_COLUMNS), dtype=np.float32)
    for at, reading in enumerate(features.chunks(texts)):
        columns = features.count_columns(reading)
        posts = columns.post + at * features.CHUNK
        np.add.at(places, (posts, columns.column % N_COLUMNS), 1.0)
    return _normal(np.sqrt(places))


def _normal(places: npt.NDArray[np.floating]) -> Floats:
    lengths = np.linalg.norm(places.astype(np.float32), axis=1, keepdims=True)
    normal: Floats = (places / np.maximum(lengths, 1e-9)).astype(np.float32)
    return normal
