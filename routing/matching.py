"""Does a rule match a post? No database, so that rules can be rehearsed anywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from routing.facts import Facts
from routing.text import fold


@dataclass(frozen=True, slots=True)
class Subject:
    """A post made ready to be held against many rules: folded once."""

    text: str
    channel_id: int | None
    network: str
    handle: str
    language: str

    @classmethod
    def of(cls, facts: Facts) -> Subject:
        return cls(
            text=fold(facts.text),
            channel_id=facts.channel_id,
            network=facts.network.lower(),
            handle=fold_handle(facts.author_handle),
            language=facts.language.lower(),
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """The groups of a rule, folded: each group that is not empty must match, by any entry."""

    phrases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    channel_ids: frozenset[int] = frozenset()
    networks: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        phrases: Iterable[str] = (),
        words: Iterable[str] = (),
        channel_ids: Iterable[int] = (),
        networks: Iterable[str] = (),
        handles: Iterable[str] = (),
        languages: Iterable[str] = (),
    ) -> Conditions:
        """Fold the entries as they are stored.

        Raises `ValueError` when nothing is asked for, or an entry asks for nothing: such a rule
        would match every post.
        """
        conditions = cls(
            phrases=tuple(fold(phrase) for phrase in phrases),
            words=tuple(fold(word) for word in words),
            channel_ids=frozenset(int(pk) for pk in channel_ids),
            networks=frozenset(network.lower() for network in networks),
            handles=frozenset(fold_handle(handle) for handle in handles),
            languages=frozenset(language.lower() for language in languages),
        )
        groups = (
            *(conditions.phrases, conditions.words, conditions.networks),
            *(conditions.handles, conditions.languages),
        )
        if any("" in group for group in groups):
            raise ValueError("An entry is empty.")
        if not any(groups) and not conditions.channel_ids:
            raise ValueError("The rule has no condition.")
        return conditions

    def match(self, subject: Subject) -> list[str] | None:
        """Return what in `subject` matched, or None. Takes time linear in the text."""
        found: list[str] = []
        for allowed, actual in (
            (self.channel_ids, subject.channel_id),
            (self.networks, subject.network),
            (self.handles, subject.handle),
            (self.languages, subject.language),
        ):
            if allowed and actual not in allowed:
                return None
        if self.phrases:
            phrase = next((p for p in self.phrases if p in subject.text), None)
            if phrase is None:
                return None
            found.append(phrase)
        if self.words:
            word = next((w for w in self.words if contains_word(subject.text, w)), None)
            if word is None:
                return None
            found.append(word)
        return found + self._surroundings(subject)

    def _surroundings(self, subject: Subject) -> list[str]:
        return [
            *([f"@{subject.handle}"] if self.handles else []),
            *([subject.network] if self.networks else []),
            *([subject.language] if self.languages else []),
            *([f"#{subject.channel_id}"] if self.channel_ids else []),
        ]


def contains_word(text: str, word: str) -> bool:
    """Say whether folded `word` stands in folded `text` with no letter, digit or mark beside it."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        joined_before = at > 0 and _is_wordlike(text[at - 1]) and _is_wordlike(word[0])
        joined_after = end < len(text) and _is_wordlike(text[end]) and _is_wordlike(word[-1])
        if not joined_before and not joined_after:
            return True
        at = text.find(word, at + 1)
    return False


def fold_handle(handle: str) -> str:
    """Return a handle for comparing, with or without its @."""
    return fold(handle).lstrip("@")


def _is_wordlike(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
