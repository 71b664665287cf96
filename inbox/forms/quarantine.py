"""Forms of the quarantine pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.models import Channel, QuarantinedPayload
from inbox.queries.intake import QuarantineFilter

State, Source = QuarantinedPayload.State, QuarantinedPayload.Source


class FilterForm(forms.Form):
    """Which payloads to list."""

    channel = forms.ModelChoiceField(
        label=_("Channel"),
        queryset=Channel.objects.order_by("name"),
        required=False,
        empty_label=_("All"),
    )
    source = forms.ChoiceField(
        label=_("Came by"), choices=[("", _("All")), *Source.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[*State.choices, ("all", _("All"))], required=False
    )

    def chosen(self) -> QuarantineFilter:
        """The filter; what is not valid is left out."""
        found = self.cleaned_data if self.is_valid() else {}
        channel = found.get("channel")
        state = found.get("state") or State.WAITING
        return QuarantineFilter(
            channel=channel.pk if channel else None,
            source=found.get("source", ""),
            state="" if state == "all" else state,
        )


class RepairForm(forms.Form):
    """A repaired version of what came in."""

    raw = forms.CharField(
        label=_("What came in"),
        strip=False,
        max_length=1024 * 1024,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean_raw(self) -> str:
        """Browsers send CRLF whatever the text had."""
        raw: str = self.cleaned_data["raw"]
        return raw.replace("\r\n", "\n")
