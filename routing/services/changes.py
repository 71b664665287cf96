"""A change of routing as plain JSON, before it is made: what it would make of the rules.

`kind` says which: `create` and `change` carry a rule's `definition`, `change` and `remove` a `rule`
and the `version` it had, `order` all `ids`, `threshold` a share, `model` a version, `proposal` the
key of one, `rules` the rules of a file. What a change replaces is kept as `was`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from routing.definitions import Definition, definition_of, values_of
from routing.models import RouterModel, RouterSettings, Rule, RuleProposal
from routing.services.rule_files import FORMAT
from routing.services.rule_values import fill

Change = dict[str, Any]
KINDS = ("create", "change", "remove", "order", "threshold", "model", "proposal")


def prepared(change: Mapping[str, Any]) -> Change:
    """`change` with all that is needed to replay it, and later to save exactly it.

    Raises `ValidationError` naming each wrong field.
    """
    prepare = _PREPARE.get(change.get("kind", ""))
    if prepare is None:
        raise ValidationError({"kind": _("There is no such change.")})
    done = prepare(change)
    rules_after(done, list(Rule.objects.select_related("department")))
    return done


def definition_with(rule: Rule | None, values: dict[str, Any]) -> Definition:
    """What `rule`, or a new one, would say with these values. Raises `ValidationError`."""
    made = copy(rule) if rule else Rule()
    fill(made, values)
    return definition_of(made)


def rules_after(change: Change, rules: Sequence[Rule]) -> list[Rule]:
    """The rules as they would be; those given are left alone. Raises `ValidationError`."""
    copies = [copy(rule) for rule in rules]
    if change["kind"] == "remove":
        return [rule for rule in copies if rule.pk != change["rule"]]
    if change["kind"] == "order":
        place = {pk: at for at, pk in enumerate(change["ids"])}
        if set(place) != {rule.pk for rule in copies}:
            raise ValidationError({"ids": _("The list of rules has changed. Look at it again.")})
        return sorted(copies, key=lambda rule: place[rule.pk])
    for definition in change.get("rules", ()):
        known = [rule for rule in copies if rule.name == definition.get("name")]
        _take(copies, known[0] if known else None, definition)
    if "definition" in change:
        found = [rule for rule in copies if rule.pk == change.get("rule")]
        if change.get("rule") and not found:
            raise ValidationError({"rule": _("This rule is gone.")})
        _take(copies, found[0] if found else None, change["definition"])
    return copies


def starts_on(change: Change, rules: Sequence[Rule]) -> date | None:
    """The first day of the rule that is changed: it is replayed as if that day had come."""
    first = change.get("definition", {}).get("starts_on")
    if first is None and change["kind"] == "change":
        first = next((rule.starts_on for rule in rules if rule.pk == change["rule"]), None)
    return date.fromisoformat(first) if isinstance(first, str) else first


def rules_of_file(document: Any) -> Change:
    """The change that importing an exported document would be. Raises `ValidationError`."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise ValidationError(_("This is no file of rules."))
    rules = [rule for rule in document.get("rules") or [] if isinstance(rule, Mapping)]
    return {"kind": "rules", "rules": [dict(rule) for rule in rules]}


def _take(rules: list[Rule], rule: Rule | None, definition: Mapping[str, Any]) -> None:
    if rule is None:
        rule = Rule()
        rules.append(rule)
    values = values_of(definition)
    fill(rule, values)


def _create(change: Mapping[str, Any]) -> Change:
    return {"kind": "create", "definition": _definition(change)}


def _change(change: Mapping[str, Any]) -> Change:
    return {**_rule(change), "kind": "change", "definition": _definition(change)}


def _remove(change: Mapping[str, Any]) -> Change:
    return {**_rule(change), "kind": "remove"}


def _order(change: Mapping[str, Any]) -> Change:
    ids = change.get("ids")
    if not isinstance(ids, list) or any(type(pk) is not int for pk in ids):
        raise ValidationError({"ids": _("Give the keys of the rules.")})
    if len(set(ids)) != len(ids):
        raise ValidationError({"ids": _("Give each rule once.")})
    return {"kind": "order", "ids": ids, "was": list(Rule.objects.values_list("pk", flat=True))}


def _threshold(change: Mapping[str, Any]) -> Change:
    threshold = change.get("threshold")
    is_number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if not is_number or not 0 <= float(threshold or 0) <= 1:
        raise ValidationError({"threshold": _("The threshold is a share: 0 to 1.")})
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    return {"kind": "threshold", "threshold": threshold, "was": settings.threshold}


def _model(change: Mapping[str, Any]) -> Change:
    model = RouterModel.objects.filter(version=str(change.get("model"))).first()
    if model is None:
        raise ValidationError({"model": _("There is no such model.")})
    standing = RouterModel.objects.filter(is_active=True).values_list("pk", flat=True).first()
    return {"kind": "model", "model": model.version, "was": standing}


def _proposal(change: Mapping[str, Any]) -> Change:
    key = change.get("proposal")
    waiting = RuleProposal.objects.filter(state=RuleProposal.State.OPEN)
    found = waiting.filter(pk=key).first() if isinstance(key, int) else None
    if found is None:
        raise ValidationError({"proposal": _("There is no such open proposal.")})
    return {
        "kind": "proposal",
        "proposal": found.pk,
        "rule": found.rule_id,
        "version": found.based_on,
        "definition": found.definition,
    }


def _definition(change: Mapping[str, Any]) -> dict[str, Any]:
    definition = change.get("definition")
    if not isinstance(definition, Mapping) or not definition:
        raise ValidationError({"definition": _("Say what the rule shall be.")})
    return dict(definition)


def _rule(change: Mapping[str, Any]) -> dict[str, Any]:
    key, expect = change.get("rule"), change.get("version")
    rule = Rule.objects.filter(pk=key).first() if type(key) is int else None
    if rule is None:
        raise ValidationError({"rule": _("There is no such rule.")})
    if expect is not None and expect != rule.version:
        message = _("Someone else changed this rule meanwhile. Look at it again.")
        raise ValidationError({"version": message})
    return {"rule": rule.pk, "version": rule.version, "name": rule.name}


_PREPARE: dict[str, Callable[[Mapping[str, Any]], Change]] = {
    "create": _create,
    "change": _change,
    "remove": _remove,
    "order": _order,
    "threshold": _threshold,
    "model": _model,
    "proposal": _proposal,
}
