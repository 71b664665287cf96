"""Rules from a file, such as another installation's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from routing.definitions import values_of
from routing.models import Rule
from routing.services.rules import create_rule, update_rule

FORMAT = "crossdesk-rules-1"


@transaction.atomic
def import_rules(*, document: Any, by: User | None, reason: str) -> dict[str, int]:
    """Make the rules of an exported `document`: all, or none when one is wrong.

    A rule known by its name is changed, others are added at the end. Returns how many were added,
    changed and left as they are. Raises `ValidationError` that names the rule.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise ValidationError(_("This is no file of rules."))
    counts = {"added": 0, "changed": 0, "same": 0}
    for definition in document.get("rules") or []:
        name = definition.get("name") if isinstance(definition, Mapping) else None
        try:
            counts[_import(definition, by=by, reason=reason)] += 1
        except (ValidationError, AttributeError, TypeError) as error:
            said = (
                " ".join(error.messages) if isinstance(error, ValidationError) else _("unreadable")
            )
            raise ValidationError(f"“{name or '?'}”: {said}") from None
    return counts


def _import(definition: Mapping[str, Any], *, by: User | None, reason: str) -> str:
    values = values_of(definition)
    rule = Rule.objects.filter(name=values.get("name", "")).order_by("position").first()
    if rule is None:
        create_rule(by=by, reason=reason, **values)
        return "added"
    changed = update_rule(rule=rule, by=by, reason=reason, **values)
    return "same" if changed.version == rule.version else "changed"
