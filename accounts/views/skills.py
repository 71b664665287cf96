"""Who can do what, kept by leads for their people, and who is away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import queries, services
from accounts.forms import SkillsForm
from accounts.views.gates import SignedInRequest, leads_only


@leads_only
def skills(request: SignedInRequest) -> HttpResponse:
    """The people one leads, what each can do, and who is away."""
    page = queries.led_page(by=request.user, after=request.GET.get("after", ""))
    labels = queries.skill_labels()
    return render(request, "accounts/skills.html", {"page": page, "labels": labels})


@leads_only
@require_POST
def set_skills(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save what a person can do, and whether they are away."""
    person = get_object_or_404(queries.led_by(request.user), pk=pk)
    form = SkillsForm(request.POST)
    form.is_valid()
    try:
        services.set_skills(user=person, labels=form.labels, by=request.user)
    except services.Refused as refusal:
        messages.error(request, refusal.message)
    else:
        services.set_away(user=person, is_away=form.cleaned_data["is_away"])
        messages.success(request, _("Saved."))
    return redirect(_back(request, reverse("accounts:skills")))


@login_required
@require_POST
def set_away(request: SignedInRequest) -> HttpResponse:
    """Say that one is away, or back."""
    is_away = request.POST.get("is_away") == "1"
    services.set_away(user=request.user, is_away=is_away)
    told = _("You are away: no rule gives you tickets by skill.") if is_away else _("Welcome back.")
    messages.success(request, told)
    return redirect(_back(request, "/"))


def _back(request: SignedInRequest, otherwise: str) -> str:
    """The page of this site that a form was on."""
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else otherwise
