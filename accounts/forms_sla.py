"""Forms of SLA policies: times as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.forms import time_zones
from accounts.models import Department, SlaDefault, SlaPolicy
from accounts.services.sla import PRIORITIES, Key

_LENGTH = re.compile(r"(\d{1,6})\s*(|m|min|h)", re.IGNORECASE)
_SHIFT = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
MIDNIGHT = 24 * 60
PRIORITY_LABELS = (lazy("Low"), lazy("Normal"), lazy("High"), lazy("Urgent"))


def length_of(minutes: int | None) -> str:
    """A number of minutes as people write it; nothing for none."""
    if minutes is None:
        return ""
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


class MinutesField(forms.CharField):
    """A length of time: "30 min", "4 h"."""

    def prepare_value(self, value: Any) -> Any:
        return length_of(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        found = _LENGTH.fullmatch(text)
        if found is None:
            raise ValidationError(_("Write it like 30 min or 4 h."))
        return int(found[1]) * (60 if found[2].lower() == "h" else 1)


class ShiftsField(forms.CharField):
    """The shifts of a day: "9:00–12:00, 13:00–17:00"; over midnight is possible."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [_shift(part.strip()) for part in text.split(",") if part.strip()]


class DaysField(forms.CharField):
    """Days, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (super().to_python(value) or "").split()
        try:
            return [date.fromisoformat(line) for line in lines]
        except ValueError:
            raise ValidationError(_("Write each day like 2026-12-31, one a line.")) from None


class SlaPolicyForm(forms.Form):
    """What is promised, and by which clock."""

    name = forms.CharField(label=lazy("Name"), max_length=60)
    first_response_minutes = MinutesField(
        label=lazy("First response within"),
        required=False,
        help_text=lazy("Such as 30 min or 4 h."),
    )
    resolution_minutes = MinutesField(label=lazy("Resolved within"), required=False)
    time_zone = forms.ChoiceField(label=lazy("Time zone"), choices=time_zones)
    holidays = DaysField(
        label=lazy("Holidays"),
        required=False,
        help_text=lazy("One a line, such as 2026-12-25. A shift of the evening before runs on."),
    )
    pauses_pending = forms.BooleanField(
        label=lazy("The clock stands still while we wait for their answer"), required=False
    )
    pauses_snoozed = forms.BooleanField(
        label=lazy("The clock stands still while the ticket is snoozed"), required=False
    )
    on_hand_over = forms.ChoiceField(
        label=lazy("When a ticket is handed over"), choices=SlaPolicy.OnHandOver.choices
    )
    is_active = forms.BooleanField(label=lazy("In use"), required=False)

    PROMISE = ("name", "first_response_minutes", "resolution_minutes")
    CLOCK = ("pauses_pending", "pauses_snoozed", "on_hand_over", "is_active")

    def __init__(self, data: Any = None, *, policy: SlaPolicy) -> None:
        known = {name: getattr(policy, name) for name in self.base_fields}
        days = {f"day_{day}": policy.shifts.get(str(day), []) for day in range(7)}
        super().__init__(data, initial={**known, **days})
        for day, label in WEEKDAYS.items():
            self.fields[f"day_{day}"] = ShiftsField(label=label, required=False, max_length=120)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = {name: self.cleaned_data[name] for name in self.base_fields}
        shifts = {str(day): self.cleaned_data[f"day_{day}"] for day in range(7)}
        return {**values, "shifts": shifts}

    @property
    def promise(self) -> list[forms.BoundField]:
        return [self[name] for name in self.PROMISE]

    @property
    def week(self) -> list[forms.BoundField]:
        return [self[f"day_{day}"] for day in range(7)]

    @property
    def clock(self) -> list[forms.BoundField]:
        return [self[name] for name in self.CLOCK]


class SlaDefaultsForm(forms.Form):
    """A policy for each department and, where it differs, for a priority."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = list(Department.objects.active())
        policies = list(SlaPolicy.objects.filter(is_active=True))
        self.policies = {policy.pk: policy for policy in policies}
        standing = {(d.department_id, d.priority): d.policy_id for d in SlaDefault.objects.all()}
        for key in self._keys():
            nothing = _("nothing") if key[1] is None else _("as usual")
            choices = [("", nothing), *((str(p.pk), p.name) for p in policies)]
            self.fields[_name(key)] = forms.TypedChoiceField(
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=standing.get(key),
            )

    def wanted(self) -> dict[Key, SlaPolicy | None]:
        """What the service takes."""
        return {key: self.policies.get(self.cleaned_data[_name(key)] or 0) for key in self._keys()}

    @property
    def rows(self) -> Iterator[tuple[Department, list[tuple[str, forms.BoundField]]]]:
        """Each department with a labelled field for each priority."""
        for department in self.departments:
            keys = [key for key in self._keys() if key[0] == department.pk]
            yield department, [(_label(key[1]), self[_name(key)]) for key in keys]

    @property
    def heads(self) -> list[str]:
        return [_label(priority) for priority in (None, *PRIORITIES)]

    def _keys(self) -> Iterator[Key]:
        for department in self.departments:
            for priority in (None, *PRIORITIES):
                yield department.pk, priority


def _name(key: Key) -> str:
    department, priority = key
    return f"of_{department}_{'' if priority is None else priority}"


def _label(priority: int | None) -> str:
    return _("Every ticket") if priority is None else str(PRIORITY_LABELS[priority])


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _shift(text: str) -> list[int]:
    found = _SHIFT.fullmatch(text)
    numbers = [int(number) for number in found.groups()] if found else [99] * 4
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if start >= MIDNIGHT or end > MIDNIGHT or max(numbers[1], numbers[3]) > 59:
        raise ValidationError(_("Write shifts like 9:00–17:00, with commas between."))
    return [start, end]
