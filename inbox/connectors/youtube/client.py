"""Asking the YouTube Data API: tokens that are renewed, units that are counted, its errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import (
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply
from inbox.connectors.looking import made

TOKENS = "https://oauth2.googleapis.com"
DAILY_UNITS = 10_000
READING, WRITING = 1, 50  # units of one request
_PACIFIC = ZoneInfo("America/Los_Angeles")
_EARLY = timedelta(minutes=2)
_WAIT = 60.0
_DAILY = ("quotaExceeded", "dailyLimitExceeded")
_OFTEN = ("rateLimitExceeded", "userRateLimitExceeded", "commentThreadsRateLimitExceeded")
_MEANT: dict[str, tuple[type[NetworkError], str]] = {
    "commentsDisabled": (Refused, "takes no comments under this video: they are switched off"),
    "commentTextTooLong": (TooLong, ""),
    "commentNotFound": (Gone, ""),
    "parentCommentNotFound": (Gone, ""),
    "parentCommentIsPrivate": (Gone, ""),
    "videoNotFound": (Gone, ""),
    "ineligibleAccount": (Forbidden, "lets this account not comment: it needs a channel"),
    "insufficientPermissions": (Forbidden, ""),
    "authError": (Expired, ""),
}


class Client:
    """Asks for one YouTube channel; keeps a renewed token for its further questions."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._secrets = dict(access.secrets)
        self.account = access.settings.get("account_id", "")

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something."""
        return self.ask("GET", path, READING, params=params).object()

    def write(
        self, method: str, path: str, *, is_safe: bool = False, **content: Any
    ) -> dict[str, Any]:
        """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
        reply = self.ask(method, path, WRITING, is_safe=is_safe, **content)
        return reply.object() if is_safe else made(reply)

    def ask(
        self, method: str, path: str, units: int, *, is_safe: bool = True, **content: Any
    ) -> Reply:
        """Ask once, and once more with a new token if the old one has ended."""
        if self._is_ending():
            self._renew()
        try:
            return self._ask(method, path, units, is_safe=is_safe, **content)
        except Expired:
            if not self._secrets.get("refresh_token"):
                raise
        # A refused token did nothing.
        self._renew()
        return self._ask(method, path, units, is_safe=is_safe, **content)

    def _ask(self, method: str, path: str, units: int, *, is_safe: bool, **content: Any) -> Reply:
        # Whatever YouTube answers, it has counted the request; of that it tells nobody.
        limit = daily_units(self.access)
        self.access.quota(Quota("units a day", limit, limit, next_day(), cost=units))
        api = Api(
            self.access.base_url,
            {"Authorization": f"Bearer {self._secrets.get('access_token', '')}"},
            allow_private=self.access.allow_private,
            fault=self._fault,
        )
        return api.ask(method, path, is_safe=is_safe, **content)

    def _fault(self, reply: Reply) -> NetworkError | None:
        error = fault_of(reply)
        if isinstance(error, Limited) and error.retry_after > _WAIT:
            self.access.quota(Quota("units a day", daily_units(self.access), 0, next_day()))
        return error

    def _is_ending(self) -> bool:
        if not self._secrets.get("refresh_token"):
            return False
        try:
            ends = datetime.fromisoformat(self._secrets.get("expires_at", ""))
            return ends - _EARLY < datetime.now(UTC)
        except (ValueError, TypeError):
            return not self._secrets.get("access_token")

    def _renew(self) -> None:
        secrets = token_for(
            self.access,
            {"grant_type": "refresh_token", "refresh_token": self._secrets["refresh_token"]},
        )
        self._secrets |= secrets
        self.access.renewed(secrets)


def daily_units(access: Access) -> int:
    """How many units the project may use a day; Google raises them on request."""
    told = access.settings.get("daily_units", "")
    return int(told) if told.isdecimal() and 0 < int(told) < 2**31 else DAILY_UNITS


def next_day(now: datetime | None = None) -> datetime:
    """When the units are counted anew: midnight on the Pacific coast, in UTC."""
    there = (now or datetime.now(UTC)).astimezone(_PACIFIC)
    midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), _PACIFIC)
    return midnight.astimezone(UTC)


def token_for(access: Access, grant: Mapping[str, str]) -> dict[str, str]:
    """The secrets Google gives for `grant`. Raises `Expired` when it takes the grant no longer."""
    api = Api(
        access.settings.get("token_url") or TOKENS,
        {},
        allow_private=access.allow_private,
        fault=_refused_grant,
    )
    client = {
        "client_id": access.settings.get("client_id", ""),
        "client_secret": access.secrets.get("client_secret", ""),
    }
    found = api.post("/token", is_safe=True, data={**grant, **client}).object()
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise Expired("gave no token: sign in again")
    secrets = {"access_token": token}
    for name in ("refresh_token", "scope"):
        if isinstance(found.get(name), str):
            secrets[name] = found[name]
    lasts = found.get("expires_in")
    if isinstance(lasts, int):
        secrets["expires_at"] = (datetime.now(UTC) + timedelta(seconds=lasts)).isoformat()
    return secrets


def _refused_grant(reply: Reply) -> NetworkError | None:
    if reply.status in {400, 401}:
        return Expired("no longer renews the token: sign in again")
    return None


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer of the Data API means; None when its status says it best."""
    if reply.status < 400:
        return None
    try:
        found = reply.json()
    except Unreachable:
        return None
    error = found.get("error") if isinstance(found, dict) else None
    error = error if isinstance(error, dict) else {}
    listed = error.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else {}
    reason = first.get("reason") if isinstance(first, dict) else ""
    said = error.get("message")
    words = f"answers {reply.status}: {said}" if isinstance(said, str) else ""
    if reason in _DAILY:
        left = (next_day() - datetime.now(UTC)).total_seconds()
        return Limited("has given its units of today", retry_after=max(left, _WAIT + 1))
    if reason in _OFTEN:
        return Limited("is asked too often", retry_after=_WAIT)
    if isinstance(reason, str) and reason in _MEANT:
        kind, sentence = _MEANT[reason]
        return kind((sentence or words or f"answers {reply.status}")[:LONGEST_REASON])
    return None
