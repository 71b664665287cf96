"""What makes texts the same, or nearly so, as values the database can compare."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from routing import text as texts
from routing.likeness import shingles

# With 8 bands of 3 hashes, texts that share 90 % of their shingles share a band 99.9 times of 100,
# those that share a third once in four: whoever looks for likeness looks closely at these.
N_BANDS, BAND_ROWS = 8, 3
_WORD = re.compile(r"\w+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
_HASHES = np.random.default_rng(7).integers(
    1, 1 << 63, size=(N_BANDS * BAND_ROWS, 1), dtype=np.uint64
) | np.uint64(1)


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
    runs = [_signed(" ".join(run).encode(errors="replace")) for run in shingles(text)]
    if not runs:
        return []
    hashes = np.array(runs, dtype=np.int64).view(np.uint64)
    smallest = (hashes[None, :] * _HASHES).min(axis=1).reshape(N_BANDS, BAND_ROWS)
    # The place of a band is part of it: a band only meets its own kind.
    places = np.arange(N_BANDS, dtype=np.uint64)[:, None]
    joined = np.hstack([places, smallest])
    return [_signed(row.tobytes()) for row in joined]


def _signed(data: bytes) -> int:
    """64 bits as PostgreSQL's bigint holds them."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
