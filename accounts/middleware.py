"""What a request knows of the person who makes it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

import pghistory.middleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import User


def time_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Show times in the person's own zone."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        # Without a session nobody is signed in, and nothing needs to be asked.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        user = request.user
        if not isinstance(user, User):
            return get_response(request)
        with timezone.override(_zone(user.time_zone)):
            return get_response(request)

    return answer


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Has the audit trail say who made a change; delivered posts make none."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_somebody = (
            settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        )
        answer = super().__call__ if is_somebody else self.get_response
        response: HttpResponseBase = answer(request)
        return response
