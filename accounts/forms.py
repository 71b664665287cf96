"""Forms of the accounts room; they read, the services decide."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Department, Membership, User

TOKEN_DAYS = [(30, _("30 days")), (7, _("7 days")), (90, _("90 days")), (365, _("A year"))]


@lru_cache(maxsize=1)
def time_zones() -> list[tuple[str, str]]:
    """UTC, then the zones that are named after places."""
    places = (name for name in zoneinfo.available_timezones() if "/" in name)
    names = sorted(name for name in places if not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class DepartmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A department; whether it may be seen by all is asked twice."""

    confirm = forms.BooleanField(
        label=_("Yes, change who sees this department's tickets"), required=False
    )

    class Meta:
        model = Department
        fields = ["name", "letter", "hue", "is_confidential", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was_confidential = self.instance.is_confidential
        self.asks_to_confirm = False
        if not self.instance.pk:
            del self.fields["is_active"], self.fields["confirm"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        changes = bool(self.instance.pk) and cleaned["is_confidential"] != self.was_confidential
        if changes and not cleaned["confirm"]:
            self.asks_to_confirm = True
            self.add_error(
                "confirm",
                _("Only its members would see its tickets from now on. Tick the box to confirm.")
                if cleaned["is_confidential"]
                else _("Everybody would see its tickets, old ones too. Tick the box to confirm."),
            )
        return cleaned


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role in one department or everywhere."""

    class Meta:
        model = Membership
        fields = ["department", "role", "works_triage"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Department.objects.filter(is_active=True)
        field.empty_label = _("Whole organisation")

    def _post_clean(self) -> None:
        """Leave the rules to the service: it says what is wrong in a sentence."""


class InviteForm(MembershipForm):
    """A new person with their first membership."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120)
    field_order = ["email", "name"]


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a person is called; `time_zone` in which they see times."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    class Meta:
        model = User
        fields = ["name", "handle", "time_zone"]

    def clean_handle(self) -> str:
        return str(self.cleaned_data["handle"]).lower()


class SkillsForm(forms.Form):
    """What a person can do, with commas between, and whether they are there."""

    skills = forms.CharField(label=_("Skills"), required=False, max_length=2_000)
    is_away = forms.BooleanField(label=_("Away"), required=False)

    @property
    def labels(self) -> list[str]:
        return str(self.cleaned_data.get("skills", "")).split(",")


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new token."""

    days = forms.TypedChoiceField(label=_("Valid for"), choices=TOKEN_DAYS, coerce=int)

    class Meta:
        model = ApiToken
        fields = ["name", "is_read_only"]

    @property
    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])
