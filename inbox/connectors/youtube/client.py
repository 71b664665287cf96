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
from inbox.connectors.http import LONGEST_REASON, Reply
from inbox.connectors.oauth import TokenClient, client_in_body, granted

TOKENS = "https://oauth2.googleapis.com"
DAILY_UNITS = 10_000
READING, WRITING = 1, 50  # units of one request
_PACIFIC = ZoneInfo("America/Los_Angeles")
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


class Client(TokenClient):
    """Asks for one YouTube channel."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.account = access.settings.get("account_id", "")

    def fault(self, asked: str, reply: Reply) -> NetworkError | None:
        """As `fault_of`; tells when the day's units are used up."""
        error = fault_of(reply)
        if isinstance(error, Limited) and error.retry_after > _WAIT:
            self.access.quota(Quota("units a day", daily_units(self.access), 0, next_day()))
        return error

    def token_for(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The secrets Google gives for `grant`. Raises `Expired` when it takes it no longer."""
        site = self.access.settings.get("token_url") or TOKENS
        return granted(self.access, f"{site}/token", {**grant, **client_in_body(self.access)})

    def _ask(self, method: str, path: str, *, is_safe: bool, **content: Any) -> Reply:
        # Whatever YouTube answers, it has counted the request; of that it tells nobody.
        limit, cost = daily_units(self.access), READING if method == "GET" else WRITING
        self.access.quota(Quota("units a day", limit, limit, next_day(), cost=cost))
        return super()._ask(method, path, is_safe=is_safe, **content)


def daily_units(access: Access) -> int:
    """How many units the project may use a day; Google raises them on request."""
    told = access.settings.get("daily_units", "")
    return int(told) if told.isdecimal() and 0 < int(told) < 2**31 else DAILY_UNITS


def next_day(now: datetime | None = None) -> datetime:
    """When the units are counted anew: midnight on the Pacific coast, in UTC."""
    there = (now or datetime.now(UTC)).astimezone(_PACIFIC)
    midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), _PACIFIC)
    return midnight.astimezone(UTC)


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
