"""How long tickets may wait in triage."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from inbox.models import TriagePolicy


class TriagePolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The target, where tickets go when nobody sorts, and what bounces."""

    class Meta:
        model = TriagePolicy
        fields = ["target", "fall_back_to", "fall_back_after", "bounce_after", "settled_for"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department = self.fields["fall_back_to"]
        department.queryset = Department.objects.active()  # type: ignore[attr-defined]
        department.empty_label = _("nowhere: it waits on")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        target, after = data.get("target"), data.get("fall_back_after")
        if target and after and after < target:
            message = _("Give people at least the %(minutes)d minutes they have.")
            self.add_error("fall_back_after", message % {"minutes": target})
        return data
