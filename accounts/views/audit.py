"""The audit trail."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst

from accounts import trail
from accounts.views.gates import SignedInRequest, admins_only


@admins_only
def audit(request: SignedInRequest) -> HttpResponse:
    """Who changed which setting, newest first."""
    kinds = [
        (label, capfirst(str(model.pgh_tracked_model._meta.verbose_name_plural)))  # type: ignore[attr-defined]  # noqa: SLF001
        for label, model in trail.event_models().items()
    ]
    kind = request.GET.get("of", "")
    page = trail.trail_page(kind=kind, after=request.GET.get("after", ""))
    return render(request, "accounts/audit.html", {"page": page, "kinds": kinds, "kind": kind})
