"""What the router tells of a post is measured: lessons drawn, tone, topic, urgency, language."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path

import pytest
from django.core.management import CommandError

from routing import corpus
from routing.classifier import Classifier
from routing.models import RouterModel
from routing.services import measuring, training
from tests.routing.conftest import starter_rows
from tests.routing.test_commands import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch, classifier: Classifier) -> list[list[str]]:
    """Teaching takes no time; the list holds the lessons of each time."""
    lessons: list[list[str]] = []

    def teach(
        texts: list[str] = [],  # noqa: B006 - never changed
        labels: list[str] = [],  # noqa: B006
        *,
        without: Container[str] = (),
    ) -> Classifier:
        lessons.append(texts)
        return classifier

    monkeypatch.setattr(training, "teach", teach)
    return lessons


def test_no_lesson_of_a_draw_tests_it(taught: list[list[str]], classifier: Classifier) -> None:
    rows = starter_rows("short")[:60]
    results = list(measuring.drawn(rows, draws=2, lessons=20))
    assert [len(lessons) for lessons in taught] == [20, 20]
    assert [result["n"] for result in results] == [30, 30]
    assert taught[0] != taught[1]
    more = list(measuring.drawn(rows, draws=1, lessons=1000))
    assert (len(taught[2]), more[0]["n"]) == (30, 30)


def test_draws_are_summed_up_as_mean_and_spread(taught: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,department\nwhere is my parcel,customer_service\nboycott them,pr\n" * 5)
    told = json.loads(run("evaluate_router", str(path), "--draws=2", "--json"))
    assert set(told["macro_f1"]) == {"mean", "spread"}
    assert 0 <= told["least_recall"]["mean"] <= 1


def test_tone_is_measured_on_a_file(model: RouterModel, tmp_path: Path) -> None:
    path = tmp_path / "tones.csv"
    path.write_text("text,sentiment\nI love it,positive\nawful,negative\n")
    told = json.loads(run("evaluate_router", f"--sentiment={path}", "--json"))
    assert told["n"] == 2
    assert set(told["recall"]) == {"positive", "negative"}
    with pytest.raises(CommandError, match="no column department"):
        run("evaluate_router", str(path))


def test_topics_are_measured_on_posts_that_did_not_teach(taught: list[list[str]]) -> None:
    told = measuring.topics()
    assert told["n"] > 400
    assert set(told["recall"]) <= {t for topics in corpus.TOPICS_OF.values() for t in topics}


def test_languages_of_the_starter_posts_are_told() -> None:
    assert measuring.languages()["wrong"] < 0.005


def test_urgent_sentences_are_raised_and_calm_ones_are_not() -> None:
    told = measuring.urgencies()
    assert told["urgent_raised"] >= 0.9
    assert told["calm_raised"] == 0
    assert told["accuracy"] >= 0.9


def test_nothing_to_measure_is_told() -> None:
    with pytest.raises(CommandError, match="Name a file"):
        run("evaluate_router")
