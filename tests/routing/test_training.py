"""Training at set-up: once, again only when something changed, and never halfway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing import corpus, services
from routing.classifier import Classifier, ModelError
from routing.encoder import Encoder
from routing.models import RouterModel
from routing.services import training

DEPARTMENTS = {"customer_service", "hr", "marketing", "pr"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, classifier: Classifier) -> list[int]:
    """Training takes no time; the list counts how often it happened."""
    trained: list[int] = []

    def train(_examples: object) -> Classifier:
        trained.append(1)
        metrics = {"macro_f1": 0.7}
        return Classifier(weights=classifier.weights, info={"metrics": metrics})

    monkeypatch.setattr(training, "_train", train)
    return trained


def test_training_puts_a_model_in_charge(model_dir: Path, quick: list[int]) -> None:
    model = services.train_model()
    assert model.is_active
    assert [path.name for path in model_dir.iterdir()] == [model.file_name]
    assert model.metrics["macro_f1"] == 0.7


def test_training_again_without_a_change_does_nothing(model_dir: Path, quick: list[int]) -> None:
    assert services.train_model() == services.train_model()
    assert len(quick) == 1
    services.train_model(force=True)
    assert len(quick) == 2
    assert RouterModel.objects.count() == 1


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"nonsense")])
def test_a_model_whose_file_is_lost_is_trained_again(
    model_dir: Path, quick: list[int], harm: Callable[[Path], object]
) -> None:
    model = services.train_model()
    harm(model_dir / model.file_name)
    again = services.train_model(only_if_missing=True)
    assert len(quick) == 2
    assert (model_dir / again.file_name).exists()
    assert RouterModel.objects.filter(is_active=True).count() == 1


def test_a_changed_corpus_is_trained_anew_unless_any_model_will_do(
    model_dir: Path, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    services.train_model()
    monkeypatch.setattr(training, "_fingerprint", lambda: "another corpus")
    services.train_model(only_if_missing=True)
    assert len(quick) == 1
    services.train_model()
    assert len(quick) == 2


def test_a_model_that_cannot_be_read_is_not_put_in_charge(
    model: RouterModel, model_dir: Path
) -> None:
    other = RouterModel.objects.create(
        version="other", file_name="other.model", sha256="0" * 64, sklearn_version="1"
    )
    (model_dir / "other.model").write_bytes(b"nonsense")
    with pytest.raises(ModelError):
        services.activate_model(model=other)
    assert RouterModel.objects.get(is_active=True) == model


def test_a_file_name_cannot_point_outside_the_model_folder(model_dir: Path) -> None:
    from routing.queries import model_path

    assert model_path("../../etc/passwd") == model_dir / "passwd"


def test_hints_of_the_starter_corpus_name_known_departments() -> None:
    rows = corpus._rows(corpus.PHRASES)
    assert {row["department"] for row in rows} == DEPARTMENTS
    assert len({(row["text"], row["department"]) for row in rows}) == len(rows)
    assert all(row["text"].strip() and len(row["lang"]) == 2 for row in rows)


def test_vectors_of_the_corpus_are_encoded_once_for_each_encoder(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["Where is my parcel?", "ok"]
    made = corpus.vectors_of(texts, encoder, cache=tmp_path / "cache")
    assert [len(vector) for vector in made] == [768, 768]
    with monkeypatch.context() as patch:
        patch.setattr(Encoder, "encode", None)
        assert corpus.vectors_of(texts, encoder, cache=tmp_path / "cache") == made
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"nonsense")
    assert corpus.vectors_of(texts, encoder, cache=tmp_path / "cache") == made
    assert len(corpus.vectors_of(["other"], encoder, cache=tmp_path / "cache")) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 1
