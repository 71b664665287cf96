"""SLA policies: made, changed, put away; and which department's tickets they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Department, SlaDefault, SlaPolicy, User
from accounts.services.refused import Refused
from accounts.services.trail import signed

# With less, a promise of some weeks would end in another century.
LEAST_WEEK = 60
MOST_HOLIDAYS = 500
MOST_SHIFTS = 4
PRIORITIES = range(4)

Key = tuple[int, int | None]


def save_policy(*, policy: SlaPolicy, by: User | None, **values: Any) -> SlaPolicy:
    """Put a new or changed policy in force. Tickets keep the times they were promised.

    Its label is made from the first name. Raises `Refused`.
    """
    for name, value in values.items():
        setattr(policy, name, value)
    policy.slug = policy.slug or slugify(policy.name).replace("-", "_")[:60]
    if not policy.slug:
        raise Refused(_("A name needs at least one Latin letter or digit."), field="name")
    if policy.first_response_minutes is None and policy.resolution_minutes is None:
        raise Refused(_("Promise a first response, a resolution, or both."))
    policy.shifts = _tidy(policy.shifts)
    policy.holidays = sorted(set(policy.holidays))[:MOST_HOLIDAYS]
    try:
        policy.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(" ".join(messages), field="name" if field == "slug" else field) from None
    with transaction.atomic(), signed(by):
        policy.save()
    return policy


@transaction.atomic
def set_defaults(*, wanted: Mapping[Key, SlaPolicy | None], by: User | None) -> None:
    """Say which policy the tickets of a department have, by priority; None is every other one.

    Keys are those of departments and priorities; those not named stay as they are.
    """
    with signed(by):
        known = {(d.department_id, d.priority): d for d in SlaDefault.objects.select_for_update()}
        departments = set(Department.objects.values_list("pk", flat=True))
        for (department, priority), policy in wanted.items():
            standing = known.get((department, priority))
            is_known = department in departments and (priority is None or priority in PRIORITIES)
            if policy is None and standing is not None:
                standing.delete()
            elif policy is not None and standing is None and is_known:
                SlaDefault.objects.create(
                    department_id=department, priority=priority, policy=policy
                )
            elif policy is not None and standing is not None and standing.policy_id != policy.pk:
                standing.policy = policy
                standing.save()


def _tidy(shifts: Mapping[Any, Any]) -> dict[str, list[list[int]]]:
    """The shifts that there are, by weekday. Raises `Refused`."""
    tidy: dict[str, list[list[int]]] = {}
    for day in range(7):
        pairs = [[int(start), int(end)] for start, end in shifts.get(str(day)) or ()]
        if len(pairs) > MOST_SHIFTS:
            told = {"most": MOST_SHIFTS}
            raise Refused(_("A day has at most %(most)d shifts.") % told, field=f"day_{day}")
        if pairs:
            tidy[str(day)] = sorted(pairs)
    length = sum((end - start) % 1440 or 1440 for pairs in tidy.values() for start, end in pairs)
    if tidy and length < LEAST_WEEK:
        raise Refused(_("That is less than an hour a week."))
    return tidy
