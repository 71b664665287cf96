"""Training: a challenger from starter corpus and lessons, held against the model in charge."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Container, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.models import User
from routing import classifier as classifiers
from routing import features, queries
from routing.classifier import Classifier, ModelError
from routing.corpus import DATA, LESSON_WEIGHT, LESSONS, vectors_of
from routing.encoder import Encoder, EncoderError
from routing.models import Alarm, RouterModel, RouterSettings, Training
from routing.services.alarms import clear_alarm, raise_alarm
from routing.services.corpus import Corpus, Example, read_corpus, starter_examples
from routing.services.heartbeat import SILENT, beating
from routing.services.promoting import (
    Superseded,
    activate_model,
    objection,
    remove_old_models,
    score,
)

logger = logging.getLogger(__name__)

State = Training.State
ALARM = "routing.training"
# Training is quick, but a page with ten thousand lessons on a small machine takes minutes.
LONGEST = timedelta(minutes=30)
# Modules whose change changes what is learned.
TRAINED_BY = frozenset(
    {"classifier", "corpus", "encoder", "features", "heads", "phrasebook", "regression", "text"}
    | {"tone", "training"}
)


def train_model(*, force: bool = False, only_if_missing: bool = False) -> RouterModel:
    """Train on starter corpus and lessons and put the model in charge; takes seconds.

    Does nothing when the model in charge was trained on the same corpus by the same program and
    its file is whole, unless `force`: new lessons are for `request_training`, which compares. With
    `only_if_missing` any usable model stays in charge.
    """
    fingerprint = _fingerprint()
    standing = RouterModel.objects.filter(is_active=True).first()
    is_wanted = standing and (only_if_missing or standing.metrics.get("trained_on") == fingerprint)
    if standing and is_wanted and not force and _is_usable(standing):
        return standing
    known = read_corpus()
    return activate_model(model=_store(_train(known.to_learn), known))


@transaction.atomic
def request_training(*, by: User | None) -> Training:
    """Have a worker train a challenger; the training under way when there is one already."""
    give_up_stale()
    try:
        with transaction.atomic():
            training = Training.objects.create(asked_by=by)
    except IntegrityError:
        return Training.objects.get(state__in=[State.WAITING, State.RUNNING])
    async_task("routing.tasks.train", training.pk, timeout=int(LONGEST.total_seconds()))
    return training


def is_training_due() -> bool:
    """Whether there are lessons that the last training did not know, or that were taken back."""
    corpus = read_corpus()
    last = Training.objects.filter(state=State.DONE, challenger__isnull=False).first()
    newest = last.challenger if last else RouterModel.objects.filter(is_active=True).first()
    known = newest.metrics.get("learned", "") if newest else ""
    return corpus.learned != known and bool(corpus.lessons or known)


def run_training(*, training: Training) -> Training:
    """Train, compare, promote or keep with the reason; the row says how it goes.

    Does nothing when another worker has it.
    """
    claimed = Training.objects.filter(pk=training.pk, state=State.WAITING)
    if not claimed.update(state=State.RUNNING, heartbeat_at=timezone.now()):
        return training
    try:
        with beating(training):
            outcome = _challenge(training)
    except Exception as error:
        logger.exception("Training failed.")
        outcome = {"state": State.FAILED, "outcome": f"{type(error).__name__}: {error}"}
        told = _("The last training failed: %(error)s") % {"error": error}
        raise_alarm(ALARM, told, Alarm.Severity.WARNING)
    else:
        clear_alarm(ALARM)
        remove_old_models()
    own = Training.objects.filter(pk=training.pk, state=State.RUNNING)
    own.update(**{"state": State.DONE, **outcome}, percent=100, step="", finished_at=timezone.now())
    training.refresh_from_db()
    return training


def give_up_stale() -> int:
    """Say of trainings whose worker died that they failed; return how many."""
    now = timezone.now()
    lost = Q(state=State.WAITING, heartbeat_at__lt=now - LONGEST)
    lost |= Q(state=State.RUNNING, heartbeat_at__lt=now - SILENT)
    return Training.objects.filter(lost).update(
        state=State.FAILED, outcome=_("The worker stopped."), finished_at=now
    )


def _challenge(training: Training) -> dict[str, Any]:
    """What became of a challenger, as values of the training's row."""
    _tell(training, 5, _("Reading lessons"))
    corpus = read_corpus()
    champion = RouterModel.objects.filter(is_active=True).first()
    _tell(training, 10, _("Learning"), lessons=len(corpus.lessons))
    trained = _train(corpus.to_learn)
    _tell(training, 80, _("Comparing with the model in charge"))
    challenger = _store(trained, corpus)
    told: dict[str, Any] = {"challenger": challenger}
    if champion is None or not _is_usable(champion):
        activate_model(model=challenger)
        return told | {"is_promoted": True, "outcome": _("There was no model to compare with.")}
    if champion.pk == challenger.pk:
        return told | {"outcome": _("It is the model in charge already.")}
    reason = _compare(trained, challenger, champion, corpus.to_test)
    if reason:
        return told | {"outcome": reason}
    try:
        activate_model(model=challenger, instead_of=champion.pk)
    except Superseded as error:
        return told | {"outcome": str(error)}
    return told | {"is_promoted": True, "outcome": _gain(challenger)}


def _compare(
    trained: Classifier, challenger: RouterModel, champion: RouterModel, tests: Sequence[Example]
) -> str:
    """Keep both models' scores with the challenger; why it should not take charge, or ""."""
    old, new = score(queries.whole_classifier(champion), tests), score(trained, tests)
    challenger.metrics |= {"against": champion.version, "champion": old, "challenger": new}
    challenger.save(update_fields=["metrics"])
    if champion.is_pinned:
        return _("%(version)s is pinned.") % {"version": champion.version}
    return objection(old, new, RouterSettings.objects.filter(pk=1).first() or RouterSettings())


def _gain(challenger: RouterModel) -> str:
    old, new = challenger.metrics["champion"], challenger.metrics["challenger"]
    told = {"new": new["macro_f1"], "old": old["macro_f1"], "n": new["n"]}
    return _("A score of %(new).3f instead of %(old).3f on %(n)d posts.") % told


def _tell(training: Training, percent: int, step: str, **values: Any) -> None:
    Training.objects.filter(pk=training.pk, state=State.RUNNING).update(
        percent=percent, step=step, heartbeat_at=timezone.now(), **values
    )


def teach(
    texts: Sequence[str] = (),
    labels: Sequence[str] = (),
    *,
    vectors: Sequence[bytes] | None = None,
    without: Container[str] = (),
) -> Classifier:
    """Return a classifier taught by the starter corpus and these lessons; nothing is stored.

    `vectors` are those of the lessons, where they are known. Starter texts that are in `without`
    are left out, so that they can test.
    """
    kept = vectors if vectors is not None else [b""] * len(texts)
    lessons = [
        Example(text, label, LESSON_WEIGHT, LESSONS, vector=vector)
        for text, label, vector in zip(texts, labels, kept, strict=True)
    ]
    return _train([*(e for e in starter_examples() if e.text not in without), *lessons])


def _train(examples: Sequence[Example]) -> Classifier:
    """Train on `examples`; the vectors of those of the starter corpus are kept in a cache."""
    encoder = _encoder()
    vectors = None
    if encoder:
        starter = [example.text for example in starter_examples()]
        made = vectors_of(starter, encoder, cache=Path(settings.VAR_DIR) / "cache")
        kept = dict(zip(starter, made, strict=True))
        vectors = [e.vector if e.group == LESSONS else kept[e.text] for e in examples]
    return classifiers.train(
        [example.text for example in examples],
        [example.label for example in examples],
        weights=[example.weight for example in examples],
        groups=[example.group for example in examples],
        topics=[example.topic for example in examples],
        sentiments=[example.sentiment for example in examples],
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


def _store(trained: Classifier, corpus: Corpus) -> RouterModel:
    """Write the model's file and its row; it is not in charge yet."""
    metrics = trained.info.pop("metrics", {})
    metrics |= {"trained_on": _fingerprint(), "learned": corpus.learned}
    metrics |= {"n_lessons": len(corpus.lessons), "encoder": trained.weights.encoder}
    now = timezone.now()
    partial = queries.model_path(f".router.{os.getpid()}.new")
    sha256 = trained.save(partial)
    version = f"{now.astimezone(UTC):%Y%m%d}-{sha256[:8]}"
    file_name = f"{version}.model"
    partial.replace(queries.model_path(file_name))
    known = RouterModel.objects.filter(version=version).first()
    model, _created = RouterModel.objects.update_or_create(
        version=version,
        defaults={
            "file_name": file_name,
            "sha256": sha256,
            "sklearn_version": classifiers.sklearn_version(),
            "trained_at": now,
            # The same model once more keeps what it was compared with.
            "metrics": (known.metrics if known else {}) | metrics,
        },
    )
    return model


def _is_usable(model: RouterModel) -> bool:
    try:
        trained = queries.load_classifier(model)
    except ModelError as error:
        logger.warning("The model in charge cannot be used: %s", error)
        return False
    # One that learned from another encoder, or from none, can be had better.
    return queries.encoder_fingerprint() in ("", trained.weights.encoder)


def _fingerprint() -> str:
    """What the outcome of training depends on, lessons apart."""
    digest = hashlib.sha256()
    for path in sorted(DATA.glob("*.csv")):
        digest.update(path.read_bytes())
    for path in sorted(Path(features.__file__).parent.glob("*.py")):
        if path.stem in TRAINED_BY:
            digest.update(path.read_bytes())
    outside = [classifiers.sklearn_version(), queries.encoder_fingerprint()]
    digest.update(json.dumps(outside).encode())
    return digest.hexdigest()
