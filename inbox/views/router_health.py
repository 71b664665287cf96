"""Settings: how routing does."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts.views.gates import SignedInRequest, admins_only
from inbox.queries.router_health import router_health


@admins_only
def page(request: SignedInRequest) -> HttpResponse:
    """Accuracy, confusion, calibration, triage, bounces, drift and rules."""
    return render(request, "settings/models/health.html", {"health": router_health()})
