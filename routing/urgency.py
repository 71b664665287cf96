"""How urgent a post is, and the words that say so.

3: somebody may be harmed now. 2: a legal deadline, fraud, an outage, a person in distress, a
journalist on deadline. 1: somebody is in a hurry or needs care. 0: nothing says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from routing.phrasebook import PhraseBook, rows_of

HIGHEST = 3
RAISED = 2  # From here on a ticket deserves a higher priority.
KINDS = (
    *("self-harm", "threat", "danger", "distress", "legal", "fraud", "outage", "press", "breach"),
    *("harm", "vulnerable", "hurry"),
)
N_CUES = 3


def urgency_of(words: Sequence[str]) -> tuple[int, list[str]]:
    """Return the urgency of a text, 0 to 3, and its cues: "kind: words", the gravest first.

    `words` are what `routing.phrasebook.words_of` makes of the text.
    """
    found = _book().find(words)
    if not found:
        return 0, []
    found.sort(key=lambda one: (-one.meaning[0], one.at))
    cues = list(dict.fromkeys(f"{one.meaning[1]}: {one}" for one in found))
    return found[0].meaning[0], cues[:N_CUES]


@cache
def _book() -> PhraseBook[tuple[int, str]]:
    return PhraseBook(
        (row["phrase"], (int(row["level"]), row["kind"])) for row in rows_of("urgency_cues.csv")
    )
