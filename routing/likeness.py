"""Telling near-identical texts from different ones, so that contradictions and bursts are seen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from routing import text as texts

U64 = npt.NDArray[np.uint64]

# With 8 bands of 3 hashes, texts that share 90 % of their shingles share a band 99.9 times of 100,
# those that share a third once in four; `alike` looks closely at what shares one.
N_BANDS, BAND_ROWS = 8, 3
NEAR = 0.6
_WORD = re.compile(r"\w+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
_HASHES = np.random.default_rng(7).integers(
    1, 1 << 63, size=(N_BANDS * BAND_ROWS, 1), dtype=np.uint64
) | np.uint64(1)
_EMPTY = np.zeros(0, dtype=np.uint64)


def normal(text: str) -> str:
    """Return `text` as far as it can tell where it belongs: no links, names, digits or signs."""
    masked = texts.mask_addresses(texts.visible(text), link=" ", handle=" ")
    folded = _DIGITS.sub("0", texts.fold(masked))
    return " ".join(word for word in _WORD.findall(folded) if word.isalnum()) or folded


def digest(text: str) -> str:
    """Return 32 characters that are the same for texts with the same normal form."""
    return hashlib.blake2b(normal(text).encode(errors="replace"), digest_size=16).hexdigest()


def bands(text: str) -> list[int]:
    """Return eight numbers of which near-identical texts share at least one (MinHash, banded)."""
    shingles = _shingles(text)
    if not len(shingles):
        return []
    smallest = (shingles[None, :] * _HASHES).min(axis=1).reshape(N_BANDS, BAND_ROWS)
    # The place of a band is part of it: a band only meets its own kind.
    places = np.arange(N_BANDS, dtype=np.uint64)[:, None]
    joined = np.hstack([places, smallest])
    return [_signed(row.tobytes()) for row in joined]


def alike(one: str, other: str) -> bool:
    """Whether the texts share most of their words and pairs of words (Jaccard ≥ `NEAR`)."""
    return bool(near_to(one, [(0, other)]))


def near_to(text: str, others: Iterable[tuple[int, str]]) -> list[int]:
    """The keys of those of `others`, pairs of key and text, that are `alike` to `text`."""
    mine = set(_shingles(text).tolist())
    words = set(normal(text).split())
    found = []
    for key, other in others:
        # Hashing is the slow part, and most texts do not even share enough words.
        their_words = set(normal(other).split())
        if len(words & their_words) < NEAR * NEAR * len(words | their_words):
            continue
        theirs = set(_shingles(other).tolist())
        union = len(mine | theirs)
        if union and len(mine & theirs) >= NEAR * union:
            found.append(key)
    return found


def _shingles(text: str) -> U64:
    """A hash for each word and pair of words."""
    words = normal(text).split()
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    found = {_signed(part.encode(errors="replace")) for part in words + pairs}
    return np.array(sorted(found), dtype=np.int64).view(np.uint64) if found else _EMPTY


def _signed(data: bytes) -> int:
    """64 bits as PostgreSQL's bigint holds them."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
