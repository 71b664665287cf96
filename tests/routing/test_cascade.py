"""Words first, meaning where words leave it open, and words alone when the encoder fails."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from routing import classifier as classifiers
from routing import services, training
from routing.classifier import Classifier
from routing.corpus import DEPARTMENT_OF, TONE_OF_TOPIC
from routing.encoder import MODEL, Encoder, EncoderError, pack
from routing.facts import Facts
from routing.heads import Head
from routing.models import Alarm, RouterModel
from tests.routing.conftest import starter_rows
from tests.routing.trees import word

PLAIN = "Boycott them! They destroy the forest for palm oil. #boycott"
OPEN = "the gentleman at your desk forgot about us"
FIRE = "the charger caught fire"
OFFER = "Earn money online, guaranteed profit, https://example.com/rich"


@pytest.fixture(scope="module")
def seeing(encoder: Encoder) -> Classifier:
    """A classifier that learned from meaning too; some of the texts with topic and tone."""
    rows = starter_rows("short")[::2]
    return classifiers.train(
        [row["text"] for row in rows],
        [row["department"] for row in rows],
        topics=[row["topic"] for row in rows],
        sentiments=[TONE_OF_TOPIC.get(row["topic"], "") for row in rows],
        encoder=encoder,
    )


@pytest.fixture
def in_charge(
    db: None,
    seeing: Classifier,
    encoder_folder: Path,
    model_dir: Path,
    settings: Settings,
    tmp_path: Path,
) -> RouterModel:
    """That classifier in charge, with an encoder folder a test may spoil."""
    shutil.copytree(encoder_folder, tmp_path / "encoder")
    settings.ROUTING_ENCODER = str(tmp_path / "encoder")
    return RouterModel.objects.create(
        version="seeing",
        file_name="seeing.model",
        sha256=seeing.save(model_dir / "seeing.model"),
        sklearn_version=classifiers.sklearn_version(),
        is_active=True,
    )


def alarms() -> dict[str, str]:
    return dict(Alarm.objects.filter(cleared_at=None).values_list("key", "message"))


def test_a_post_that_words_decide_does_not_pay_for_the_encoder(seeing: Classifier) -> None:
    plain, unsure = seeing.classify([PLAIN, OPEN])
    assert (plain.label, plain.vector) == ("pr", b"")
    assert len(unsure.vector) == 768


def test_what_was_kept_decides_again_without_encoding(
    seeing: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [row["text"] for row in starter_rows("page")[:40]]
    first = seeing.classify(texts)
    monkeypatch.setattr(Encoder, "encode", None)
    again = seeing.classify(texts, [verdict.vector for verdict in first])
    assert again == first
    light = seeing.light().classify(texts, [verdict.vector for verdict in first])
    assert light == first


def test_training_takes_kept_vectors_and_needs_no_encoder_for_them(seeing: Classifier) -> None:
    rows = starter_rows("short")[:200]
    texts, labels = [row["text"] for row in rows], [row["department"] for row in rows]
    encoder = seeing.encoder
    assert encoder is not None
    vectors = [row.astype("<f2").tobytes() for row in encoder.encode(texts)]
    given = classifiers.train(texts, labels, vectors=vectors)
    made = classifiers.train(texts, labels, encoder=encoder)
    one, other = given.weights.department.matrix, made.weights.department.matrix
    assert one is not None
    assert other is not None
    assert np.allclose(one, other, atol=0.05)
    some = classifiers.train(texts, labels, vectors=[*vectors[:150], *[b""] * 50])
    assert some.weights.department.matrix is not None


def test_what_a_page_hears_most_is_presumed_by_words_and_by_both_views(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = starter_rows("short")[::10]
    vectors = [pack(v) for v in np.random.default_rng(1).normal(0, 0.05, (len(rows), 384))]
    taught = [row["text"] for row in rows], [row["department"] for row in rows]
    presuming = classifiers.train(*taught, vectors=vectors)
    monkeypatch.setattr(training, "PAGE_SHARES", {})
    open_minded = classifiers.train(*taught, vectors=vectors)
    service, hr = presuming.labels.index("customer_service"), presuming.labels.index("hr")
    for seen in (vectors[:1], [b""]):
        more = np.log(presuming.predict_proba([OPEN], seen)[0])
        less = np.log(open_minded.predict_proba([OPEN], seen)[0])
        lead = (more[service] - less[service]) - (more[hr] - less[hr])
        assert lead == pytest.approx(np.log(0.34 / 0.2), abs=1e-3)


def test_topic_and_sentiment_are_answered_with_and_without_meaning(seeing: Classifier) -> None:
    text = "I want my money back, refund me now, this is terrible"
    for judge in (seeing, seeing.light()):
        (verdict,) = judge.classify([text])
        assert verdict.topic == "refund"
        assert verdict.sentiment == "negative"
        assert 0 < verdict.topic_confidence <= 1


def test_between_topics_as_likely_the_department_decides(seeing: Classifier) -> None:
    topics = ["boycott", "delivery", "vacancy"]
    undecided = Head(
        labels=topics,
        table=np.zeros((1, len(topics)), dtype=np.float32),
        intercept=np.zeros(len(topics)),
        sharpness=1.0,
    )
    judge = Classifier(weights=replace(seeing.weights, topic=undecided)).light()
    (verdict,) = judge.classify([PLAIN])
    assert (verdict.label, verdict.topic) == ("pr", "boycott")
    known = sum(verdict.probabilities[DEPARTMENT_OF[topic]] for topic in topics)
    assert verdict.topic_confidence == pytest.approx(verdict.confidence / known, abs=1e-3)


def test_a_saved_model_with_meaning_answers_the_same(
    seeing: Classifier, encoder: Encoder, tmp_path: Path
) -> None:
    seeing.save(tmp_path / "seeing.model")
    loaded = Classifier.load(tmp_path / "seeing.model").with_encoder(encoder)
    texts = [row["text"] for row in starter_rows("forum")[:30]]
    assert loaded.classify(texts) == seeing.classify(texts)


def test_vectors_of_another_encoder_are_not_mixed_in(seeing: Classifier) -> None:
    encoder = seeing.encoder
    assert encoder is not None
    other = Encoder(session=encoder._session, tokenizer=None, fingerprint="other")
    with pytest.raises(ValueError, match="another encoder"):
        seeing.with_encoder(other)


def test_a_decision_keeps_what_was_understood(in_charge: RouterModel) -> None:
    decision = services.decide(Facts(text=OPEN))
    decision.refresh_from_db()
    assert len(bytes(decision.vector)) == 768
    assert decision.topic
    assert decision.sentiment
    assert not alarms()


@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_without_its_encoder_words_alone_decide_and_an_alarm_says_so(
    in_charge: RouterModel, tmp_path: Path, encoder_folder: Path, content: bytes | None
) -> None:
    path = tmp_path / "encoder" / MODEL
    path.unlink()
    if content:
        path.write_bytes(content)
    decision = services.decide(Facts(text=PLAIN))
    assert decision.department is not None
    assert decision.department.slug == "pr"
    assert "Words alone decide" in alarms()["routing.encoder"]
    shutil.copy(encoder_folder / MODEL, path)
    assert len(services.decide(Facts(text=OPEN)).vector) == 768
    assert not alarms()


def test_another_encoder_than_the_model_learned_with_is_not_used(
    in_charge: RouterModel, tmp_path: Path
) -> None:
    tokenizer = tmp_path / "encoder" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text() + "\n")
    assert services.decide(Facts(text=OPEN)).vector == b""
    assert "train again" in alarms()["routing.encoder"]


def test_an_encoder_that_fails_on_a_post_does_not_stop_the_batch(
    in_charge: RouterModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: Encoder, _posts: object) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(Encoder, "_vectors", fail)
        (decision,) = services.decide_batch([Facts(text=OPEN)])
        assert decision.probabilities
        assert "out of memory" in alarms()["routing.encoder"]
    services.decide_batch([Facts(text=OPEN)])
    assert not alarms()


def test_an_encoder_says_of_every_failure_that_it_is_its_own(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "_session", None)
    with pytest.raises(EncoderError):
        encoder.encode(["text"])


def test_urgency_raises_the_priority_unless_a_rule_sets_one(model: RouterModel) -> None:
    (decision,) = services.decide_batch([Facts(text=FIRE)])
    assert (decision.urgency, decision.priority) == (3, 3)
    assert decision.urgency_cues == ["danger: caught fire"]
    services.create_rule(by=None, name="Chargers", conditions=word("charger"), priority=1)
    (decision,) = services.decide_batch([Facts(text=FIRE)])
    assert (decision.urgency, decision.priority) == (3, 1)


def test_spam_waits_in_triage_last_in_line_and_nothing_is_lost(model: RouterModel) -> None:
    (decision,) = services.decide_batch([Facts(text=OFFER)])
    assert (decision.department, decision.method, decision.priority) == (None, "triage", 0)
    assert decision.spam == "“earn money online” with a link"
    assert decision.facts["text"] == OFFER


def test_a_rule_decides_about_what_looks_like_spam(model: RouterModel) -> None:
    services.create_rule(by=None, name="Offers", conditions=word("earn"), place="triage")
    (decision,) = services.decide_batch([Facts(text=OFFER)])
    assert (decision.method, decision.priority) == ("rule", None)


def test_one_author_s_repeats_are_parked_even_without_a_model(model_dir: Path, db: None) -> None:
    facts = [Facts(text="see my page, see my page, all of you", author_handle="bot")] * 3
    assert {decision.spam for decision in services.decide_batch(facts)} == {
        "the same words again and again from one author"
    }


def test_forgetting_takes_the_vector_and_the_cues_along(in_charge: RouterModel) -> None:
    decision = services.decide(Facts(text=f"{OPEN} and {FIRE}"))
    services.forget(decision_ids=[decision.pk])
    decision.refresh_from_db()
    assert (bytes(decision.vector), decision.urgency_cues) == (b"", [])
    assert decision.urgency == 3
