"""Finding posts, notes and people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from inbox.queries import search as find
from inbox.views.desk import PersonRequest


@never_cache
@login_required
def search(request: PersonRequest) -> HttpResponse:
    """What was found for `q`; with htmx only the next findings."""
    text = request.GET.get("q", "").strip()
    after = request.GET.get("after", "")
    page = find(request.user, text, after=after) if text else None
    context: dict[str, Any] = {"search_text": text, "found": page, "syntax": syntax()}
    if page and page.next:
        query = urlencode({"q": text, "after": page.next})
        context["more_url"] = f"{reverse('inbox:search')}?{query}"
    template = "inbox/_hits.html" if request.htmx and after else "inbox/search.html"
    return render(request, template, context)


def syntax() -> list[tuple[str, str]]:
    """What can be written into the search field, and what it means."""
    return [
        (_("late parcel"), _("both words, in any of their forms (parcels, parcelled)")),
        (_('"burnt bread"'), _("these words, one after the other")),
        (_("deliv*"), _("words that begin so")),
        (_("parcel -refund"), _("without a word")),
        (_("@maya"), _("everything written by this exact handle")),
        (_("#482"), _("the ticket with this number")),
    ]
