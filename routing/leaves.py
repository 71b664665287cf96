"""The single conditions: what a post says, where it comes from, who wrote it, what it looks like.

Each is made from the JSON under its kind and raises `LeafError`, whose message is the sentence a
person reads; `match` returns what was found, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from routing import patterns
from routing.matching import (
    FOLLOW_UP,
    NEW,
    OWN_POST_COMMENT,
    Subject,
    are_near,
    contains_word,
    fold_handle,
)
from routing.text import fold

MOST_ENTRIES = 500  # A rule is held against every post.
LONGEST_PHRASE, LONGEST_WORD, LONGEST_HANDLE = 200, 80, 200
FURTHEST = 50
MOST_FOLLOWERS = 2_000_000_000
KINDS = ("post", "comment", "mention", "direct_message", "review", OWN_POST_COMMENT)
SENTIMENTS = ("negative", "neutral", "positive")
THREADS = (NEW, FOLLOW_UP)
_LANGUAGE = re.compile(r"[a-z]{2}")
_SLUG = re.compile(r"[\w-]{1,60}")


class LeafError(ValueError):
    """A condition cannot be used; the message says why."""


class Leaf(Protocol):
    """One condition. Equal ones hold for the same posts."""

    @property
    def kind(self) -> str: ...

    def match(self, subject: Subject) -> list[str] | None: ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Said:
    """The text says one of these phrases, or has one of these whole words."""

    kind: str
    entries: tuple[str, ...]
    folded: tuple[str, ...]

    def match(self, subject: Subject) -> list[str] | None:
        text = subject.text
        for entry in self.folded:
            if entry in text and (self.kind == "phrase" or contains_word(text, entry)):
                return [entry]
        return None

    def as_json(self) -> dict[str, Any]:
        return {self.kind: list(self.entries)}


@dataclass(frozen=True, slots=True)
class Near:
    """Two words stand close to each other, in either order."""

    kind: str
    words: tuple[str, str]
    within: int
    folded: tuple[str, str]

    def match(self, subject: Subject) -> list[str] | None:
        one, other = self.folded
        text = subject.text
        if one in text and other in text and are_near(text, one, other, self.within):
            return [f"{one} … {other}"]
        return None

    def as_json(self) -> dict[str, Any]:
        return {self.kind: {"words": list(self.words), "within": self.within}}


@dataclass(frozen=True, slots=True)
class Pattern:
    """The text fits a regular expression."""

    kind: str
    pattern: str

    def match(self, subject: Subject) -> list[str] | None:
        found = patterns.compiled(self.pattern).search(subject.visible)
        if found is None:
            return None
        return [" ".join(found.group().decode("utf-8", "replace").split())[:60]]

    def as_json(self) -> dict[str, Any]:
        return {self.kind: self.pattern}


@dataclass(frozen=True, slots=True)
class OneOf:
    """The post is among these: its channel, network, author, language, topic …"""

    kind: str
    entries: tuple[str | int, ...]
    folded: frozenset[str | int]

    def match(self, subject: Subject) -> list[str] | None:
        for trait in subject.traits[self.kind]:
            if trait in self.folded:
                return [f"{_SIGNS.get(self.kind, '')}{trait}"]
        return None

    def as_json(self) -> dict[str, Any]:
        return {self.kind: list(self.entries)}


@dataclass(frozen=True, slots=True)
class Between:
    """A number is at least this, or below that, or both."""

    kind: str
    at_least: float | None
    below: float | None

    def match(self, subject: Subject) -> list[str] | None:
        number = subject.numbers[self.kind]
        if number is None or (self.at_least is not None and number < self.at_least):
            return None
        if self.below is not None and number >= self.below:
            return None
        return [f"{self.kind} {number:.10g}"]

    def as_json(self) -> dict[str, Any]:
        given = {"at_least": self.at_least, "below": self.below}
        return {self.kind: {name: value for name, value in given.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Hours:
    """It was written from one full hour to before another, perhaps over midnight."""

    kind: str
    start: int
    end: int

    def match(self, subject: Subject) -> list[str] | None:
        hour = subject.hour
        return [f"{hour}:00"] if hour is not None and hour in self.hours() else None

    def hours(self) -> frozenset[int]:
        """The hours of the day it holds for."""
        length = (self.end - self.start) % 24 or 24
        return frozenset((self.start + n) % 24 for n in range(length))

    def as_json(self) -> dict[str, Any]:
        return {self.kind: {"from": self.start, "to": self.end}}


_SIGNS = {"author": "@", "channel": "#"}


def _said(longest: int) -> Callable[[str, Any], Leaf]:
    def make(kind: str, content: Any) -> Leaf:
        entries = _texts(content, longest, fold)
        return Said(kind, entries, tuple(fold(entry) for entry in entries))

    return make


def _near(kind: str, content: Any) -> Leaf:
    content = content if isinstance(content, Mapping) else {}
    words = _texts(content.get("words"), LONGEST_WORD, fold)
    if len(words) != 2 or fold(words[0]) == fold(words[1]):
        raise LeafError(_("Give two different words."))
    within = _whole(content.get("within"), 1, FURTHEST)
    return Near(kind, (words[0], words[1]), within, (fold(words[0]), fold(words[1])))


def _pattern(kind: str, content: Any) -> Leaf:
    if not isinstance(content, str) or not content.strip():
        raise LeafError(_("Write an expression."))
    try:
        patterns.compiled(content)
    except patterns.PatternError as error:
        raise LeafError(str(error)) from None
    return Pattern(kind, content)


def _handles(kind: str, content: Any) -> Leaf:
    entries = _texts(content, LONGEST_HANDLE, fold_handle)
    return OneOf(kind, entries, frozenset(fold_handle(entry) for entry in entries))


def _labels(kind: str, content: Any) -> Leaf:
    entries = _texts(content, 60, str.strip)
    for entry in entries:
        if not _SLUG.fullmatch(entry):
            raise LeafError(_("“%s” is no label: letters, digits and dashes.") % entry[:20])
    return OneOf(kind, entries, frozenset(entry.lower() for entry in entries))


def _languages(kind: str, content: Any) -> Leaf:
    entries = _texts(content, 8, str.strip)
    for entry in entries:
        if not _LANGUAGE.fullmatch(entry):
            message = _("“%s” is no language code: two small letters, such as en.")
            raise LeafError(message % entry)
    return OneOf(kind, entries, frozenset(entries))


def _among(choices: tuple[str, ...]) -> Callable[[str, Any], Leaf]:
    def make(kind: str, content: Any) -> Leaf:
        entries = _texts(content, 60, str.strip)
        if unknown := [entry for entry in entries if entry not in choices]:
            raise LeafError(_("“%s” cannot be chosen here.") % unknown[0])
        return OneOf(kind, entries, frozenset(entries))

    return make


def _numbers(least: int, most: int) -> Callable[[str, Any], Leaf]:
    def make(kind: str, content: Any) -> Leaf:
        if not isinstance(content, list) or not content:
            raise LeafError(_("Choose at least one."))
        if len(content) > MOST_ENTRIES:
            raise LeafError(_("A condition has at most %d entries.") % MOST_ENTRIES)
        entries = tuple(dict.fromkeys(_whole(entry, least, most) for entry in content))
        return OneOf(kind, entries, frozenset(entries))

    return make


def _between(least: float, most: float) -> Callable[[str, Any], Leaf]:
    def make(kind: str, content: Any) -> Leaf:
        content = content if isinstance(content, Mapping) else {}
        at_least, below = content.get("at_least"), content.get("below")
        for bound in (at_least, below):
            if bound is not None and not (_is_number(bound) and least <= bound <= most):
                told = {"least": f"{least:g}", "most": f"{most:g}"}
                raise LeafError(_("Give a number from %(least)s to %(most)s.") % told)
        if at_least is None and below is None:
            raise LeafError(_("Say how much."))
        if at_least is not None and below is not None and at_least >= below:
            raise LeafError(_("Nothing is at least this and below that."))
        return Between(kind, at_least, below)

    return make


def _hours(kind: str, content: Any) -> Leaf:
    content = content if isinstance(content, Mapping) else {}
    start, end = _whole(content.get("from"), 0, 23), _whole(content.get("to"), 0, 24)
    if start == end % 24 and end != 24:
        raise LeafError(_("From and to are the same hour."))
    return Hours(kind, start, end)


def _texts(content: Any, longest: int, seen: Callable[[str], str]) -> tuple[str, ...]:
    """Trimmed entries without repetitions, each with something to see in it."""
    if not isinstance(content, list) or not all(isinstance(entry, str) for entry in content):
        raise LeafError(_("Give a list of entries."))
    entries = tuple(dict.fromkeys(entry.strip() for entry in content))
    if not entries:
        raise LeafError(_("Give at least one entry."))
    if len(entries) > MOST_ENTRIES:
        raise LeafError(_("A condition has at most %d entries.") % MOST_ENTRIES)
    for entry in entries:
        if not seen(entry) or "\0" in entry:
            raise LeafError(_("An entry is empty, or holds nothing a reader can see."))
        if len(entry) > longest:
            told = {"entry": entry[:20], "longest": longest}
            message = _("“%(entry)s…” is too long: at most %(longest)d characters.")
            raise LeafError(message % told)
    return entries


def _whole(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        told = {"least": least, "most": most}
        raise LeafError(_("Give a whole number from %(least)d to %(most)d.") % told)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


LEAVES: dict[str, Callable[[str, Any], Leaf]] = {
    "phrase": _said(LONGEST_PHRASE),
    "word": _said(LONGEST_WORD),
    "near": _near,
    "pattern": _pattern,
    "channel": _numbers(1, 2**63 - 1),
    "network": _labels,
    "kind": _among(KINDS),
    "author": _handles,
    "followers": _between(0, MOST_FOLLOWERS),
    "list": _labels,
    "earlier": _labels,
    "language": _languages,
    "topic": _labels,
    "sentiment": _among(SENTIMENTS),
    "urgency": _between(0, 3),
    "guess": _labels,
    "confidence": _between(0, 1),
    "hour": _hours,
    "weekday": _numbers(0, 6),
    "thread": _among(THREADS),
    "incident": _labels,
}
