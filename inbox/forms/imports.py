"""Forms of the import pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import time_zones
from inbox.connectors import files
from inbox.models import Channel

LARGEST_MB = 200
LABELS: Mapping[str, Any] = {
    "external_id": _("Id on the network"),
    "posted_at": _("Written at"),
    "text": _("Text"),
    "author": _("Author (id)"),
    "author_handle": _("Author’s handle"),
    "author_name": _("Author’s name"),
    "parent": _("Answers to (id)"),
    "language": _("Language"),
    "kind": _("Kind"),
    "url": _("Address"),
    "is_own": _("Written by us"),
    "is_private": _("Private"),
    "edited_at": _("Edited at"),
    "rating": _("Stars, 1 to 5"),
}


class UploadForm(forms.Form):
    """A file, and the channel its posts belong to."""

    channel = forms.ModelChoiceField(
        label=_("Channel"),
        queryset=Channel.objects.filter(is_active=True).order_by("name"),
        empty_label=_("Choose a channel"),
    )
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("CSV with a heading, or JSON Lines: one object a line."),
    )
    time_zone = forms.ChoiceField(
        label=_("Times without an offset are in"), choices=time_zones, initial="UTC"
    )

    def clean_file(self) -> Any:
        """A file a browser can be expected to send."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("The file is larger than %(mb)d MB: use the command import_posts.")
                % {"mb": LARGEST_MB}
            )
        return file


class MappingForm(forms.Form):
    """Which column holds which of our fields."""

    def __init__(self, *args: Any, columns: list[str], chosen: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = [("", _("– nothing –")), *((column, column) for column in columns)]
        for field in files.FIELDS:
            self.fields[field] = forms.ChoiceField(
                label=LABELS[field],
                choices=choices,
                required=field in files.NEEDED,
                initial=chosen.get(field, ""),
            )
