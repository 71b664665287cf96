"""Leads ask for a rule, an admin says yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from routing.definitions import definition_of, values_of
from routing.models import Rule, RuleProposal
from routing.services.rule_values import fill
from routing.services.rules import LONGEST_REASON, create_rule, update_rule

State = RuleProposal.State
MOST_OPEN = 50  # For each person: a queue that nobody reads helps nobody.


def may_propose(user: User) -> bool:
    """Whether `user` leads a department, or administers all of them."""
    return access_of(user).is_lead_or_admin


@transaction.atomic
def propose_rule(*, by: User, reason: str, rule: Rule | None = None, **values: Any) -> RuleProposal:
    """Ask for a new rule, or for `rule` to be changed; nothing is in force before an admin agrees.

    Raises `PermissionDenied`, and `ValidationError` naming each wrong field.
    """
    if not may_propose(by):
        raise PermissionDenied
    reason = " ".join(reason.replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        raise ValidationError({"reason": _("Say why: an admin decides about it.")})
    if RuleProposal.objects.filter(by=by, state=State.OPEN).count() >= MOST_OPEN:
        raise ValidationError(_("You have %d open proposals already.") % MOST_OPEN)
    wanted = Rule.objects.get(pk=rule.pk) if rule else Rule()
    fill(wanted, values)
    return RuleProposal.objects.create(
        rule=rule,
        based_on=rule.version if rule else None,
        definition=definition_of(wanted),
        reason=reason,
        by=by,
    )


@transaction.atomic
def accept_proposal(*, proposal: RuleProposal, by: User, answer: str = "") -> Rule:
    """Put a proposed rule in force.

    Raises `PermissionDenied`; `ValidationError` when it was settled already, when the rule has
    changed since, or when it is not valid any more.
    """
    claimed = _settle(proposal, State.ACCEPTED, by=by, answer=answer)
    values = values_of(claimed.definition)
    reason = _("Proposed by %(who)s: %(reason)s") % {"who": claimed.by, "reason": claimed.reason}
    if claimed.rule is None:
        return create_rule(by=by, reason=reason, **values)
    return update_rule(rule=claimed.rule, by=by, reason=reason, expect=claimed.based_on, **values)


@transaction.atomic
def decline_proposal(*, proposal: RuleProposal, by: User, answer: str = "") -> RuleProposal:
    """Say no. Raises `PermissionDenied`, and `ValidationError` when it was settled already."""
    return _settle(proposal, State.DECLINED, by=by, answer=answer)


def changes_of(proposal: RuleProposal) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The definitions before and after."""
    return (definition_of(proposal.rule) if proposal.rule else {}), proposal.definition


def _settle(proposal: RuleProposal, state: str, *, by: User, answer: str) -> RuleProposal:
    if not access_of(by).is_admin:
        raise PermissionDenied
    said = " ".join(answer.replace("\0", "").split())[:LONGEST_REASON]
    claimed = RuleProposal.objects.filter(pk=proposal.pk, state=State.OPEN).update(
        state=state, settled_by=by, settled_at=timezone.now(), answer=said
    )
    if not claimed:
        raise ValidationError(_("Somebody has settled this already."))
    return RuleProposal.objects.select_related("rule", "by").get(pk=proposal.pk)
