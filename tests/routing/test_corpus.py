"""The starter corpus: labelled in full, without copies, counted in its document."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from routing import corpus
from routing.corpus_check import faults
from routing.labels import TOPICS
from routing.management.commands import check_corpus
from tests.house.sources import BASE_DIR

GOOD = {
    "id": "x1",
    "text": "Your courier threw the lamp over the hedge this morning",
    "department": "customer_service",
    "topic": "delivery",
    "lang": "en",
    "part": "wide",
}


def test_every_starter_post_is_labelled_in_full_and_none_is_a_copy() -> None:
    out = StringIO()
    call_command("check_corpus", stdout=out)
    assert out.getvalue().strip() in (BASE_DIR / "docs" / "corpus.md").read_text()


def test_every_topic_has_a_department_and_a_name() -> None:
    assert {topic for topics in corpus.TOPICS_OF.values() for topic in topics} == set(TOPICS)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"topic": ""}, "No topic is none of customer_service's"),
        ({"topic": "vacancy"}, "vacancy is none of customer_service's"),
        ({"department": "legal"}, "none of legal's"),
        ({"lang": ""}, "language (none) is unknown"),
        ({"part": "other"}, "no part other"),
        ({"text": " "}, "no text"),
    ],
)
def test_a_post_with_a_missing_or_foreign_label_is_told(wrong: dict[str, str], told: str) -> None:
    assert any(told in fault for fault in faults([{**GOOD, **wrong}]))


def test_a_near_copy_in_another_department_is_told() -> None:
    other = {**GOOD, "id": "x2", "department": "hr", "topic": "pay"}
    other["text"] = "Your courier threw the lamp over the wall this morning"
    assert "x1 and x2 say nearly the same." in faults([GOOD, other])
    other["text"] = "Your payroll threw my wages over the wall again"
    assert not any("nearly the same" in fault for fault in faults([GOOD, other]))


def test_the_same_text_or_key_twice_is_told() -> None:
    told = faults([GOOD, GOOD])
    assert any("this id occurs 2 times" in fault for fault in told)
    assert any("this text occurs 2 times" in fault for fault in told)


def test_the_command_fails_when_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_corpus, "posts", lambda: [{**GOOD, "topic": "vacancy"}])
    with pytest.raises(CommandError, match="x1: vacancy is none of"):
        call_command("check_corpus")
