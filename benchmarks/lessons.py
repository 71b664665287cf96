"""What lessons bring: macro-F1 and posts routed wrong before and after two hundred of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Figure, at_least, at_most
from routing.simulation import read_posts, simulate

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CROSSDESK_DATA") or BASE_DIR.parent / "shared" / "data")


def measure() -> Iterator[Figure]:
    """Two trainings; nothing without the sample data."""
    path = DATA / "posts_labelled_weak.csv.gz"
    if not path.exists():
        return
    before, after = list(simulate(read_posts(path), checkpoints=(200,)))
    yield Figure("macro-F1 without lessons", before.macro_f1, "")
    yield at_least("macro-F1 with 200 lessons", after.macro_f1, "", before.macro_f1)
    yield Figure("routed wrong without lessons", before.hand_overs, "")
    yield at_most("routed wrong with 200 lessons", after.hand_overs, "", before.hand_overs)
