"""A simulation lives through the days it is given."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from routing import simulation
from routing.classifier import Classifier
from routing.encoder import Encoder
from routing.simulation import Post, day_of_lessons, picture, simulate
from tests.routing.conftest import starter_rows

POSTS = [Post(row["text"], row["department"]) for row in starter_rows("short")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, classifier: Classifier) -> None:
    """Training takes no time, and brings nothing."""
    monkeypatch.setattr(simulation, "train", lambda _lessons, **_also: classifier)
    monkeypatch.setattr(simulation, "TESTS_A_DEPARTMENT", 20)


def test_a_point_for_each_checkpoint_while_there_are_posts(quick: None) -> None:
    points = list(simulate(POSTS, checkpoints=(10, 20, 100_000)))
    assert [point.lessons for point in points] == [0, 10, 20]
    assert points[-1].days >= points[1].days >= 1


def test_with_an_encoder_no_post_is_encoded_twice(
    quick: None, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def encode(posts: list[str]) -> np.ndarray:
        seen.extend(posts)
        return np.ones((len(posts), 384), dtype=np.float32)

    monkeypatch.setattr(encoder, "encode", encode)
    list(simulate(POSTS, checkpoints=(5, 10), encoder=encoder))
    assert len(seen) == len(set(seen)) > 80


def test_what_was_wrong_or_unsure_is_a_lesson(classifier: Classifier) -> None:
    right = [p for p in POSTS[:200] if classifier.classify([p.text])[0].label == p.label]
    wrong = [Post(post.text, "nowhere") for post in right[:30]]
    assert day_of_lessons(classifier, wrong) == wrong
    assert len(day_of_lessons(classifier, right)) < len(right) / 2


def test_the_picture_is_well_formed(quick: None) -> None:
    drawn = ET.fromstring(picture(list(simulate(POSTS, checkpoints=(10,)))))  # noqa: S314
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 3


def test_the_command_prints_a_table_and_draws(quick: None, tmp_path: Path) -> None:
    path, svg = tmp_path / "posts.csv", tmp_path / "curve.svg"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerows([("text", "department"), *((p.text, p.label) for p in POSTS)])
    out = StringIO()
    call_command("simulate_lessons", str(path), judged=path, svg=svg, light=True, stdout=out)
    assert "| 0 | 0 |" in out.getvalue()
    assert svg.read_text().startswith("<svg")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("simulate_lessons", str(tmp_path / "none.csv"))
