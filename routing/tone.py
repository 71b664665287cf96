"""The tone of a text, from lists of words: how much good is said, how much bad, and how loudly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from routing.phrasebook import PhraseBook, rows_of

N_COLUMNS = 10
REACH = 3  # A "not" turns this many following words round.

_NOT = frozenset(
    {
        *("not", "no", "never", "none", "dont", "doesnt", "didnt", "cant", "cannot", "couldnt"),
        *("wont", "wouldnt", "isnt", "arent", "wasnt", "werent", "aint", "hardly", "barely"),
        *("without", "neither", "nor", "nicht", "kein", "keine", "keinen", "keiner", "nie"),
        *("niemals", "ohne", "nunca", "sin", "tampoco", "não", "nao", "nem", "sem", "pas"),
        *("jamais", "sans", "non", "mai", "senza", "niet", "geen", "nooit", "zonder"),
    }
)
_BUT = frozenset(
    {"but", "however", "though", "although", "aber", "doch", "allerdings", "pero", "mas", "porém"}
    | {"mais", "ma", "maar"}
)
_TURNS = _NOT | _BUT


def columns_of(
    texts: Sequence[str], words: Sequence[Sequence[str]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Post, column and value of what is said of each text's tone, posts in order."""
    table = np.array([_row(text, found) for text, found in zip(texts, words, strict=True)])
    table = table.reshape(len(texts), N_COLUMNS).astype(np.float32)
    post, column = np.nonzero(table)
    return post, column, table[post, column]


def _row(text: str, words: Sequence[str]) -> list[float]:
    """Good and bad, each also when strong, after a "but" and in relation; loudness; questions."""
    exclaims = words.count("!")
    loud = [
        float(exclaims > 0) + (exclaims > 2),
        float("?" in words),
        float(len(text) > 15 and text.isupper()),
    ]
    values = {one.at: one.meaning for one in _book().find(words)}
    if not values:
        return [0.0] * (N_COLUMNS - len(loud)) + loud
    good = bad = very_good = very_bad = late = 0.0
    turned_until, is_late = -1, 0
    for at in sorted(values.keys() | _turning(words)):
        word = words[at]
        if word in _BUT:
            is_late = 1
        value: float = values.get(at, 0)
        if word in _NOT:
            turned_until = at + REACH
        elif value and at <= turned_until:
            value = -0.5 * value
        if value > 0:
            good += value
            very_good += value > 1
        else:
            bad -= value
            very_bad += value < -1
        late += value * is_late
    length = len(words) ** 0.5
    return [
        min(good, 8) / 2,
        min(bad, 8) / 2,
        min(very_good, 3),
        min(very_bad, 3),
        max(-4.0, min(late, 4.0)) / 2,
        (good - bad) / length,
        (good + bad) / length,
        *loud,
    ]


def _turning(words: Sequence[str]) -> set[int]:
    turns = _TURNS.intersection(words)
    return {at for at, word in enumerate(words) if word in turns} if turns else set()


@cache
def _book() -> PhraseBook[int]:
    return PhraseBook((row["phrase"], int(row["value"])) for row in rows_of("tone_words.csv"))
