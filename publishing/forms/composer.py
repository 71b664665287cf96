"""What the composer sends; it reads, the services decide."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inbox.queries.filters import LARGEST_ID
from publishing.models import Reply
from publishing.models.replies import LONGEST_TEXT

_ALT = re.compile(r"alt-(\d{1,18})\Z")
# A little more than a reply may have, so that the service can say by how much it is too long.
READ_AT_MOST = 2 * LONGEST_TEXT


class ComposerForm(forms.Form):
    """The words, and everything around them that the person chose."""

    text = forms.CharField(required=False, strip=False, max_length=READ_AT_MOST)
    way = forms.ChoiceField(
        required=False, choices=[("public", _("Public reply")), ("private", _("Private reply"))]
    )
    in_reply_to = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    version = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    seen = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    afterwards = forms.ChoiceField(required=False, choices=Reply.Afterwards.choices)
    macro = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    upload = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    without_alt = forms.BooleanField(required=False)

    data: QueryDict

    @property
    def is_private(self) -> bool | None:
        """True, False, or None when the switch was not on the page."""
        way = self.cleaned_data.get("way")
        return None if not way else way == "private"

    @property
    def acknowledged(self) -> list[str]:
        """The changes that were shown and are to be sent in spite of."""
        return [key[:60] for key in self.data.getlist("acknowledge")[:50]]

    @property
    def alts(self) -> dict[int, str]:
        """What each picture shows, by the picture's key."""
        found = ((_ALT.match(name), self.data.get(name, "")) for name in self.data)
        return {int(match[1]): str(alt) for match, alt in found if match}

    def problems(self) -> str:
        """What is wrong, as a sentence or more."""
        errors: dict[str, Any] = self.errors
        return " ".join(str(error) for found in errors.values() for error in found)
