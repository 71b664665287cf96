"""Settings: one's own sign-off, and how the departments one leads sign."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import access_of
from accounts.models import Department
from accounts.views.gates import SignedInRequest, leads_only
from inbox.services.conflicts import Refused
from publishing import services
from publishing.forms.macros import SigningForm, SignOffForm
from publishing.queries.signatures import led_signings, sign_off_of, signatures_of


@login_required
def signatures(request: SignedInRequest) -> HttpResponse:
    """What one's replies end with, department by department."""
    form = SignOffForm(request.POST or None, initial={"text": sign_off_of(request.user)})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_sign_off(user=request.user, text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("publishing:signatures")
    context = {
        "form": form,
        "examples": signatures_of(request.user),
        "led": led_signings(request.user),
        "styles": SigningForm.base_fields["style"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "settings/macros/signatures.html", context)


@leads_only
@require_POST
def set_signing(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say how a department signs."""
    led = access_of(request.user).led_department_ids
    department = get_object_or_404(Department.objects.filter(pk__in=led), slug=slug)
    form = SigningForm(request.POST)
    if form.is_valid():
        style = form.cleaned_data["style"]
        services.set_signing(department=department, style=style, by=request.user)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("There is no such way to sign."))
    return redirect("publishing:signatures")
