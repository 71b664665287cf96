"""Settings: macros, read by everyone who answers, written by leads and admins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import access_of
from accounts.views.gates import SignedInRequest, leads_only
from inbox.services.conflicts import Refused
from publishing import services
from publishing.forms.macros import MacroForm
from publishing.macro_text import VARIABLES
from publishing.models import Macro
from publishing.queries.macros import macros_of_house


@login_required
def listing(request: SignedInRequest) -> HttpResponse:
    """The macros one may answer with or change."""
    access = access_of(request.user)
    if not access.can_write:
        raise PermissionDenied
    mine = set(Macro.objects.editable_by(request.user).values_list("pk", flat=True))
    context = {
        "macros": list(macros_of_house(request.user)),
        "editable": mine,
        "may_write": access.is_admin or bool(access.led_department_ids),
    }
    return render(request, "settings/macros/list.html", context)


@leads_only
def create(request: SignedInRequest) -> HttpResponse:
    """A new macro."""
    return _edit(request, None)


@leads_only
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Other words, another shortcut, or out of use."""
    return _edit(request, get_object_or_404(Macro.objects.editable_by(request.user), pk=pk))


@leads_only
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a macro; replies written with it stay."""
    macro = get_object_or_404(Macro.objects.editable_by(request.user), pk=pk)
    services.delete_macro(macro=macro, by=request.user)
    messages.success(request, _("The macro is gone."))
    return redirect("publishing:macros")


def _edit(request: SignedInRequest, macro: Macro | None) -> HttpResponse:
    # A copy: what was typed must not show in the heading before it is saved.
    draft = Macro.objects.get(pk=macro.pk) if macro else None
    form = MacroForm(request.POST or None, instance=draft, by=request.user)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        try:
            services.save_macro(macro=macro, by=request.user, **values)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("publishing:macros")
    context = {"form": form, "macro": macro, "variables": VARIABLES.items()}
    return render(request, "settings/macros/edit.html", context)
