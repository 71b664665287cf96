"""How long X finds a text: the rules of twitter-text, configuration 3."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 280
ADDRESS = 23
# Characters that count one; every other counts two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_BASE = "[©®‼⁉™ℹ↔-↪⌚-⏿Ⓜ▪-◾☀-➿⤴⤵⬅-⭕〰〽㊗㊙\U0001f000-\U0001faff]"
_SHADE = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|{_BASE}{_SHADE}[\U000e0020-\U000e007f]*(?:\u200d{_BASE}{_SHADE})*"
)
_NAMED = re.compile(r"https?://[^\s<>\"　-鿿가-힯＀-￯]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![@\w.$#/-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?![\w@-])(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
_AFTER = ".,;:!?'\"()[]{}…»"


def length_of(text: str) -> int:
    """The weighted length of `text`."""
    plain = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for start, end, weight in _addresses(plain):
        if start >= at:
            total, at = total + _weight(plain[at:start]) + weight, end
    return total + _weight(plain[at:])


def _addresses(text: str) -> list[tuple[int, int, int]]:
    """Where addresses stand and what each counts.

    X shortens those without a scheme only when it knows their ending; counting the longer of both
    never promises room that is not there.
    """
    found = [(*_span(match), ADDRESS) for match in _NAMED.finditer(text)]
    for match in _BARE.finditer(text):
        start, end = _span(match)
        if not any(start < other_end and end > other for other, other_end, _ in found):
            found.append((start, end, max(ADDRESS, _weight(text[start:end]))))
    return sorted(found)


def _span(match: re.Match[str]) -> tuple[int, int]:
    kept = match.group().rstrip(_AFTER)
    return match.start(), match.start() + len(kept)


def _weight(text: str) -> int:
    emoji = len(_EMOJI.findall(text))
    return 2 * emoji + sum(map(_weight_of, _EMOJI.sub("", text)))


def _weight_of(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in _LIGHT) else 2
