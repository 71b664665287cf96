"""Which model is in charge: putting one there, keeping it, going back."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from routing import queries
from routing.classifier import Classifier, ModelError
from routing.evaluation import evaluate
from routing.models import RouterModel, RouterSettings
from routing.services.corpus import Example

logger = logging.getLogger(__name__)

KEPT = 10  # Models that were never in charge are kept this long, newest first.
_LOCK = 7_316_002

Scores = Mapping[str, Any]


class Superseded(Exception):  # noqa: N818 - reads as a sentence
    """Another model took charge meanwhile."""


def activate_model(*, model: RouterModel, instead_of: int | None = None) -> RouterModel:
    """Put `model` in charge, everywhere, from the next batch on.

    With `instead_of` only while the model of this key is in charge: raises `Superseded` when
    somebody was faster. Raises `ModelError` when the file cannot be used; the model in charge
    then stays.
    """
    queries.load_classifier(model)
    with transaction.atomic():
        standing = _lock_charge()
        if instead_of is not None and (standing is None or standing.pk != instead_of):
            raise Superseded(_("Another model was put in charge meanwhile."))
        _put_in_charge(model, promoted_at=timezone.now())
    model.refresh_from_db()
    return model


@transaction.atomic
def roll_back() -> RouterModel:
    """Put the model in charge that was there before this one, and keep it until it is let go.

    A model whose file cannot be used is passed over. Raises `ValidationError` when there is none.
    """
    standing = _lock_charge()
    earlier = RouterModel.objects.filter(promoted_at__isnull=False).order_by("-promoted_at")
    if standing:
        earlier = earlier.exclude(pk=standing.pk)
        if standing.promoted_at:
            earlier = earlier.filter(promoted_at__lt=standing.promoted_at)
    for model in earlier:
        try:
            queries.load_classifier(model)
        except ModelError as error:
            logger.warning("Passed over %s: %s", model, error)
            continue
        # The next night would bring back what was just found wanting.
        _put_in_charge(model, is_pinned=True)
        model.refresh_from_db()
        return model
    raise ValidationError(_("There is no earlier model to go back to."))


@transaction.atomic
def pin_model(*, model: RouterModel, is_pinned: bool) -> RouterModel:
    """Keep the model in charge whatever a training brings, or let it go.

    Raises `ValidationError` for a model that is not in charge.
    """
    _lock_charge()
    changed = RouterModel.objects.filter(pk=model.pk, is_active=True).update(is_pinned=is_pinned)
    if not changed:
        raise ValidationError(_("Only the model in charge can be kept there."))
    model.refresh_from_db()
    return model


def remove_old_models() -> int:
    """Remove models that were never in charge, but for the newest; return how many."""
    never = RouterModel.objects.filter(promoted_at=None, is_active=False).order_by("-trained_at")
    old = list(never[KEPT:])
    for model in old:
        queries.model_path(model.file_name).unlink(missing_ok=True)
        model.delete()
    return len(old)


def score(classifier: Classifier, examples: Sequence[Example]) -> dict[str, Any]:
    """How `classifier` does on `examples`, as `routing.evaluation` says it."""
    probabilities = classifier.predict_proba([example.text for example in examples])
    return evaluate([example.label for example in examples], probabilities, classifier.labels)


def objection(champion: Scores, challenger: Scores, settings: RouterSettings) -> str:
    """Why the challenger should not take charge; "" when it should."""
    gain = challenger["macro_f1"] - champion["macro_f1"]
    if gain <= settings.least_gain:
        return _("Its score of %(new).3f is no better than %(old).3f.") % {
            "new": challenger["macro_f1"],
            "old": champion["macro_f1"],
        }
    for name, row in champion["per_department"].items():
        now = challenger["per_department"].get(name, {}).get("recall", 0.0)
        if row["recall"] - now > settings.most_recall_lost:
            return _(
                "It would find fewer of %(name)s’s posts: %(new).3f of them instead of %(old).3f."
            ) % {
                "name": name,
                "new": now,
                "old": row["recall"],
            }
    return ""


def _lock_charge() -> RouterModel | None:
    """Let one change of charge happen at a time, until the transaction ends; who has it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return RouterModel.objects.filter(is_active=True).first()


def _put_in_charge(model: RouterModel, **values: Any) -> None:
    others = RouterModel.objects.filter(is_active=True).exclude(pk=model.pk)
    others.update(is_active=False, is_pinned=False)
    RouterModel.objects.filter(pk=model.pk).update(is_active=True, **values)
