"""Asking LinkedIn: versioned, by token, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from inbox.connectors.base import Access
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Forbidden,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after

VERSION = "202511"
TOKENS = "https://www.linkedin.com/oauth/v2"
_EARLY = timedelta(minutes=10)


class Client:
    """Asks for one organisation; keeps a renewed token for its further questions."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._secrets = dict(access.secrets)
        self.organisation = organisation_of(access)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something."""
        return self.ask("GET", path, params=params).object()

    def ask(self, method: str, path: str, *, is_safe: bool = True, **content: Any) -> Reply:
        """Ask once, and once more with a new token if the old one has ended."""
        if self._is_ending():
            self._renew()
        try:
            return self._ask(method, path, is_safe=is_safe, **content)
        except Expired:
            if not self._secrets.get("refresh_token"):
                raise
        # A refused token did nothing.
        self._renew()
        return self._ask(method, path, is_safe=is_safe, **content)

    def _ask(self, method: str, path: str, *, is_safe: bool, **content: Any) -> Reply:
        headers = {
            "Authorization": f"Bearer {self._secrets.get('access_token', '')}",
            "LinkedIn-Version": self.access.settings.get("version") or VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        api = Api(
            self.access.base_url,
            headers,
            allow_private=self.access.allow_private,
            fault=fault_of,
        )
        return api.ask(method, path, is_safe=is_safe, **content)

    def _is_ending(self) -> bool:
        if not self._secrets.get("refresh_token"):
            return False
        ends = ends_at(self._secrets)
        return ends is not None and ends - _EARLY < datetime.now(UTC)

    def _renew(self) -> None:
        secrets = token_for(
            self.access,
            {"grant_type": "refresh_token", "refresh_token": self._secrets["refresh_token"]},
        )
        self._secrets |= secrets
        self.access.renewed(secrets)


def organisation_of(access: Access) -> str:
    """Our page, as LinkedIn names it."""
    return f"urn:li:organization:{access.settings.get('account_id', '')}"


def of(urn: str) -> str:
    """A name in an address."""
    return quote(urn, safe="")


def ends_at(secrets: Mapping[str, str], name: str = "expires_at") -> datetime | None:
    """When the token ends, if LinkedIn said so."""
    try:
        found = datetime.fromisoformat(secrets.get(name, ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def token_for(access: Access, grant: Mapping[str, str]) -> dict[str, str]:
    """The secrets LinkedIn gives for `grant`. Raises `Expired` when it takes it no longer."""
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
    found = api.post("/accessToken", is_safe=True, data={**grant, **client}).object()
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise Expired("gave no token: sign in again")
    secrets = {"access_token": token}
    for name in ("refresh_token", "scope"):
        if isinstance(found.get(name), str):
            secrets[name] = found[name]
    lasting = {"expires_at": "expires_in", "refresh_ends_at": "refresh_token_expires_in"}
    for name, told in lasting.items():
        if isinstance(found.get(told), int):
            secrets[name] = (datetime.now(UTC) + timedelta(seconds=found[told])).isoformat()
    return secrets


def _refused_grant(reply: Reply) -> NetworkError | None:
    if reply.status in {400, 401}:
        return Expired("no longer renews the token: sign in again")
    return None


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
