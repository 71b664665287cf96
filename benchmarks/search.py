"""Full-text search over a million posts."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from accounts.models import User
from benchmarks.harness import Figure, at_most, p50, p95, seconds
from benchmarks.million import million, word
from inbox.queries import search

ROUNDS = 60
# Ranks in the made-up vocabulary: from one post in a few hundred to one in a few thousand.
MID = range(200, 2_000, 30)
OTHERS = {
    "the most frequent word": word(1),
    "two frequent words": f"{word(5)} {word(6)}",
    "a word of one post in 80": word(100),
    "a rare word": word(15_000),
    "a word that does not occur": "nowhereword",
    "a frequent prefix": "pa*",
    "a phrase": f'"{word(20)} {word(30)}"',
    "a word and not another": f"{word(300)} -{word(2)}",
    "a handle": "@person77",
    "a handle and a word": f"from:person77 {word(1)}",
}


def measure() -> Iterator[Figure]:
    """Time of the whole search: finding, permissions, tickets, headlines."""
    with million():
        user = User.objects.get(handle="agent0")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM inbox_post WHERE search @@ %s::tsquery", [word(1_000)]
            )
            yield Figure("posts with a mid-frequency word", cursor.fetchone()[0], "posts")
        words = [word(rank) for rank in MID]
        times = _times(user, words)
        yield Figure("a mid-frequency word, median", p50(times), "ms")
        yield at_most("a mid-frequency word, p95", p95(times), "ms", 100)
        for name, text in OTHERS.items():
            yield Figure(f"{name}, p95", p95(_times(user, [text])), "ms")


def _times(user: User, texts: list[str]) -> list[float]:
    for text in texts[:5]:
        search(user, text)
    return [
        seconds(lambda n=n: search(user, texts[n % len(texts)])) * 1000  # type: ignore[misc]
        for n in range(ROUNDS)
    ]
