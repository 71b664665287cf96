"""The filter panel of a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Channel, Ticket
from inbox.models.search import CONFIGURATIONS
from routing.models import Incident


class FilterForm(forms.Form):
    """Chooses what a list shows; its fields are the parameters of the list's address."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"),
        queryset=Channel.objects.none(),
        required=False,
        empty_label=gettext_lazy("Any"),
    )
    assignee = forms.ChoiceField(label=gettext_lazy("Assignee"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    tag = forms.CharField(label=gettext_lazy("Tag"), required=False, max_length=40)
    incident = forms.ModelChoiceField(
        label=gettext_lazy("Incident"),
        queryset=Incident.objects.all(),
        required=False,
        empty_label=gettext_lazy("Any"),
    )
    overdue = forms.BooleanField(label=gettext_lazy("Only what is overdue"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("state", [("", _("Default")), *self.states().items()])
        self._choose("language", [("", _("Any")), *self.languages().items()])
        people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
        named = [(str(person.pk), str(person)) for person in people.order_by("name", "pk")[:300]]
        fixed = [("", _("Anyone")), ("me", _("Me")), ("0", _("Nobody"))]
        self._choose("assignee", [*fixed, *named])
        channels = self.fields["channel"]
        assert isinstance(channels, forms.ModelChoiceField)  # noqa: S101 - tells mypy what it is
        channels.queryset = Channel.objects.all()

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells mypy what it is
        field.choices = choices

    @staticmethod
    def states() -> dict[str, str]:
        """The states by their value in an address."""
        named = {str(value): str(label) for value, label in Ticket.State.choices}
        return {**named, "unresolved": _("Not resolved"), "any": _("Any state")}

    @staticmethod
    def languages() -> dict[str, str]:
        """The languages search knows, by code."""
        return {c: str(get_language_info(c)["name_translated"]) for c in sorted(CONFIGURATIONS)}

    @staticmethod
    def assignee_label(value: str) -> str:
        """The words of an assignee filter."""
        fixed = {"me": _("Assigned to me"), "0": _("Assigned to nobody")}
        if value in fixed:
            return fixed[value]
        person = User.objects.filter(pk=int(value)).first() if value.isdigit() else None
        return _("Assigned to %s") % person if person else value
