"""A rule as plain JSON: what versions keep, files carry and the API speaks.

Departments appear by label and people by handle, so that it reads the same anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Department, Skill, SlaPolicy, User
from routing.models import Rule

DEPARTMENTS = ("department", "approval_by", "consult", "notify_department")
PEOPLE = ("assignee", "notify_user", "owner")
DATES = ("starts_on", "ends_on")
PLAIN = (
    *("name", "is_active", "conditions", "place", "priority", "tags", "approval_by_leads"),
    *("goes_on", "notes"),
)
FIELDS = (
    *("name", "is_active", "conditions", "place", "department", "priority", "tags", "assignee"),
    *("skill", "sla_policy", "approval_by", "approval_by_leads"),
    *("consult", "notify_user", "notify_department", "goes_on", "starts_on", "ends_on", "owner"),
    "notes",
)

Definition = dict[str, Any]


def definition_of(rule: Rule) -> Definition:
    """What `rule` says, as JSON."""
    return {name: _plain(getattr(rule, name)) for name in FIELDS}


def values_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The values a rule's services take.

    Raises `ValidationError` naming each field that is unknown, or names nobody we know.
    """
    faults: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, value in definition.items():
        try:
            values[name] = _value(name, value)
        except ValidationError as error:
            faults[name] = error.messages
    if faults:
        raise ValidationError(faults)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Department | Skill | SlaPolicy):
        return value.slug
    if isinstance(value, User):
        return value.handle
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, value: Any) -> Any:
    if name in PLAIN or value is None:
        if name not in FIELDS:
            raise ValidationError(_("A rule has no such field."))
        return value
    if name in DEPARTMENTS:
        return _known(
            Department.objects.filter(slug=value), _("There is no department “%s”."), value
        )
    if name in PEOPLE:
        return _known(User.objects.filter(handle=value), _("There is nobody called “%s”."), value)
    if name == "skill":
        return _known(Skill.objects.filter(slug=value), _("There is no skill “%s”."), value)
    if name == "sla_policy":
        known = SlaPolicy.objects.filter(slug=value)
        return _known(known, _("There is no SLA policy “%s”."), value)
    if name in DATES:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError(_("A date is written 2026-12-31.")) from None
    raise ValidationError(_("A rule has no such field."))


def _known(found: Any, message: str, value: Any) -> Any:
    row = found.first() if isinstance(value, str) and "\0" not in value else None
    if row is None:
        raise ValidationError(message % str(value)[:60])
    return row
