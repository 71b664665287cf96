"""Asking API v2: a token that is renewed on the way, limits, and what its errors mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import (
    Blocked,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
)
from inbox.connectors.http import LONGEST_REASON, Reply, retry_after
from inbox.connectors.oauth import TokenClient, client_in_header, granted

TOKEN_PATH = "/2/oauth2/token"  # noqa: S105 - an address
_WAIT = 900.0  # most of X's limits run for a quarter of an hour


class Client(TokenClient):
    """Asks for one account."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.account = access.settings.get("account_id", "")

    def fault(self, asked: str, reply: Reply) -> NetworkError | None:
        """As `fault_of`; tells what is left of the limit of this address."""
        method, path = asked.split(" ", 1)
        if quota := quota_of(f"{method} {_kind_of(path)}", reply.headers):
            self.access.quota(quota)
        return fault_of(reply)

    def token_for(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The secrets X gives for `grant`. Raises `Expired` when it takes it no longer."""
        has_secret = bool(self.access.secrets.get("client_secret"))
        headers = client_in_header(self.access) if has_secret else {}
        named = {**grant, "client_id": self.access.settings.get("client_id", "")}
        return granted(self.access, f"{self.access.base_url}{TOKEN_PATH}", named, headers)


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
