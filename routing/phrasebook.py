"""Lists of phrases and finding them in a text, in time that follows the text and not the list."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from routing.text import fold

DATA = Path(__file__).resolve().parent / "data"

Meaning = TypeVar("Meaning")

# A word of letters, digits and inner & or -, or else one sign, or a smiley of signs.
_TOKEN = re.compile(r"<3|[:;=]['-]?[()dp/|](?!\w)|\w+(?:[&-]\w+)*|[^\w\s]")
_APOSTROPHES = "'’`´"
_READ = 4_000  # Characters; what matters is said before.
_CLOSING = ".,!?"  # A part that ends so is a word and a sign.
ANY = ""  # In place of a word: whichever it is, or none.


class Found(NamedTuple, Generic[Meaning]):
    """A phrase in a text: what it means, where it begins, and its words."""

    meaning: Meaning
    at: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words)


class PhraseBook(Generic[Meaning]):
    """Phrases of whole words, each with a meaning. A last word ending in * may go on."""

    def __init__(self, phrases: Iterable[tuple[str, Meaning]]) -> None:
        # By the first word, then by the second: few phrases share both.
        self._by_first: dict[str, dict[str, list[tuple[tuple[str, ...], Meaning]]]] = {}
        for phrase, meaning in phrases:
            words = tuple(words_of(phrase.removesuffix("*")))
            if not words:
                raise ValueError(f"The phrase {phrase!r} has no word.")
            if phrase.endswith("*"):
                words = (*words[:-1], words[-1] + "*")
            if words[0].endswith("*"):
                raise ValueError(f"The phrase {phrase!r} must begin with a whole word.")
            second = words[1] if len(words) > 1 and words[1][-1] != "*" else ANY
            seconds = self._by_first.setdefault(words[0], {ANY: []})
            seconds.setdefault(second, []).append((words, meaning))
        self._firsts = frozenset(self._by_first)
        for seconds in self._by_first.values():
            alike = seconds[ANY]
            for second, candidates in seconds.items():
                more = alike if second != ANY else []
                seconds[second] = sorted([*candidates, *more], key=lambda one: -len(one[0]))

    def find(self, words: Sequence[str]) -> list[Found[Meaning]]:
        """Return the phrases in `words`, from the first on; of several at one place the longest."""
        found: list[Found[Meaning]] = []
        firsts = self._firsts.intersection(words)
        if not firsts:
            return found
        for at in [at for at, word in enumerate(words) if word in firsts]:
            seconds = self._by_first[words[at]]
            following = words[at + 1] if at + 1 < len(words) else ANY
            for phrase, meaning in seconds.get(following) or seconds[ANY]:
                if len(phrase) == 1 or _agrees(phrase, words, at):
                    found.append(Found(meaning, at, tuple(words[at : at + len(phrase)])))
                    break
        return found


def words_of(text: str) -> list[str]:
    """The words and signs of `text`, folded, without apostrophes: "Can’t" is "cant"."""
    folded = fold(text[:_READ])
    for sign in _APOSTROPHES:
        folded = folded.replace(sign, "")
    words: list[str] = []
    for part in folded.split(" "):  # No word goes over a space, and most parts are one word.
        if part.isalnum():
            words.append(part)
        elif part[:-1].isalnum() and part[-1] in _CLOSING:
            words += (part[:-1], part[-1])
        else:
            words += _TOKEN.findall(part)
    return words


def _agrees(phrase: tuple[str, ...], words: Sequence[str], at: int) -> bool:
    for offset, wanted in enumerate(phrase[1:], start=at + 1):
        if offset >= len(words):
            return False
        if words[offset] != wanted and not (
            wanted[-1] == "*" and words[offset].startswith(wanted[:-1])
        ):
            return False
    return True


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a list in `routing/data`, one for each of its `phrases`."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [
            {**row, "phrase": phrase}
            for row in csv.DictReader(file)
            for phrase in row["phrases"].split("|")
        ]
