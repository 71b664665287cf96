"""What a browser asks of the live-update process."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import parse_cookie

LARGEST_ID = 2**63 - 1


class LiveRequest:
    """The parts of an ASGI scope that matter here."""

    def __init__(self, scope: MutableMapping[str, Any]) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: dict[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        self._query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))

    @property
    def session_key(self) -> str:
        cookies: dict[str, str] = parse_cookie(self._headers.get("cookie", ""))
        return cookies.get(settings.SESSION_COOKIE_NAME, "")

    @property
    def ticket(self) -> int | None:
        """The ticket on screen; who looks at it is told too."""
        text = self._query.get("ticket", [""])[0]
        return int(text) if text.isdecimal() and int(text) <= LARGEST_ID else None

    @property
    def last_mark(self) -> str:
        """What the browser heard last, or when its page was made; empty when it does not say."""
        return self._headers.get("last-event-id", "") or self._query.get("since", [""])[0]

    @property
    def origin(self) -> str:
        """The page that asks, when it is of another origin than this."""
        return self._headers.get("origin", "")

    @cached_property
    def has_allowed_origin(self) -> bool:
        """Whether that page is ours: this host on any port, or a trusted origin."""
        if not self.origin or self.origin in settings.CSRF_TRUSTED_ORIGINS:
            return True
        try:
            asking = urlsplit(self.origin).hostname
            asked = urlsplit(f"//{self._headers.get('host', '')}").hostname
        except ValueError:
            return False
        return asking is not None and asking == asked
