"""Settings: how the system is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.views.gates import SignedInRequest, admins_only
from inbox.connectors.base import capabilities_of
from inbox.models import Channel
from inbox.queries import intake
from inbox.queries.channel_health import channel_page


@admins_only
def health(request: SignedInRequest) -> HttpResponse:
    """Alarms, channels, the classifier, jobs, quarantine."""
    return render(request, "settings/health/health.html", {"health": intake.health()})


@admins_only
def channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """One channel, hour by hour."""
    chosen = get_object_or_404(Channel.objects.select_related("state"), pk=pk)
    context = {
        "channel": chosen,
        "state": getattr(chosen, "state", None),
        "page": channel_page(chosen),
        "can": capabilities_of(chosen.connector, chosen.settings),
    }
    return render(request, "settings/health/channel.html", context)
