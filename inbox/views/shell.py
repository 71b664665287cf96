"""Pages around the workspace: what I handed over, and the keys."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.access import access_of
from inbox.models import Ticket
from inbox.queries import receipts_of
from inbox.settings_menu import entries_for
from inbox.views.desk import PersonRequest


@never_cache
@login_required
def receipts(request: PersonRequest) -> HttpResponse:
    """What this person handed over: when and to where, with a link where they may look."""
    rows = receipts_of(request.user)
    ids = [row.ticket_id for row in rows]
    visible = Ticket.objects.visible_to(request.user).filter(pk__in=ids)
    context = {"receipts": rows, "visible": set(visible.values_list("pk", flat=True))}
    return render(request, "inbox/receipts.html", context)


@login_required
def settings_home(request: PersonRequest) -> HttpResponse:
    """The first of the settings pages that this person may open."""
    return redirect(entries_for(access_of(request.user))[0].url_name)


@login_required
def keyboard(request: PersonRequest) -> HttpResponse:
    """The keys on a page of their own."""
    return render(request, "inbox/keyboard.html")
