"""Making, changing, ordering and removing rules; every save is a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from routing.definitions import definition_of, values_of
from routing.models import Rule, RuleVersion
from routing.services.rule_values import fill

LONGEST_REASON = 300
_LOCK = 7_316_001  # Any number no other advisory lock uses.
Action = RuleVersion.Action


@transaction.atomic
def create_rule(*, by: User | None, reason: str = "", **values: Any) -> Rule:
    """Add a rule at the end of the list, from the fields of `definitions.FIELDS`.

    Raises `ValidationError` naming each wrong field.
    """
    _lock_list()
    rule = Rule(position=_last_position() + 1, created_by=by, updated_by=by)
    fill(rule, values)
    rule.save(force_insert=True)
    _keep(rule, Action.CREATED, by=by, reason=reason)
    return rule


@transaction.atomic
def update_rule(
    *, rule: Rule, by: User | None, reason: str = "", expect: int | None = None, **values: Any
) -> Rule:
    """Change some fields of `rule`; every change is a new version. Unchanged values are none.

    Raises `ValidationError` naming each wrong field, and on `version` when `expect` is given and
    someone else has saved another version meanwhile.
    """
    locked = Rule.objects.select_for_update(of=("self",)).filter(pk=rule.pk).first()
    if locked is None or (expect is not None and locked.version != expect):
        message = _("Someone else changed this rule meanwhile. Look at it again.")
        raise ValidationError({"version": message})
    return _change(locked, values, Action.CHANGED, by=by, reason=reason)


@transaction.atomic
def restore_rule(*, version: RuleVersion, by: User | None, reason: str = "") -> Rule:
    """Make the rule what it was in `version`, as a new version; a rule that is gone comes back.

    Raises `ValidationError` when it names a department or a person that can no longer be named.
    """
    _lock_list()
    values = values_of(version.definition)
    reason = reason or _("As in version %d.") % version.number
    rule = Rule.objects.select_for_update(of=("self",)).filter(pk=version.rule_id).first()
    if rule is not None:
        return _change(rule, values, Action.RESTORED, by=by, reason=reason)
    newest = RuleVersion.objects.filter(rule=version.rule_id).order_by("-number").first()
    number = (newest or version).number + 1
    position = _last_position() + 1
    rule = Rule(pk=version.rule_id, position=position, version=number, created_by=by, updated_by=by)
    fill(rule, values)
    rule.save(force_insert=True)
    _keep(rule, Action.RESTORED, by=by, reason=reason)
    return rule


@transaction.atomic
def delete_rule(*, rule: Rule, by: User | None = None, reason: str = "") -> None:
    """Remove `rule`; its versions stay, and so do the reasons of what it decided."""
    _lock_list()
    locked = Rule.objects.select_for_update(of=("self",)).filter(pk=rule.pk).first()
    if locked is None:
        return
    locked.version += 1
    _keep(locked, Action.REMOVED, by=by, reason=reason)
    locked.delete()


@transaction.atomic
def reorder_rules(*, ids: Sequence[int], by: User | None) -> list[Rule]:
    """Put all rules into the order of `ids`, first match first.

    Raises `ValidationError` on `ids` when they are not exactly the existing rules: someone else
    has added or removed one meanwhile.
    """
    _lock_list()
    rules = {rule.pk: rule for rule in Rule.objects.select_for_update()}
    if len(ids) != len(rules) or set(ids) != set(rules):
        raise ValidationError({"ids": _("The list of rules has changed. Look at it again.")})
    for position, pk in enumerate(ids, 1):
        if rules[pk].position != position:
            rules[pk].position = position
            rules[pk].updated_by = by
            rules[pk].save(update_fields=["position", "updated_by", "updated_at"])
    return [rules[pk] for pk in ids]


def _change(
    rule: Rule, values: dict[str, Any], action: str, *, by: User | None, reason: str
) -> Rule:
    before = definition_of(rule)
    fill(rule, values)
    if before != definition_of(rule):
        rule.version += 1
        rule.updated_by = by
        rule.save()
        _keep(rule, action, by=by, reason=reason)
    return rule


def _keep(rule: Rule, action: str, *, by: User | None, reason: str) -> None:
    RuleVersion.objects.create(
        rule_id=rule.pk,
        number=rule.version,
        action=action,
        definition=definition_of(rule),
        reason=" ".join(reason.replace("\0", "").split())[:LONGEST_REASON],
        by=by,
    )


def _last_position() -> int:
    last = Rule.objects.order_by("-position").values_list("position", flat=True).first()
    return last or 0


def _lock_list() -> None:
    """Let one change of the list happen at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
