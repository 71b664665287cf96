"""Settings: how the system is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts.views.gates import SignedInRequest, admins_only
from inbox.queries import intake


@admins_only
def health(request: SignedInRequest) -> HttpResponse:
    """Alarms, channels, the classifier, jobs, quarantine."""
    return render(request, "settings/health/health.html", {"health": intake.health()})
