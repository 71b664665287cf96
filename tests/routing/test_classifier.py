"""The classifier: right on the easy, honest about its reasons, suspicious of its file."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import classifier as classifiers
from routing import features
from routing.classifier import (
    MAGIC,
    Classifier,
    ModelBrokenError,
    ModelMissingError,
    ModelOutdatedError,
)
from routing.regression import ColumnCounter
from tests.house.sources import BASE_DIR
from tests.routing.conftest import starter_rows

HOSTILE = [
    "",
    " ",
    "\0",
    "\ud800",
    "\u200b" * 50_000,
    "a" * 50_000,
    "😀" * 50_000,
    "\u202eمرحبا",
    "ا" * 9,
]


def head_of(data: bytes) -> dict[str, object]:
    line = data.removeprefix(MAGIC).partition(b"\n")[0]
    return dict(json.loads(line))


def with_head(data: bytes, **changes: object) -> bytes:
    body = data.removeprefix(MAGIC).partition(b"\n")[2]
    return MAGIC + json.dumps({**head_of(data), **changes}).encode() + b"\n" + body


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("@Acme my parcel never arrived and nobody answers, I want a refund", "customer_service"),
        ("Boycott them until they stop using palm oil and destroying the forest", "pr"),
        ("I have a job interview with you on Monday, what is the salary?", "hr"),
        ("Love the new flavour, please bring back the limited edition!", "marketing"),
    ],
)
def test_plain_posts_go_where_a_person_would_send_them(
    classifier: Classifier, text: str, department: str
) -> None:
    (verdict,) = classifier.classify([text])
    assert verdict.label == department
    assert verdict.confidence == verdict.probabilities[department]
    assert verdict.runner_up != department


def test_probabilities_add_up_and_a_batch_changes_no_post(classifier: Classifier) -> None:
    texts = [row["text"] for row in starter_rows("short")[:300]] + HOSTILE
    together = classifier.predict_proba(texts)
    alone = np.concatenate([classifier.predict_proba([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)
    assert np.allclose(together.sum(axis=1), 1)
    assert classifier.predict_proba([]).shape == (0, 4)


def test_numpy_answers_what_scikit_learn_answers(classifier: Classifier) -> None:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    texts = [row["text"] for row in starter_rows("page")[:200]]
    weights = classifier.weights
    tfidf = TfidfTransformer(norm=None, sublinear_tf=True)
    tfidf.idf_ = weights.idf.astype(float)
    values = tfidf.transform(ColumnCounter().transform(texts))
    half = features.N_WORD_COLUMNS
    values = hstack([normalize(values[:, :half]), normalize(values[:, half:])]).tocsr()
    head = weights.department
    logits = (values @ head.table + head.intercept) * head.sharpness
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(classifier.predict_proba(texts), wanted, atol=1e-4)


def test_reasons_are_words_of_the_post_heaviest_first(classifier: Classifier) -> None:
    text = "Hello there, when do you refund my broken toaster?"
    reasons = classifier.explain(text, "customer_service")
    assert any("refund" in words for words, _ in reasons)
    assert all(words in text.lower() for words, _ in reasons)
    assert [w for _, w in reasons] == sorted((w for _, w in reasons), reverse=True)
    assert all(weight > 0 for _, weight in reasons)
    assert len(reasons) <= classifiers.N_REASONS


def test_removing_the_heaviest_words_makes_the_verdict_less_sure(classifier: Classifier) -> None:
    text = "please tell me whether the refund has been sent"
    before = classifier.classify([text])[0]
    words = before.reasons[0][0]
    after = classifier.classify([text.replace(words, "")])[0]
    assert after.probabilities[before.label] < before.confidence


def test_reasons_speak_for_the_department_that_is_asked_about(classifier: Classifier) -> None:
    text = "a job interview and a broken toaster"
    assert "interview" in str(classifier.explain(text, "hr"))
    assert "broken" in str(classifier.explain(text, "customer_service"))
    with pytest.raises(ValueError):
        classifier.explain(text, "legal")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:5]))
def test_hostile_text_is_classified(classifier: Classifier, text: str) -> None:
    (verdict,) = classifier.classify([text])
    assert 0 < verdict.confidence <= 1


@given(st.lists(st.text(max_size=60), max_size=5))
@settings(max_examples=40)
def test_any_texts_get_a_verdict_each(classifier: Classifier, texts: list[str]) -> None:
    assert len(classifier.classify(texts)) == len(texts)


def test_training_is_repeatable() -> None:
    rows = starter_rows("mixed")[::5]
    texts, labels = [r["text"] for r in rows], [r["department"] for r in rows]
    one, other = classifiers.train(texts, labels), classifiers.train(texts, labels)
    assert np.array_equal(one.weights.department.table, other.weights.department.table)
    assert one.info["metrics"]["n"] == len(rows)


def test_hints_teach_without_being_measured() -> None:
    rows = starter_rows("mixed")[::5]
    taught = classifiers.train(
        [r["text"] for r in rows] + ["zorgblatt"],
        [r["department"] for r in rows] + ["hr"],
        weights=[1.0] * len(rows) + [5.0],
        groups=["posts"] * len(rows) + [""],
    )
    assert taught.info["metrics"]["n"] == len(rows)
    assert taught.classify(["zorgblatt"])[0].label == "hr"


@pytest.mark.parametrize("labels", [["hr"] * 20, ["hr"] * 17 + ["pr"] * 3])
def test_too_little_to_learn_from_is_refused(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="two departments"):
        classifiers.train(["text"] * 20, labels)


def test_a_saved_model_answers_the_same(
    classifier: Classifier, model_file: tuple[Path, str]
) -> None:
    path, sha256 = model_file
    loaded = Classifier.load(path, sha256=sha256)
    texts = [row["text"] for row in starter_rows("forum")[:50]]
    assert loaded.classify(texts) == classifier.classify(texts)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert path.stat().st_size < 30_000_000


def test_a_missing_model_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        Classifier.load(tmp_path / "none.model")


@pytest.mark.parametrize("kept", [0, 5, 40, 300, -1])
def test_a_truncated_model_is_refused(
    tmp_path: Path, model_file: tuple[Path, str], kept: int
) -> None:
    path = tmp_path / "cut.model"
    path.write_bytes(model_file[0].read_bytes()[:kept])
    with pytest.raises(ModelBrokenError):
        Classifier.load(path)


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_changed_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, model_file: tuple[Path, str], data: st.DataObject
) -> None:
    content = bytearray(model_file[0].read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("changed") / "changed.model"
    path.write_bytes(content)
    with pytest.raises(ModelBrokenError):
        Classifier.load(path, sha256=model_file[1])


@pytest.mark.parametrize("body", [b"other weights", zlib.compress(b"PK\3\4 no archive")])
def test_a_body_changed_along_with_its_checksum_is_noticed(
    tmp_path: Path, model_file: tuple[Path, str], body: bytes
) -> None:
    data = with_head(model_file[0].read_bytes(), body_sha256=hashlib.sha256(body).hexdigest())
    path = tmp_path / "forged.model"
    path.write_bytes(MAGIC + data.removeprefix(MAGIC).partition(b"\n")[0] + b"\n" + body)
    with pytest.raises(ModelBrokenError, match="not the one that was trained"):
        Classifier.load(path, sha256=model_file[1])
    with pytest.raises(ModelBrokenError, match="cannot be unpacked"):
        Classifier.load(path)


@pytest.mark.parametrize("change", [{"format": 0}, {"features": 0}, {"sklearn": "0.24.1"}])
def test_a_model_of_another_version_is_refused(
    tmp_path: Path, model_file: tuple[Path, str], change: dict[str, object]
) -> None:
    path = tmp_path / "old.model"
    path.write_bytes(with_head(model_file[0].read_bytes(), **change))
    with pytest.raises(ModelOutdatedError, match="Train again"):
        Classifier.load(path)


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.model"
    classifier.save(path)
    before = path.read_bytes()

    def full_disk(_handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        classifier.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.model"]


def test_answering_imports_neither_scikit_learn_nor_scipy_nor_django(
    model_file: tuple[Path, str],
) -> None:
    code = (
        "import sys, pathlib; from routing.classifier import Classifier\n"
        f"Classifier.load(pathlib.Path({str(model_file[0])!r})).classify(['hello'])\n"
        "print([m for m in ('sklearn', 'scipy', 'django') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=BASE_DIR, check=True,
        timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
