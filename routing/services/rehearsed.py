"""Saving exactly what was rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from routing.classifier import ModelError
from routing.definitions import values_of
from routing.models import Rehearsal, RouterModel, RouterSettings, Rule, RuleProposal
from routing.services.promoting import Superseded, activate_model
from routing.services.proposals import accept_proposal
from routing.services.rules import create_rule, delete_rule, reorder_rules, update_rule
from routing.services.settings import set_threshold


@transaction.atomic
def save_rehearsed(*, rehearsal: Rehearsal, by: User) -> Rehearsal:
    """Make the change that was rehearsed, once, if what it replaces is still there.

    Raises `PermissionDenied` for whoever is no admin, and `ValidationError`.
    """
    if not access_of(by).is_admin:
        raise PermissionDenied
    ready = Rehearsal.objects.filter(pk=rehearsal.pk, state=Rehearsal.State.DONE, saved_at=None)
    if not ready.update(saved_at=timezone.now(), saved_by=by):
        raise ValidationError(_("This change cannot be saved, or it was saved already."))
    try:
        _SAVE[rehearsal.change["kind"]](rehearsal.change, by, rehearsal.reason)
    except (ModelError, Superseded) as error:
        raise ValidationError(str(error)) from error
    rehearsal.refresh_from_db()
    return rehearsal


def _create(change: dict[str, Any], by: User, reason: str) -> None:
    create_rule(by=by, reason=reason, **values_of(change["definition"]))


def _change(change: dict[str, Any], by: User, reason: str) -> None:
    rule = _rule(change)
    values = values_of(change["definition"])
    update_rule(rule=rule, by=by, reason=reason, expect=change["version"], **values)


def _remove(change: dict[str, Any], by: User, reason: str) -> None:
    delete_rule(rule=_rule(change), by=by, reason=reason)


def _order(change: dict[str, Any], by: User, _reason: str) -> None:
    standing = list(Rule.objects.select_for_update().values_list("pk", flat=True))
    _expect(standing == change["was"])
    reorder_rules(ids=change["ids"], by=by)


def _threshold(change: dict[str, Any], by: User, _reason: str) -> None:
    row = RouterSettings.objects.select_for_update().filter(pk=1).first() or RouterSettings()
    _expect(row.threshold == change["was"])
    set_threshold(threshold=change["threshold"], by=by)


def _model(change: dict[str, Any], _by: User, _reason: str) -> None:
    model = RouterModel.objects.filter(version=change["model"]).first()
    if model is None:
        raise ValidationError(_("There is no such model."))
    activate_model(model=model, instead_of=change["was"])


def _proposal(change: dict[str, Any], by: User, _reason: str) -> None:
    proposal = RuleProposal.objects.filter(pk=change["proposal"]).first()
    if proposal is None:
        raise ValidationError(_("There is no such open proposal."))
    accept_proposal(proposal=proposal, by=by)


def _rule(change: dict[str, Any]) -> Rule:
    rule = Rule.objects.select_for_update(of=("self",)).filter(pk=change["rule"]).first()
    _expect(rule is not None and rule.version == change["version"])
    assert rule is not None  # noqa: S101
    return rule


def _expect(is_as_rehearsed: bool) -> None:  # noqa: FBT001
    if not is_as_rehearsed:
        message = _("Someone else has changed this meanwhile: rehearse it again.")
        raise ValidationError(message)


_SAVE: dict[str, Callable[[dict[str, Any], User, str], None]] = {
    "create": _create,
    "change": _change,
    "remove": _remove,
    "order": _order,
    "threshold": _threshold,
    "model": _model,
    "proposal": _proposal,
}
