"""What changed from one version of a rule to the next, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from routing.definitions import DEPARTMENTS, FIELDS, PEOPLE
from routing.models import Rule
from routing.wording import PRIORITIES, Label, Names, conditions_of

LABELS: dict[str, Label] = {
    "name": lazy("Name"),
    "is_active": lazy("On"),
    "conditions": lazy("Conditions"),
    "place": lazy("The post"),
    "department": lazy("Department"),
    "priority": lazy("Priority"),
    "tags": lazy("Tags"),
    "assignee": lazy("Given to"),
    "skill": lazy("Given to someone with the skill"),
    "sla_policy": lazy("SLA policy"),
    "approval_by": lazy("Replies approved by"),
    "approval_by_leads": lazy("Approved by leads alone"),
    "consult": lazy("Asked, too"),
    "notify_user": lazy("Told"),
    "notify_department": lazy("Department told"),
    "goes_on": lazy("Goes on"),
    "starts_on": lazy("First day"),
    "ends_on": lazy("Last day"),
    "owner": lazy("Looked after by"),
    "notes": lazy("Notes"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field; an empty text stands for nothing."""

    label: str
    before: str
    after: str


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], known: Names
) -> list[Difference]:
    """The fields that differ, in the order a rule is read."""
    found = []
    for name in FIELDS:
        old, new = before.get(name), after.get(name)
        if old != new and not _is_nothing(name, old, new):
            told = Difference(str(LABELS[name]), _told(name, old, known), _told(name, new, known))
            found.append(told)
    return found


def _is_nothing(name: str, old: Any, new: Any) -> bool:
    """Whether a field that was not there yet came empty: a new rule tells only what it says."""
    return old is None and (new in ("", []) or (new is False and name != "is_active"))


def _told(name: str, value: Any, known: Names) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "conditions":
        return conditions_of(value, known)
    if name in DEPARTMENTS:
        return known.departments.get(value, str(value))
    if name in PEOPLE:
        return known.people.get(value, str(value))
    if name == "sla_policy":
        return known.policies.get(value, str(value))
    if name == "place":
        return str(Rule.Place(value).label) if value in Rule.Place.values else str(value)
    if name == "priority":
        return str(PRIORITIES[value]) if value in range(len(PRIORITIES)) else str(value)
    return ", ".join(value) if isinstance(value, list) else str(value)
