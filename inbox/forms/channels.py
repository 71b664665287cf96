"""Forms of the channel pages; they read, the services decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.connectors.base import connectors, has_account, network_of
from inbox.connectors.signature import is_secret
from inbox.models import Channel

NETWORKS = (
    "blog", "bluesky", "discourse", "email", "facebook", "forum", "instagram", "linkedin",
    "mastodon", "reddit", "reviews", "wordpress", "x", "youtube",
)  # fmt: skip


class ChannelForm(forms.Form):
    """A channel's settings. How its posts come in is chosen once."""

    name = forms.CharField(label=_("Name"), max_length=120)
    connector = forms.ChoiceField(label=_("How posts come in"))
    network = forms.SlugField(
        label=_("Network"),
        max_length=30,
        help_text=_("Where the page is: facebook, forum, blog … Rules can ask for it."),
        widget=forms.TextInput(attrs={"list": "networks"}),
    )
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Of the page, or of the feed that is to be read."),
    )
    page_name = forms.CharField(label=_("Page name"), max_length=120, required=False)
    own_ids = forms.CharField(
        label=_("The page's own ids and handles"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. Posts by these authors are ours: they open no ticket."),
    )
    reopen_days = forms.IntegerField(
        label=_("Re-open within (days)"),
        min_value=0,
        max_value=3650,
        initial=14,
        help_text=_("A reply to a ticket resolved longer ago opens a new, linked one."),
    )

    retention_days = forms.IntegerField(
        label=_("Keep words for (days)"),
        min_value=1,
        max_value=36_500,
        required=False,
        help_text=_(
            "So long after a post came, what its author wrote is removed: text, pictures, what "
            "the router learned of it. Tickets, answers and counts stay. Empty: for ever, or as "
            "long as the network allows."
        ),
    )

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.channel = channel
        if channel is not None:
            kwargs.setdefault("initial", _initial(channel))
        super().__init__(*args, **kwargs)
        if channel is not None:
            del self.fields["connector"]
        else:
            choices = [
                (slug, connector.label)
                for slug, connector in connectors().items()
                if not has_account(connector)
            ]
            self.fields["connector"] = forms.ChoiceField(
                label=_("How posts come in"), choices=choices, widget=forms.RadioSelect
            )
            self.fields["connector"].initial = choices[0][0]

    def clean_name(self) -> str:
        """Two channels of one name could not be told apart."""
        name: str = self.cleaned_data["name"]
        same = Channel.objects.filter(name=name).exclude(pk=self.channel.pk if self.channel else 0)
        if same.exists():
            raise forms.ValidationError(_("There is a channel of this name already."))
        return name

    def clean_retention_days(self) -> int | None:
        """No longer than the network allows."""
        days: int | None = self.cleaned_data["retention_days"]
        network = network_of(self.channel.connector) if self.channel else None
        if days and network and network.retention and timedelta(days=days) > network.retention:
            hours = round(network.retention.total_seconds() / 3600)
            text = _("%(network)s allows %(hours)d hours at most.")
            raise forms.ValidationError(text % {"network": network.label, "hours": hours})
        return days

    def clean_own_ids(self) -> list[str]:
        """The lines that hold something, each once."""
        lines = [line.strip() for line in self.cleaned_data["own_ids"].splitlines()]
        found = list(dict.fromkeys(line for line in lines if line))
        if any(len(line) > 200 for line in found):
            raise forms.ValidationError(_("An id has at most 200 characters."))
        return found

    def clean(self) -> dict[str, Any]:
        """A channel that is polled needs an address; days become a duration."""
        cleaned = super().clean() or self.cleaned_data
        slug = self.channel.connector if self.channel else cleaned.get("connector", "")
        if slug == "feed" and not cleaned.get("url"):
            self.add_error("url", _("Which address is to be read?"))
        if "reopen_days" in cleaned:
            cleaned["reopen_within"] = timedelta(days=cleaned.pop("reopen_days"))
        return cleaned


class RotateForm(forms.Form):
    """How long the old secret stays valid."""

    keep_hours = forms.TypedChoiceField(
        label=_("Keep the present secret valid for"),
        coerce=int,
        initial=24,
        choices=[(24, _("24 hours")), (168, _("7 days")), (1, _("an hour")), (0, _("not at all"))],
    )


class RepliesForm(forms.Form):
    """Where replies go; a secret of the receiver's own is never shown again."""

    reply_url = forms.URLField(
        label=_("Address for replies"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Crossdesk calls it once and asks what your system can do. Empty: no replies."),
    )
    reply_secret = forms.CharField(
        label=_("Secret of that address"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        help_text=_("Only if it has one of its own; else the channel's secret signs."),
    )

    def clean_reply_secret(self) -> str:
        """One that can sign."""
        secret: str = self.cleaned_data["reply_secret"].strip()
        if secret and not is_secret(secret):
            raise forms.ValidationError(_("A secret is whsec_ and at least 24 bytes in base64."))
        return secret


def _initial(channel: Channel) -> dict[str, Any]:
    return {
        "name": channel.name,
        "network": channel.network,
        "url": channel.url,
        "page_name": channel.page_name,
        "own_ids": "\n".join(channel.own_ids),
        "reopen_days": channel.reopen_within.days,
        "retention_days": channel.retention_days,
    }
