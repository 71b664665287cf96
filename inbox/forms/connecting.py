"""Forms of connecting a page of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from inbox.connectors.base import Network
from inbox.models import Channel

PERIODS = (0, 1, 7, 30, 90)  # days
PAST_PERIODS = (1, 7, 30, 90, 365)
LIMITS = (1_000, 10_000, 100_000)  # posts


class ConnectForm(forms.Form):
    """A name, and what the network's connector needs; secrets are never shown again."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As your people know it."))

    def __init__(
        self, *args: Any, network: Network, channel: Channel | None = None, **kwargs: Any
    ) -> None:
        self.network = network
        self.channel = channel
        super().__init__(*args, **kwargs)
        if channel is not None:
            del self.fields["name"]
        for field in network.fields:
            self.fields[field.name] = self._field(field.name)

    @property
    def values(self) -> dict[str, str]:
        """What the connector needs, by the name of its field."""
        return {field.name: self.cleaned_data[field.name] for field in self.network.fields}

    def clean_name(self) -> str:
        """Two channels of one name could not be told apart."""
        name: str = self.cleaned_data["name"]
        if Channel.objects.filter(name=name).exists():
            raise forms.ValidationError(_now("There is a channel of this name already."))
        return name

    def _field(self, name: str) -> forms.CharField:
        told = next(field for field in self.network.fields if field.name == name)
        is_kept = told.is_secret and self.channel is not None
        widget: forms.Widget = forms.TextInput(attrs={"spellcheck": "false"})
        if told.is_secret:
            widget = forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False)
        known = self.channel.settings.get(name) if self.channel else None
        help_text = _now(told.help) if told.help else ""
        if is_kept:
            help_text = f"{help_text} {_now('Leave it empty to keep the present one.')}".strip()
        return forms.CharField(
            label=_now(told.label),
            help_text=help_text,
            required=told.is_required and not is_kept,
            max_length=4_000,
            initial=known or told.default,
            widget=widget,
        )


class BackfillForm(forms.Form):
    """How far back to take posts in, and how many at most."""

    days = forms.TypedChoiceField(label=_("Take in what was written"), coerce=int, initial=7)
    most = forms.TypedChoiceField(
        label=_("At most"),
        coerce=int,
        choices=[(n, _("%s posts") % f"{n:,}") for n in LIMITS],
        initial=LIMITS[1],
        required=False,
        empty_value=LIMITS[1],  # type: ignore[arg-type]
        help_text=_("Then it stops and asks."),
    )
    confirmed = forms.BooleanField(label=_("I have read what this brings"), required=False)

    def __init__(self, *args: Any, periods: Sequence[int] = PERIODS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.TypedChoiceField", self.fields["days"])
        choice.choices = [(days, _period(days)) for days in periods]


class MoreForm(forms.Form):
    """How many more posts a back-fill that stopped may read."""

    more = forms.TypedChoiceField(
        label=_("How many more"),
        coerce=int,
        choices=[(n, _("%s posts") % f"{n:,}") for n in LIMITS],
        initial=LIMITS[1],
        required=False,
        empty_value=0,  # type: ignore[arg-type]
    )


def _period(days: int) -> str:
    if not days:
        return _now("from now on")
    return _now("on the last day") if days == 1 else _now("in the last %d days") % days
