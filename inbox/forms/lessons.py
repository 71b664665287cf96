"""Forms of the pages about lessons and models."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from inbox.queries.lessons import LessonFilter
from routing.models import Lesson, RouterSettings
from routing.services.settings import ALARMS, LEARNING


def _department_choices() -> list[tuple[str, str]]:
    departments = Department.objects.order_by("position", "name")
    return [("", str(_("Any"))), *((d.slug, d.name) for d in departments), ("spam", str(_("Spam")))]


class LessonFilterForm(forms.Form):
    """Which lessons to show."""

    person = forms.ModelChoiceField(
        label=_("Taught by"),
        required=False,
        queryset=User.objects.filter(lessons__isnull=False).distinct().order_by("name"),
        empty_label=_("Anybody"),
    )
    source = forms.ChoiceField(
        label=_("How"), required=False, choices=[("", _("Any")), *Lesson.Source.choices]
    )
    department = forms.ChoiceField(label=_("Answer"), required=False, choices=_department_choices)

    def chosen(self) -> LessonFilter:
        """The filter asked for; what makes no sense is left out."""
        data = self.cleaned_data if self.is_valid() else {}
        person = data.get("person")
        return LessonFilter(
            person=person.pk if person else None,
            source=data.get("source", ""),
            department=data.get("department", ""),
        )

    def query(self) -> str:
        """The filter as part of an address."""
        chosen = self.chosen()
        told = {
            "person": chosen.person or "",
            "source": chosen.source,
            "department": chosen.department,
        }
        return urlencode({name: value for name, value in told.items() if value})


class LearningForm(forms.ModelForm):  # type: ignore[type-arg]
    """How lessons weigh, when a model takes charge, when an alarm is raised."""

    class Meta:
        model = RouterSettings
        fields = [*LEARNING, *ALARMS]

    def show_faults(self, error: ValidationError) -> None:
        """Put a service's sentences where the form shows its errors."""
        self.add_error(None, error)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
