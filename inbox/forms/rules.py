"""Forms of the routing page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from inbox.models import Channel, Ticket
from routing.models import Rule

TRIAGE = "triage"


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        lines = [line.strip() for line in (value or "").splitlines()]
        return [line for line in lines if line]


class RuleForm(forms.Form):
    """One rule: what must be so, and where the post then goes."""

    name = forms.CharField(label=_("Name"), max_length=120)
    phrases = LinesField(
        label=_("The text contains one of"), required=False, help_text=_("One phrase a line.")
    )
    words = LinesField(
        label=_("The text has one of these whole words"),
        required=False,
        help_text=_("One a line."),
    )
    handles = LinesField(
        label=_("The author is one of"), required=False, help_text=_("One handle a line.")
    )
    channel_ids = forms.TypedMultipleChoiceField(
        label=_("The channel is one of"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    networks = LinesField(
        label=_("The network is one of"),
        required=False,
        help_text=_("One a line: facebook, forum …"),
    )
    languages = LinesField(
        label=_("The language is one of"),
        required=False,
        help_text=_("Two letters, one a line: en, de …"),
    )
    department = forms.ModelChoiceField(
        label=_("Then it goes to"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("Triage"),
    )
    priority = forms.TypedChoiceField(
        label=_("With the priority"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("as usual")), *Ticket.Priority.choices],
    )
    is_active = forms.BooleanField(label=_("The rule is on"), required=False, initial=True)

    def __init__(self, *args: Any, rule: Rule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            names = (*Rule.GROUPS, "name", "department", "priority", "is_active")
            kwargs.setdefault("initial", {name: getattr(rule, name) for name in names})
        super().__init__(*args, **kwargs)
        channels = self.fields["channel_ids"]
        channels.choices = list(Channel.objects.order_by("name").values_list("pk", "name"))  # type: ignore[attr-defined]
        self.fields["department"].queryset = Department.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def show_faults(self, error: ValidationError) -> None:
        """Put what the service says where the form shows it."""
        faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for field, sentences in faults.items():
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


class ThresholdForm(forms.Form):
    """How sure the classifier must be, in per cent."""

    percent = forms.IntegerField(
        label=_("Least sureness, in per cent"),
        min_value=0,
        max_value=100,
        help_text=_("A post the classifier is less sure of waits in triage."),
    )


class TryForm(forms.Form):
    """A text to route without taking it in."""

    text = forms.CharField(
        label=_("A text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    channel = forms.ModelChoiceField(
        label=_("As if from"),
        queryset=Channel.objects.order_by("name"),
        required=False,
        empty_label=_("no channel"),
    )
    handle = forms.CharField(label=_("Written by"), max_length=200, required=False)
