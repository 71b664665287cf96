"""Forms of the pages that import history."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from inbox.models import LessonImport
from inbox.services.lesson_imports import FIELDS

LARGEST_MB = 100
LABELS = {"text": _("Text"), "department": _("Department"), "language": _("Language")}
MOST_NAMES = 20


class HistoryForm(forms.Form):
    """A file of answered posts."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("CSV with a heading, or JSON Lines, with a text and a department in each row."),
    )

    def clean_file(self) -> Any:
        """A file a browser can be expected to send."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("The file is larger than %(mb)d MB: use the command import_lessons.")
                % {"mb": LARGEST_MB}
            )
        return file


class ColumnsForm(forms.Form):
    """Which column is which, and what names that are not ours mean."""

    def __init__(self, *args: Any, task: LessonImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = task.layout.get("columns", [])
        chosen = task.mapping.get("columns", {})
        choices = [("", _("– nothing –")), *((column, column) for column in columns)]
        for name in FIELDS:
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name],
                choices=choices,
                required=name != "language",
                initial=chosen.get(name, ""),
            )
        known = task.mapping.get("values", {})
        unknown: dict[str, int] = task.report.get("unknown", {})
        foreign = sorted((n for n in unknown if n not in known), key=lambda n: -unknown[n])
        self.names = [*known, *foreign]
        labels = [(d.slug, d.name) for d in Department.objects.active()]
        for number, name in enumerate(self.names[:MOST_NAMES]):
            self.fields[f"name{number}"] = forms.ChoiceField(
                label=_("“%(name)s” is") % {"name": name},
                choices=[("", _("– leave out –")), *labels, ("spam", _("Spam"))],
                required=False,
                initial=known.get(name, ""),
            )

    def columns(self) -> dict[str, str]:
        """The column of each field."""
        return {name: self.cleaned_data[name] for name in FIELDS if self.cleaned_data[name]}

    def values(self) -> dict[str, str]:
        """The label of each foreign name that was given one."""
        told = enumerate(self.names[:MOST_NAMES])
        return {n: slug for at, n in told if (slug := self.cleaned_data[f"name{at}"])}
