"""Asking LinkedIn: versioned, by token, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from inbox.connectors.base import Access
from inbox.connectors.errors import (
    Blocked,
    Forbidden,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Reply, retry_after
from inbox.connectors.oauth import TokenClient, client_in_body, granted

VERSION = "202511"
TOKENS = "https://www.linkedin.com/oauth/v2"


class Client(TokenClient):
    """Asks for one organisation."""

    early = timedelta(minutes=10)

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.organisation = organisation_of(access)

    def headers(self) -> Mapping[str, str]:
        """The version of the API that is spoken."""
        return {
            "LinkedIn-Version": self.access.settings.get("version") or VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def fault(self, asked: str, reply: Reply) -> NetworkError | None:
        """As `fault_of`."""
        return fault_of(reply)

    def token_for(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The secrets LinkedIn gives for `grant`. Raises `Expired` when it takes it no longer."""
        site = self.access.settings.get("token_url") or TOKENS
        return granted(self.access, f"{site}/accessToken", {**grant, **client_in_body(self.access)})


def organisation_of(access: Access) -> str:
    """Our page, as LinkedIn names it."""
    return f"urn:li:organization:{access.settings.get('account_id', '')}"


def of(urn: str) -> str:
    """A name in an address."""
    return quote(urn, safe="")


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer means; None when its status says it best."""
    if reply.status < 400:
        return None
    try:
        found = reply.json()
    except Unreachable:
        return None
    said = found.get("message") if isinstance(found, dict) else ""
    words = said if isinstance(said, str) else ""
    reason = f"answers {reply.status}{': ' if words else ''}{words}"[:LONGEST_REASON]
    if reply.status == 429:
        return Limited(reason, retry_after=retry_after(reply.headers) or _until_midnight())
    if reply.status == 426:
        return Refused(f"{reason}: the version set for this channel is no longer served")
    lower = words.lower()
    if reply.status in {400, 422} and ("too long" in lower or "length" in lower):
        return TooLong(reason)
    if reply.status == 403 and ("blocked" in lower or "disabled" in lower):
        return Blocked(reason)
    return Forbidden(reason) if reply.status == 403 else None


def _until_midnight() -> float:
    """LinkedIn counts its limits by the day, in UTC."""
    now = datetime.now(UTC)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (tomorrow - now).total_seconds()
