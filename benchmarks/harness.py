"""What every benchmark needs: figures, percentiles, a database of its own, made-up posts."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import override_settings

from benchmarks.figures import Figure, at_least, at_most
from inbox.models import WaitingDelivery
from routing.services import train_model

__all__ = [
    "WORDS",
    "Figure",
    "Writer",
    "at_least",
    "at_most",
    "fresh_database",
    "p50",
    "p95",
    "seconds",
    "until_nothing_waits",
]

WORDS = [
    "parcel",
    "order",
    "refund",
    "bread",
    "oven",
    "crust",
    "courier",
    "late",
    "broken",
    "cold",
    "warm",
    "love",
    "hate",
    "again",
    "never",
    "today",
    "yesterday",
    "morning",
    "shop",
    "counter",
    "staff",
    "friendly",
    "rude",
    "app",
    "login",
    "password",
    "card",
    "charged",
    "twice",
    "help",
    "please",
    "thanks",
    "why",
    "when",
    "where",
    "still",
    "waiting",
    "since",
    "week",
    "month",
    "birthday",
    "cake",
    "rye",
    "sourdough",
    "almond",
    "croissant",
    "launch",
    "autumn",
    "box",
    "subscription",
    "cancel",
    "pause",
    "boycott",
    "palm",
    "oil",
    "plastic",
    "wrapping",
    "union",
    "shift",
    "manager",
    "interview",
    "job",
    "apply",
    "salary",
    "weekend",
    "recipe",
    "idea",
    "wish",
    "could",
    "bring",
    "back",
    "vegan",
    "taste",
]


def p50(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def p95(samples: Sequence[float]) -> float:
    """The value that 95 of 100 samples do not exceed."""
    return sorted(samples)[max(0, -(-len(samples) * 95 // 100) - 1)]


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def until_nothing_waits() -> None:
    """Wait until every delivery that was answered is taken in."""
    while WaitingDelivery.objects.exists():
        time.sleep(0.05)


class Writer:
    """Makes up posts from a word list, the same ones at every run."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def text(self, least: int = 6, most: int = 40) -> str:
        words = self.random.choices(WORDS, k=self.random.randint(least, most))
        return " ".join(words).capitalize() + self.random.choice(".!?")


@contextmanager
def fresh_database() -> Iterator[None]:
    """An empty, migrated database with a trained router, dropped afterwards."""
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            override_settings(MODEL_DIR=Path(folder)),
        ):
            train_model()
            yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
