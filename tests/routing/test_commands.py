"""The commands print what people and programs expect."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Department
from routing import services
from routing.classifier import Classifier
from routing.models import Decision, RouterModel
from routing.services import training
from tests.routing.trees import all_of

pytestmark = pytest.mark.django_db

KEYS = [
    *("n", "accuracy", "macro_f1", "per_department", "top2_accuracy"),
    *("coverage_at_95_precision", "ece", "confusion"),
]


def run(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(
        "text,department\n"
        "my parcel never arrived and I want a refund,customer_service\n"
        "I have a job interview on Monday,hr\n"
        '"boycott them, they destroy the forest",pr\n',
        encoding="utf-8-sig",
    )
    return path


def test_route_prints_department_share_and_reasons(model: RouterModel) -> None:
    printed = run("route", "my parcel never arrived and I want a refund")
    assert printed.startswith("Customer service  (Classifier")
    assert "refund" in printed
    assert "language: en, model: small" in printed
    assert not Decision.objects.exists()


def test_route_as_json_names_the_rule_that_decided(
    model: RouterModel, departments: dict[str, Department]
) -> None:
    tree = all_of({"channel": [7]}, {"network": ["x"]})
    services.create_rule(by=None, name="Page", conditions=tree, department=departments["hr"])
    printed = json.loads(run("route", "hi", "--channel", "7", "--network", "x", "--json"))
    assert (printed["department"], printed["method"], printed["rule"]) == ("hr", "rule", "Page")
    assert printed["reasons"]
    other = json.loads(run("route", "hi", "--channel", "8", "--network", "x", "--json"))
    assert other["rule"] is None


def test_route_without_a_model_says_triage(model_dir: Path) -> None:
    assert run("route", "hello").startswith("Triage")


def test_evaluation_as_json_has_exactly_the_agreed_keys(model: RouterModel, labelled: Path) -> None:
    result = json.loads(run("evaluate_router", str(labelled), "--json"))
    assert list(result) == KEYS
    assert (result["n"], result["accuracy"]) == (3, 1.0)
    assert set(result["per_department"]["hr"]) == {"precision", "recall", "f1"}


def test_evaluation_tells_apart_what_is_addressed_to_a_page(
    model: RouterModel, tmp_path: Path
) -> None:
    path = tmp_path / "addressed.csv"
    path.write_text("text,department\n@Acme where is my refund,customer_service\nhi,hr\n")
    result = json.loads(run("evaluate_router", str(path), "--json"))
    assert list(result) == [*KEYS, "addressed"]
    assert (result["n"], result["addressed"]["n"]) == (2, 1)


def test_evaluation_can_learn_lessons_first_and_saves_nothing(
    model: RouterModel, labelled: Path, monkeypatch: pytest.MonkeyPatch, classifier: Classifier
) -> None:
    taught: list[tuple[list[str], list[str]]] = []

    def teach(texts: list[str], labels: list[str]) -> Classifier:
        taught.append((texts, labels))
        return classifier

    monkeypatch.setattr(training, "teach", teach)
    result = json.loads(run("evaluate_router", str(labelled), f"--lessons={labelled}", "--json"))
    assert result["n"] == 3
    assert taught[0][1] == ["customer_service", "hr", "pr"]
    assert RouterModel.objects.get() == model


def test_the_encoder_is_built_once_and_again_when_it_is_spoilt(
    tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR, settings.ROUTING_ENCODER = tmp_path, str(tmp_path / "encoder")
    assert "was built" in run("build_encoder")
    assert "is there" in run("build_encoder")
    (tmp_path / "encoder" / "model.onnx").write_bytes(b"nonsense")
    assert "was built" in run("build_encoder")


def test_an_encoder_of_one_s_own_is_left_alone(
    tmp_path: Path, settings: Settings, encoder_folder: Path
) -> None:
    settings.ROUTING_ENCODER = str(encoder_folder)
    assert "used as it is" in run("build_encoder")
    settings.ROUTING_ENCODER = str(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="cannot be read"):
        run("build_encoder")
    run("build_encoder", "--if-possible")
    settings.ROUTING_ENCODER = "none"
    assert "words alone decide" in run("build_encoder")


def test_evaluation_for_people_is_a_table(model: RouterModel, labelled: Path) -> None:
    assert "macro_f1" in run("evaluate_router", str(labelled))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("words,department\na,hr\n", "no column text"),
        ("text,department\n", "holds no posts"),
        ("", "no column department, text"),
        (None, "cannot be read"),
    ],
)
def test_evaluation_of_a_wrong_file_says_what_is_wrong(
    model: RouterModel, tmp_path: Path, content: str | None, complaint: str
) -> None:
    path = tmp_path / "wrong.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=complaint):
        run("evaluate_router", str(path))


def test_evaluation_without_a_usable_model_says_what_to_do(
    model: RouterModel, model_dir: Path, labelled: Path
) -> None:
    (model_dir / model.file_name).unlink()
    with pytest.raises(CommandError, match="cannot be read"):
        run("evaluate_router", str(labelled))
    RouterModel.objects.all().delete()
    with pytest.raises(CommandError, match="train_router"):
        run("evaluate_router", str(labelled))


def test_training_by_command_names_the_model(model: RouterModel) -> None:
    model.metrics = {"macro_f1": 0.7}
    model.save()
    assert "Model small is in charge: macro-F1 0.700" in run("train_router", "--if-missing")
