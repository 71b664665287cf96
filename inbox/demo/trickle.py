"""Fresh posts for a demo that is being watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.demo.content import Line, load
from inbox.demo.network import Heard
from inbox.demo.story import Story, Told

REPLY_SHARE = 0.3
BACK_SHARE = 0.6
SHORTEST_GAP, LONGEST_GAP = 10, 25  # seconds
GENERAL_REPLIES = (
    "any news on this?", "Hello? Anyone?", "thank you for looking into it", "ok, waiting", "let me know please",
    "I'd like an answer today if possible", "update: still the same", "forgot to say, it was in the morning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recent:
    """A post people may still react to."""

    channel: str
    external_id: str
    author: IncomingAuthor
    department: str
    language: str
    posted_at: datetime
    is_private: bool = False
    is_answered: bool = False


def gap(seed: int) -> float:
    """Seconds until the post after number `seed`."""
    return Random(f"gap:{seed}").uniform(SHORTEST_GAP, LONGEST_GAP)


def trickle(now: datetime, seed: int, n: int, recent: Sequence[Recent] = ()) -> list[Heard]:
    """Return `n` fresh posts, the last written at `now`, some of them below `recent` ones.

    `seed` is the running number of the first; the next call continues with `seed + n`. The same
    arguments give the same posts, and ids never come again.
    """
    gaps = [gap(seed + i) for i in range(n)]
    at = now - timedelta(seconds=sum(gaps[1:]))
    told: list[Heard] = []
    for i in range(n):
        at += timedelta(seconds=gaps[i] if i else 0)
        told.append(_one(seed + i, at, now, recent))
    return told


def _one(number: int, at: datetime, now: datetime, recent: Sequence[Recent]) -> Heard:
    rng = Random(f"trickle:{number}")
    story = Story(load(), rng, now, f"trickle:{number}:{now.timestamp()}")
    below = [r for r in recent if r.posted_at < at]
    if below and rng.random() < REPLY_SHARE:
        return _reply(story, rng, rng.choice(below), at).heard
    return story.lone(_deck()[number % len(_deck())], at).heard


def _reply(story: Story, rng: Random, recent: Recent, at: datetime) -> Told:
    content = story.content
    line = Line("", recent.department, language=recent.language)
    channel = content.channels[recent.channel]
    post = IncomingPost(
        recent.external_id,
        posted_at=recent.posted_at,
        author=recent.author,
        is_private=recent.is_private,
    )
    under = Told(Heard(recent.channel, post, recent.department), line, channel)
    others = content.bystanders.get(recent.language, ())
    if others and not recent.is_private and rng.random() >= BACK_SHARE:
        someone = story.authors.someone(channel, recent.language)
        return story.answer(under, rng.choice(others), at, by=someone)
    return story.answer(under, _back(rng, recent), at, by=recent.author)


def _back(rng: Random, recent: Recent) -> str:
    """What the author of `recent` adds."""
    if recent.language != "en":
        return rng.choice(("👋", "🙏", "...?", "??"))
    if not recent.is_answered:
        return rng.choice(GENERAL_REPLIES)
    fitting = [a for a in load().answers if (a.department, a.language) == (recent.department, "en")]
    backs = [text for a in fitting for text in (*a.thanks, *a.unhappy)]
    return rng.choice(backs or GENERAL_REPLIES)


@cache
def _deck() -> tuple[Line, ...]:
    """Everything that can be said on any day, shuffled: no line comes twice in a round."""
    lines = [line for line in load().lines if not line.event]
    Random("deck").shuffle(lines)
    return tuple(lines)
