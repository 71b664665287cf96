"""What may stand in a rule, field by field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.access import access_of_each
from accounts.models import Department, Skill, SlaPolicy, User
from routing.conditions import ConditionsError, document_of, parse
from routing.definitions import FIELDS
from routing.models import Rule

MAX_PRIORITY = 3
MOST_TAGS, LONGEST_TAG = 20, 40
LONGEST_NOTES = 5000


def fill(rule: Rule, values: dict[str, Any]) -> None:
    """Put cleaned `values` into `rule`; nothing is saved.

    A department given without a place is where the post goes. Raises `ValidationError` naming each
    wrong field.
    """
    if unknown := set(values) - set(FIELDS):
        raise TypeError(f"A rule has no field {', '.join(sorted(unknown))}.")
    if "department" in values and "place" not in values:
        place = Rule.Place.DEPARTMENT if values["department"] else Rule.Place.TRIAGE
        values = {**values, "place": place}
    faults: dict[str, Any] = {}
    for name, value in values.items():
        try:
            setattr(rule, name, _CLEANERS[name](value))
        except ValidationError as error:
            faults[name] = error.messages
    # Whatever has become of a rule, it can be switched off.
    if not faults and set(values) != {"is_active"}:
        faults = _contradictions(rule)
    if faults:
        raise ValidationError(faults)


def _contradictions(rule: Rule) -> dict[str, Any]:
    """What fits no other field of the same rule."""
    faults: dict[str, Any] = {}
    if not rule.name:
        faults["name"] = [_("Give the rule a name.")]
    if not rule.conditions:
        faults["conditions"] = [_no_condition()]
    if rule.place == Rule.Place.DEPARTMENT and rule.department is None:
        faults["department"] = [_("Choose the department.")]
    if rule.place != Rule.Place.DEPARTMENT:
        rule.department = None
    if rule.starts_on and rule.ends_on and rule.ends_on < rule.starts_on:
        faults["ends_on"] = [_("The last day is before the first.")]
    if rule.consult is not None and rule.consult == rule.department:
        faults["consult"] = [_("The ticket is already this department’s.")]
    if rule.place == Rule.Place.UNCHANGED and not _does_something(rule):
        faults["place"] = [_("The rule would do nothing: say what happens then.")]
    return faults | _wrong_people(rule)


def _wrong_people(rule: Rule) -> dict[str, Any]:
    """Whom the rule gives tickets to or asks for approval, though they cannot."""
    faults: dict[str, Any] = {}
    if rule.assignee is not None and rule.department is not None:
        access = access_of_each([rule.assignee]).get(rule.assignee.pk)
        if access is None or not access.works(rule.department.pk):
            faults["assignee"] = [_("This person does not work the department’s tickets.")]
    if rule.assignee is not None and rule.skill is not None:
        faults["skill"] = [_("Give it to a person or to somebody with a skill, not both.")]
    if rule.approval_by_leads and rule.approval_by is None:
        faults["approval_by"] = [_("Choose the department whose leads approve.")]
    return faults


def _does_something(rule: Rule) -> bool:
    """Whether anything but the place is asked for; to stop is something, too."""
    wanted = (rule.tags, rule.assignee, rule.consult, rule.notify_user, rule.notify_department)
    promised = (rule.skill, rule.sla_policy, rule.approval_by)
    return rule.priority is not None or any((*wanted, *promised)) or not rule.goes_on


def _no_condition() -> str:
    return _("A rule needs at least one condition, or it would take every post.")


def _conditions(value: Any) -> Any:
    if not value:
        raise ValidationError(_no_condition())
    try:
        return document_of(parse(value))
    except ConditionsError as error:
        raise ValidationError([fault.message for fault in error.faults]) from None


def _name(value: Any) -> str:
    name = " ".join(_text(value).split())
    if not name:
        raise ValidationError(_("Give the rule a name."))
    if len(name) > 120:
        raise ValidationError(_("A name has at most 120 characters."))
    return name


def _notes(value: Any) -> str:
    notes = _text(value).strip()
    if len(notes) > LONGEST_NOTES:
        raise ValidationError(_("Notes have at most %d characters.") % LONGEST_NOTES)
    return notes


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValidationError(_("Give a text."))
    return value.replace("\0", "")


def _place(value: Any) -> str:
    if value not in Rule.Place.values:
        raise ValidationError(_("“%s” cannot be chosen here.") % str(value)[:20])
    return str(value)


def _department(value: Department | None) -> Department | None:
    if value is not None and not value.is_active:
        raise ValidationError(_("This department is closed."))
    return value


def _skill(value: Skill | None) -> Skill | None:
    return value


def _sla_policy(value: SlaPolicy | None) -> SlaPolicy | None:
    if value is not None and not value.is_active:
        raise ValidationError(_("This SLA policy is put away."))
    return value


def _person(value: User | None) -> User | None:
    if value is not None and not value.is_active:
        raise ValidationError(_("This account is closed."))
    return value


def _priority(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_PRIORITY:
        raise ValidationError(_("A priority is 0 (low) to 3 (urgent)."))
    return value


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        raise ValidationError(_("Give a list of tags."))
    tidy = {" ".join(tag.replace("\0", "").split()) for tag in value}
    names = {tag.lower(): tag for tag in sorted(tidy) if tag}
    if any(len(tag) > LONGEST_TAG for tag in names):
        raise ValidationError(_("A tag has at most %d characters.") % LONGEST_TAG)
    if len(names) > MOST_TAGS:
        raise ValidationError(_("A rule sets at most %d tags.") % MOST_TAGS)
    return list(names.values())


def _date(value: date | None) -> date | None:
    if value is not None and not isinstance(value, date):
        raise ValidationError(_("A date is written 2026-12-31."))
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValidationError(_("Say yes or no."))
    return value


_CLEANERS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "is_active": _flag,
    "conditions": _conditions,
    "place": _place,
    "department": _department,
    "priority": _priority,
    "tags": _tags,
    "assignee": _person,
    "skill": _skill,
    "sla_policy": _sla_policy,
    "approval_by": _department,
    "approval_by_leads": _flag,
    "consult": _department,
    "notify_user": _person,
    "notify_department": _department,
    "goes_on": _flag,
    "starts_on": _date,
    "ends_on": _date,
    "owner": _person,
    "notes": _notes,
}
