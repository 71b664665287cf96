"""What the policies say, ready to be asked about any ticket without a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from accounts.business_hours import BusinessHours
from accounts.models import SlaDefault, SlaPolicy


@dataclass(frozen=True, slots=True)
class Terms:
    """One policy: how soon, by which clock, and what stops it. No target is no promise."""

    pk: int
    slug: str
    name: str
    first_response: timedelta | None
    resolution: timedelta | None
    hours: BusinessHours
    pauses_pending: bool
    pauses_snoozed: bool
    resets_on_hand_over: bool

    @classmethod
    def of(cls, policy: SlaPolicy) -> Terms:
        return cls(
            pk=policy.pk,
            slug=policy.slug,
            name=policy.name,
            first_response=_minutes(policy.first_response_minutes),
            resolution=_minutes(policy.resolution_minutes),
            hours=hours_of(policy),
            pauses_pending=policy.pauses_pending,
            pauses_snoozed=policy.pauses_snoozed,
            resets_on_hand_over=policy.on_hand_over == SlaPolicy.OnHandOver.RESET,
        )


@dataclass(frozen=True, slots=True)
class Promises:
    """All policies by key, also those put away, and which is whose.

    `defaults` are keys of policies by department and priority; priority None is every other one.
    """

    terms: Mapping[int, Terms] = field(default_factory=dict)
    defaults: Mapping[tuple[int, int | None], int] = field(default_factory=dict)

    def default_of(self, department_id: int | None, priority: int) -> Terms | None:
        """What a department promises for tickets of this priority; triage promises nothing."""
        if department_id is None:
            return None
        pk = self.defaults.get((department_id, priority), self.defaults.get((department_id, None)))
        return self.terms.get(pk) if pk is not None else None


def load() -> Promises:
    """Read all policies; two queries."""
    policies = list(SlaPolicy.objects.all())
    rows = SlaDefault.objects.filter(policy__is_active=True)
    keys = rows.values_list("department_id", "priority", "policy_id")
    return Promises(
        terms={policy.pk: Terms.of(policy) for policy in policies},
        defaults={(department, priority): policy for department, priority, policy in keys},
    )


def hours_of(policy: SlaPolicy) -> BusinessHours:
    """The clock of a policy; a zone this machine does not know means UTC."""
    try:
        zone = ZoneInfo(policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    shifts = {int(day): [(a, b) for a, b in pairs] for day, pairs in policy.shifts.items()}
    return BusinessHours(zone, shifts, frozenset(policy.holidays))


def _minutes(number: int | None) -> timedelta | None:
    return timedelta(minutes=number) if number is not None else None
