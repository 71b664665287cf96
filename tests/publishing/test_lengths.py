"""The browser learns how a network counts by asking its connector."""

from __future__ import annotations

from inbox.connectors.base import Network
from inbox.connectors.x import X
from publishing.lengths import Counting, measure


class Bytes(Network):
    def length_of(self, text: str) -> int:
        return len(text.encode())


class Units(Network):
    def length_of(self, text: str) -> int:
        return len(text.encode("utf-16-le")) // 2


def test_plain_characters_are_the_rule() -> None:
    assert Counting.of(Network(), 100) == Counting(100)


def test_x_weighs_emoji_ideographs_and_addresses() -> None:
    assert Counting.of(X(), 280) == Counting(280, "graphemes", emoji=2, wide=2, address=23)


def test_bytes_and_units_are_told_apart() -> None:
    assert Counting.of(Bytes(), None).way == "bytes"
    assert Counting.of(Units(), None).way == "units"


def test_too_long_is_told_by_how_much() -> None:
    measured = measure(X(), "🥐" * 141, 280)
    assert (measured.length, measured.over, measured.left) == (282, 2, 0)


def test_near_the_end_is_told() -> None:
    assert measure(Network(), "a" * 90, 100).is_near
    assert not measure(Network(), "a" * 89, 100).is_near
    assert not measure(Network(), "a" * 101, 100).is_near


def test_without_a_limit_nothing_is_too_long() -> None:
    assert measure(Network(), "a" * 90_000, None).over == 0
