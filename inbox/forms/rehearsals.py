"""Forms that ask for a rehearsal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from routing.models import Rehearsal, Rule

LARGEST_KEY = 2**63 - 1
SCOPES = [
    ("days:7", _("the last 7 days")),
    ("days:14", _("the last 14 days")),
    ("days:30", _("the last 30 days")),
    ("days:90", _("the last 90 days")),
    ("posts:1000", _("the last 1,000 posts")),
    ("posts:10000", _("the last 10,000 posts")),
    ("posts:100000", _("the last 100,000 posts")),
]


class ScopeForm(forms.Form):
    """Over which posts."""

    scope = forms.ChoiceField(label=_("Replay"), choices=SCOPES, initial=f"days:{Rehearsal.DAYS}")

    def values(self) -> dict[str, int]:
        """`days` or `posts`, as the service takes them."""
        what, _colon, number = self.cleaned_data["scope"].partition(":")
        return {what: int(number)}


class ChangeForm(forms.Form):
    """A change asked for by a button: of a rule's switch, the threshold, the model …"""

    kind = forms.ChoiceField(
        choices=[(k, k) for k in ("change", "remove", "threshold", "model", "proposal")]
    )
    rule = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    is_active = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1", required=False
    )
    percent = forms.IntegerField(min_value=0, max_value=100, required=False)
    model = forms.CharField(max_length=60, required=False)
    proposal = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)

    def change(self) -> dict[str, Any]:
        """What the service takes."""
        said = self.cleaned_data
        wanted: dict[str, Any] = {"kind": said["kind"]}
        if said["kind"] == "change":
            wanted |= {"rule": said["rule"], "definition": {"is_active": said["is_active"]}}
        elif said["kind"] == "threshold":
            percent = said["percent"]
            wanted["threshold"] = None if percent is None else percent / 100
        else:
            name = "rule" if said["kind"] == "remove" else said["kind"]
            wanted[name] = said[name]
        return wanted


class OrderForm(forms.Form):
    """Each rule with its number; equal numbers keep the order they have."""

    def __init__(self, *args: Any, rules: list[Rule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        for number, rule in enumerate(rules, 1):
            self.fields[f"rule-{rule.pk}"] = forms.IntegerField(
                label=rule.name, initial=number, min_value=1, max_value=9_999
            )

    def ids(self) -> list[int]:
        """The rules' keys, lowest number first."""
        number = {rule.pk: self.cleaned_data[f"rule-{rule.pk}"] for rule in self.rules}
        return sorted(number, key=lambda pk: number[pk])
