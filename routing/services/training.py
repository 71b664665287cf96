"""Training the classifier and putting a model in charge."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from routing import classifier as classifiers
from routing import corpus, features, queries
from routing.classifier import Classifier, ModelError
from routing.encoder import Encoder, EncoderError
from routing.models import RouterModel

logger = logging.getLogger(__name__)

# Modules whose change changes what is learned.
TRAINED_BY = frozenset(
    {"classifier", "corpus", "encoder", "features", "heads", "phrasebook", "regression", "text"}
    | {"tone", "training"}
)
_LOCK = 7_316_002


def train_model(*, force: bool = False, only_if_missing: bool = False) -> RouterModel:
    """Train on the starter corpus and put the model in charge; takes seconds.

    Does nothing when the model in charge was trained on the same texts by the same program and its
    file is whole, unless `force`. With `only_if_missing` any usable model stays in charge.
    """
    fingerprint = _fingerprint()
    standing = RouterModel.objects.filter(is_active=True).first()
    is_wanted = standing and (only_if_missing or standing.metrics.get("trained_on") == fingerprint)
    if standing and is_wanted and not force and _is_usable(standing):
        return standing
    trained = teach()
    metrics = trained.info.pop("metrics")
    return _store(trained, metrics={**metrics, "trained_on": fingerprint})


def activate_model(*, model: RouterModel) -> RouterModel:
    """Put `model` in charge, everywhere, from the next batch on.

    Raises `ModelError` when its file cannot be used; the model in charge then stays.
    """
    queries.load_classifier(model)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        RouterModel.objects.filter(is_active=True).exclude(pk=model.pk).update(is_active=False)
        RouterModel.objects.filter(pk=model.pk).update(is_active=True)
    model.refresh_from_db()
    return model


def teach(texts: Sequence[str] = (), labels: Sequence[str] = ()) -> Classifier:
    """Return a classifier taught by the starter corpus and these lessons; nothing is stored."""
    starter, encoder = corpus.starter(), _encoder()
    vectors = None
    if encoder:
        vectors = corpus.vectors_of(starter.texts, encoder, cache=_cache()) + [b""] * len(texts)
    return classifiers.train(
        [*starter.texts, *texts],
        [*starter.labels, *labels],
        weights=starter.weights + [corpus.LESSON_WEIGHT] * len(texts),
        groups=starter.groups + [corpus.LESSONS] * len(texts),
        topics=starter.topics + [""] * len(texts),
        sentiments=starter.sentiments + [""] * len(texts),
        vectors=vectors,
        encoder=encoder,
    )


def _encoder() -> Encoder | None:
    """The encoder, for a process that does nothing else meanwhile."""
    try:
        return queries.load_encoder(threads=os.cpu_count() or 1)
    except EncoderError as error:
        logger.warning("Training on words alone. %s", error)
        return None


def _cache() -> Path:
    return Path(settings.VAR_DIR) / "cache"


def _store(trained: Classifier, *, metrics: dict[str, Any]) -> RouterModel:
    now = timezone.now()
    partial = queries.model_path(".router.new")
    sha256 = trained.save(partial)
    version = f"{now.astimezone(UTC):%Y%m%d}-{sha256[:8]}"
    file_name = f"{version}.model"
    partial.replace(queries.model_path(file_name))
    model, _created = RouterModel.objects.update_or_create(
        version=version,
        defaults={
            "file_name": file_name,
            "sha256": sha256,
            "sklearn_version": classifiers.sklearn_version(),
            "trained_at": now,
            "metrics": metrics,
        },
    )
    return activate_model(model=model)


def _is_usable(model: RouterModel) -> bool:
    try:
        trained = queries.load_classifier(model)
    except ModelError as error:
        logger.warning("The model in charge cannot be used: %s", error)
        return False
    # One that learned from another encoder, or from none, can be had better.
    return queries.encoder_fingerprint() in ("", trained.weights.encoder)


def _fingerprint() -> str:
    """What the outcome of training depends on."""
    digest = hashlib.sha256()
    for path in sorted(corpus.DATA.glob("*.csv")):
        digest.update(path.read_bytes())
    for path in sorted(Path(features.__file__).parent.glob("*.py")):
        if path.stem in TRAINED_BY:
            digest.update(path.read_bytes())
    outside = [classifiers.sklearn_version(), queries.encoder_fingerprint()]
    digest.update(json.dumps(outside).encode())
    return digest.hexdigest()
