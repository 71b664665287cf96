"""A post made ready to be held against rules. No database, so that it can be done anywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo

from routing.classifier import Verdict
from routing.facts import Facts
from routing.text import fold, visible

NOBODY: frozenset[str] = frozenset()
OWN_POST_COMMENT = "own_post_comment"
NEW, FOLLOW_UP = "new", "follow_up"
ANY_INCIDENT = "any"


@dataclass(slots=True)
class Subject:
    """What conditions look at, folded once for all rules.

    `traits` holds, by kind of condition, what the post is among; `numbers` how much it has.
    """

    facts: Facts
    text: str
    traits: dict[str, Collection[str | int]]
    numbers: dict[str, float | None]
    hour: int | None
    _visible: bytes | None = None

    @classmethod
    def of(
        cls,
        facts: Facts,
        *,
        verdict: Verdict | None = None,
        lists: frozenset[str] = NOBODY,
        incidents: Collection[str] = (),
        zone: tzinfo = UTC,
    ) -> Subject:
        """Fold `facts` and what the classifier said.

        `lists` are those the author is on, `incidents` the open ones the post belongs to.
        """
        moment = facts.posted_at.astimezone(zone) if facts.posted_at else None
        kinds = (facts.kind, OWN_POST_COMMENT) if facts.is_under_own_post else (facts.kind,)
        traits: dict[str, Collection[str | int]] = {
            "channel": () if facts.channel_id is None else (facts.channel_id,),
            "network": (facts.network.lower(),),
            "kind": kinds,
            "author": (fold_handle(facts.author_handle),),
            "list": lists,
            "earlier": (facts.earlier_department,),
            "language": (facts.language.lower(),),
            "topic": (verdict.topic,) if verdict else (),
            "sentiment": (verdict.sentiment,) if verdict else (),
            "guess": (verdict.label,) if verdict else (),
            "weekday": (moment.weekday(),) if moment else (),
            "incident": (ANY_INCIDENT, *incidents) if incidents else (),
            "thread": (FOLLOW_UP if facts.is_follow_up else NEW,),
        }
        numbers = {
            "followers": facts.followers,
            "urgency": verdict.urgency if verdict else 0,
            "confidence": verdict.confidence if verdict else 0.0,
        }
        return cls(facts, fold(facts.text), traits, numbers, moment.hour if moment else None)

    @property
    def visible(self) -> bytes:
        """The text as a reader sees it, in its own case; UTF-8, as expressions read it."""
        if self._visible is None:
            self._visible = visible(self.facts.text).encode("utf-8", "replace")
        return self._visible


def contains_word(text: str, word: str) -> bool:
    """Say whether folded `word` stands in folded `text` with no letter, digit or mark beside it."""
    return next(places_of(text, word), None) is not None


def places_of(text: str, word: str) -> Iterator[int]:
    """Where folded `word` stands as a whole word in folded `text`."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        joined_before = at > 0 and _is_wordlike(text[at - 1]) and _is_wordlike(word[0])
        joined_after = end < len(text) and _is_wordlike(text[end]) and _is_wordlike(word[-1])
        if not joined_before and not joined_after:
            yield at
        at = text.find(word, at + 1)


def are_near(text: str, one: str, other: str, within: int) -> bool:
    """Say whether two folded words stand at most `within` words apart; neighbours are one apart.

    Takes time linear in the text.
    """
    left, right = list(_word_numbers(text, one)), list(_word_numbers(text, other))
    i = j = 0
    while i < len(left) and j < len(right):
        gap = left[i] - right[j]
        if abs(gap) <= within:
            return True
        i, j = (i + 1, j) if gap < 0 else (i, j + 1)
    return False


def _word_numbers(text: str, word: str) -> Iterator[int]:
    """Which word of `text` each place of `word` is; folded text has single spaces."""
    number = seen = 0
    for at in places_of(text, word):
        number += text.count(" ", seen, at)
        seen = at
        yield number


def fold_handle(handle: str) -> str:
    """Return a handle for comparing, with or without its @."""
    return fold(handle).lstrip("@")


def _is_wordlike(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
