"""Keys of records: the network lets the writer choose them, so a text sent twice is one post."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
# A key reads as a time and a clock's number. Ours lie in the past, where no server objects.
_FIRST = datetime(2023, 1, 1, tzinfo=UTC)
_SPAN = timedelta(days=730) // timedelta(microseconds=1)
_CLOCKS = 1 << 10


def record_key(idempotency_key: str) -> str:
    """The key of the record that `idempotency_key` stands for (https://atproto.com/specs/tid).

    Two of one account collide about once in 10**16 pairs.
    """
    number = int.from_bytes(hashlib.sha256(idempotency_key.encode()).digest())
    number, clock = divmod(number, _CLOCKS)
    moment = int(_FIRST.timestamp()) * 1_000_000 + number % _SPAN
    return _written(moment * _CLOCKS + clock)


def _written(number: int) -> str:
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
