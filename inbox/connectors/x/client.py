"""Asking API v2: a token that is renewed on the way, limits, and what its errors mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made

TOKEN_PATH = "/2/oauth2/token"  # noqa: S105 - an address
_EARLY = timedelta(minutes=2)
_WAIT = 900.0  # most of X's limits run for a quarter of an hour


class Client:
    """Asks for one account; keeps a renewed token for its further questions."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._secrets = dict(access.secrets)
        self.account = access.settings.get("account_id", "")

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something."""
        return self.ask("GET", path, params=params).object()

    def write(
        self, method: str, path: str, *, is_safe: bool = False, **content: Any
    ) -> dict[str, Any]:
        """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
        reply = self.ask(method, path, is_safe=is_safe, **content)
        return reply.object() if is_safe else made(reply)

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
        token = self._secrets.get("access_token", "")
        api = Api(
            self.access.base_url,
            {"Authorization": f"Bearer {token}"},
            allow_private=self.access.allow_private,
            fault=partial(self._fault, f"{method} {_kind_of(path)}"),
        )
        return api.ask(method, path, is_safe=is_safe, **content)

    def _fault(self, name: str, reply: Reply) -> NetworkError | None:
        if quota := quota_of(name, reply.headers):
            self.access.quota(quota)
        return fault_of(reply)

    def _is_ending(self) -> bool:
        ends = self._secrets.get("expires_at", "")
        if not ends or not self._secrets.get("refresh_token"):
            return False
        try:
            return datetime.fromisoformat(ends) - _EARLY < datetime.now(UTC)
        except (ValueError, TypeError):
            return False

    def _renew(self) -> None:
        secrets = token_for(
            self.access,
            {"grant_type": "refresh_token", "refresh_token": self._secrets["refresh_token"]},
        )
        self._secrets |= secrets
        self.access.renewed(secrets)


def token_for(access: Access, grant: Mapping[str, str]) -> dict[str, str]:
    """The secrets that X gives for `grant`. Raises `Expired` when it takes the grant no longer."""
    client_id = access.settings.get("client_id", "")
    secret = access.secrets.get("client_secret", "")
    headers = {}
    if secret:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    api = Api(access.base_url, headers, allow_private=access.allow_private, fault=_refused_grant)
    found = api.post(TOKEN_PATH, is_safe=True, data={**grant, "client_id": client_id}).object()
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise Expired("gave no token: sign in again")
    secrets = {"access_token": token}
    if isinstance(found.get("refresh_token"), str):
        secrets["refresh_token"] = found["refresh_token"]
    lasts = found.get("expires_in")
    if isinstance(lasts, int):
        secrets["expires_at"] = (datetime.now(UTC) + timedelta(seconds=lasts)).isoformat()
    return secrets


def _refused_grant(reply: Reply) -> NetworkError | None:
    if reply.status in {400, 401}:
        return Expired("no longer renews the token: sign in again")
    return None


def quota_of(name: str, headers: Mapping[str, str]) -> Quota | None:
    """What the headers say of one address's limit."""
    limit = headers.get("x-rate-limit-limit", "")
    remaining = headers.get("x-rate-limit-remaining", "")
    reset = headers.get("x-rate-limit-reset", "")
    if not (limit.isdecimal() and remaining.isdecimal()):
        return None
    ends = (
        datetime.fromtimestamp(int(reset), UTC) if reset.isdecimal() and len(reset) < 12 else None
    )
    return Quota(name, int(limit), int(remaining), ends)


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer of API v2 or v1.1 means; None when its status says it best."""
    if reply.status < 400:
        return None
    try:
        found = json.loads(reply.body) if reply.body else {}
    except (ValueError, RecursionError):
        return None
    problem = found if isinstance(found, dict) else {}
    listed = problem.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else {}
    first = first if isinstance(first, dict) else {}
    said = str(problem.get("detail") or first.get("message") or problem.get("title") or "")
    reason = f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]
    if reply.status == 429:
        return Limited(reason, retry_after=retry_after(reply.headers) or _WAIT)
    code = first.get("code")
    return _meant(reply.status, code if isinstance(code, int) else 0, said.lower(), reason)


def _meant(status: int, code: int, said: str, reason: str) -> NetworkError | None:
    if status == 402:
        return Limited("has no credit left for this app", retry_after=3600)
    if status not in {400, 403}:
        return None
    if code == 187 or "duplicate" in said:
        return Refused("has this very text already, written a moment ago")
    if code == 186 or "too long" in said:
        return TooLong(reason)
    if code in {136, 349, 433} or "blocked" in said or "cannot send messages" in said:
        return Blocked(reason)
    if code in {34, 144, 385} or "deleted or not visible" in said:
        return Gone(reason)
    return Forbidden(reason) if status == 403 else Refused(reason)


def _kind_of(path: str) -> str:
    """An address without its ids, for limits go by address."""
    _, version, *parts = path.split("/")
    return "/".join(["", version, *(":id" if part[:1].isdigit() else part for part in parts)])
