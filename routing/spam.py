"""What looks like spam: an offer nobody asked for, together with a way to take it up.

One sign alone is not enough: customers speak of loans, casinos and links too. Nothing is deleted
for it; a post that looks like spam waits in triage, last in line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from routing.phrasebook import PhraseBook, rows_of, words_of
from routing.text import DOMAIN, LINK, fold

REPEATS = 3  # So often in one batch, the same author's same words are a machine's.
LEAST_WORDS = 4  # "Thank you!" may well be said thrice.
MANY_TAGS = 12

_PHONE = re.compile(r"\+?\d[\d\s().-]{8,}\d")
_TAG = re.compile(r"(?<!\w)[#@]\w+")
_OFFERS = ("money", "growth", "lure")


def spam_of(text: str, words: Sequence[str]) -> str:
    """Return why `text` looks like spam, or nothing when it does not.

    `words` are what `routing.phrasebook.words_of` makes of the text.
    """
    found = _book().find(words)
    offers = [one for one in found if one.meaning in _OFFERS]
    if offers:
        way = _way_to_answer(text, [str(one) for one in found if one.meaning == "contact"])
        if way:
            return f"“{offers[0]}” with {way}"
        if len({str(one) for one in offers}) > 1:
            return f"“{offers[0]}” and “{offers[1]}”"
    if text.count("#") + text.count("@") >= MANY_TAGS:
        tags = len(_TAG.findall(text))
        if tags >= MANY_TAGS and tags * 2 > len(text.split()):
            return f"{tags} tags and names, little else"
    return ""


def repeated(posts: Sequence[tuple[str, str]]) -> list[bool]:
    """Say of each (author, text) of a batch whether the author says it like a machine.

    Many people with the same words are a campaign, which PR must see; one person is not.
    """
    keys = [(author, tuple(words_of(text))) if author else None for author, text in posts]
    times = Counter(key for key in keys if key and len(key[1]) >= LEAST_WORDS)
    return [key is not None and times[key] >= REPEATS for key in keys]


def _way_to_answer(text: str, contacts: Sequence[str]) -> str:
    if LINK.search(text) or DOMAIN.search(text):
        return "a link"
    if _PHONE.search(fold(text)):
        return "a number to call"
    return f"“{contacts[0]}”" if contacts else ""


@cache
def _book() -> PhraseBook[str]:
    return PhraseBook((row["phrase"], row["sort"]) for row in rows_of("spam_phrases.csv"))
