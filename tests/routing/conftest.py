"""A small classifier of one's own, trained once, and put in charge where a test asks for it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from routing import classifier as classifiers
from routing import encoder_build, queries
from routing.classifier import Classifier
from routing.corpus import POSTS
from routing.encoder import Encoder
from routing.models import RouterModel
from routing.services import deciding


def starter_rows(part: str) -> list[dict[str, str]]:
    """The starter posts of one part."""
    with POSTS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["part"] == part]


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """Trained on a quarter of the starter corpus: quick, and right on easy posts."""
    rows = starter_rows("mixed")
    return classifiers.train([r["text"] for r in rows], [r["department"] for r in rows])


@pytest.fixture(scope="session")
def model_file(
    classifier: Classifier, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The classifier as a file, and the file's checksum."""
    path = tmp_path_factory.mktemp("models") / "small.model"
    return path, classifier.save(path)


@pytest.fixture
def model_dir(tmp_path: Path, settings: Settings) -> Path:
    """An empty folder for model files, and a process that has read nothing yet."""
    settings.MODEL_DIR = tmp_path / "models"
    settings.MODEL_DIR.mkdir()
    settings.ROUTING_ENCODER = "none"
    return Path(settings.MODEL_DIR)


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Forget what an earlier test's process knew."""
    queries._current = deciding._healthy = None
    yield
    queries._current = deciding._healthy = None


@pytest.fixture
def model(db: None, model_dir: Path, model_file: tuple[Path, str]) -> RouterModel:
    """The small classifier, in charge."""
    path, sha256 = model_file
    shutil.copy(path, model_dir / "small.model")
    return RouterModel.objects.create(
        version="small",
        file_name="small.model",
        sha256=sha256,
        sklearn_version=classifiers.sklearn_version(),
        is_active=True,
    )


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder that set-up makes."""
    folder = tmp_path_factory.mktemp("encoders") / "encoder"
    encoder_build.build(folder)
    return folder


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Encoder:
    """The encoder, ready."""
    return Encoder.load(encoder_folder)
