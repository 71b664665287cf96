"""SLA policies: list, add, change, and whose they are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.forms_sla import SlaDefaultsForm, SlaPolicyForm, length_of
from accounts.models import SlaPolicy
from accounts.views.gates import SignedInRequest, admins_only, show_refusal


@admins_only
def policies(request: SignedInRequest) -> HttpResponse:
    """All policies, and which department's tickets have which."""
    return _show(request, SlaDefaultsForm())


@admins_only
@require_POST
def defaults(request: SignedInRequest) -> HttpResponse:
    """Save which department's tickets have which policy."""
    form = SlaDefaultsForm(request.POST)
    if form.is_valid():
        services.set_sla_defaults(wanted=form.wanted(), by=request.user)
        messages.success(request, _("Saved. It counts for tickets that come in from now on."))
        return redirect("accounts:sla_policies")
    return _show(request, form)


@admins_only
def new_policy(request: SignedInRequest) -> HttpResponse:
    """Add a policy."""
    return _edit(request, SlaPolicy())


@admins_only
def policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a policy, or put it away."""
    return _edit(request, get_object_or_404(SlaPolicy, pk=pk))


def _show(request: SignedInRequest, form: SlaDefaultsForm) -> HttpResponse:
    policies = [
        (p, length_of(p.first_response_minutes), length_of(p.resolution_minutes))
        for p in SlaPolicy.objects.order_by("-is_active", "name")
    ]
    context = {"policies": policies, "defaults": form}
    return render(request, "accounts/sla_policies.html", context)


def _edit(request: SignedInRequest, found: SlaPolicy) -> HttpResponse:
    form = SlaPolicyForm(request.POST or None, policy=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_sla_policy(policy=found, by=request.user, **form.values())
        except services.Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. Tickets keep the times they were promised."))
            return redirect("accounts:sla_policies")
    kept = SlaPolicy.objects.filter(pk=found.pk).first() if found.pk else None
    return render(request, "accounts/sla_policy.html", {"form": form, "policy": kept})
