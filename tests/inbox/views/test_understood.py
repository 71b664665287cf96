"""The “why here” panel says what else was understood of the post."""

from __future__ import annotations

from inbox.views.conversation import _understood
from routing.models import Decision


def test_topic_sentiment_urgency_and_spam_are_said_in_words() -> None:
    decision = Decision(
        method="triage",
        topic="data_breach",
        sentiment="negative",
        urgency=3,
        urgency_cues=["danger: caught fire", "hurry: asap"],
        spam="“gain followers” with a link",
    )
    assert _understood(decision) == [
        ("Topic", "Data breach"),
        ("Sentiment", "negative"),
        ("Urgency", "very high (danger: caught fire, hurry: asap)"),
        ("Looks like spam", "“gain followers” with a link"),
    ]


def test_what_was_not_understood_is_left_out() -> None:
    assert _understood(Decision(method="triage")) == []
