"""Password guessing: who is counted, and what a locked-out person is told."""

from __future__ import annotations

import math
from collections.abc import Mapping

from axes.helpers import get_cool_off, get_failure_limit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def guessed_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The address somebody tries to sign in with; its case and spaces do not make it another."""
    field = settings.AXES_USERNAME_FORM_FIELD
    found = (credentials or {}).get("email") or request.POST.get(field) or ""
    return found.strip().lower()


def respond(
    request: HttpRequest,
    original_response: HttpResponse | None,  # noqa: ARG001 - axes passes it
    credentials: Mapping[str, str] | None,
) -> HttpResponse:
    """The page a locked-out person sees."""
    cool_off = get_cool_off(request)
    minutes = math.ceil(cool_off.total_seconds() / 60) if cool_off else 0
    failures = get_failure_limit(request, credentials)
    return render(
        request,
        "account/locked.html",
        {"minutes": minutes, "failure_limit": failures},
        status=429,
    )
