"""Asking Reddit: a token that is renewed on the way, limits, and errors inside a 200."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
    Uncertain,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Reply, retry_after
from inbox.connectors.oauth import TokenClient, client_in_header, granted

TOKENS = "https://www.reddit.com"
_WAIT = 60.0
_AGAIN_IN = re.compile(r"(\d{1,5})\s*(millisecond|second|minute|hour)", re.IGNORECASE)
_SECONDS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
# What the codes inside a 200 mean; all others are a plain no.
_MEANT: dict[str, type[NetworkError]] = {
    "TOO_LONG": TooLong,
    "DELETED_COMMENT": Gone,
    "DELETED_LINK": Gone,
    "USER_DOESNT_EXIST": Gone,
    "NOT_WHITELISTED_BY_USER_MESSAGE": Blocked,
    "USER_BLOCKED": Blocked,
    "USER_BLOCKED_MESSAGE": Blocked,
    "INVALID_USER": Blocked,
    "SUBREDDIT_NOTALLOWED": Forbidden,
    "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED": Forbidden,
    "BANNED_FROM_SUBREDDIT": Forbidden,
    "USER_REQUIRED": Expired,
}


class Client(TokenClient):
    """Asks for one account."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.account = name_of(access)

    def get(self, path: str, **params: Any) -> Any:
        """Read something, in text as it was written."""
        return self.ask("GET", path, params={"raw_json": 1, **params}).json()

    def send(self, path: str, *, is_safe: bool = False, **content: Any) -> dict[str, Any]:
        """Write a form; raises `Uncertain` when it may have been done, unless `is_safe`."""
        data = {"api_type": "json", "raw_json": "1", **content}
        found = self.write("POST", path, is_safe=is_safe, data=data)
        answer = found.get("json")
        return answer if isinstance(answer, dict) else found

    def headers(self) -> Mapping[str, str]:
        """Who is asking."""
        return {"User-Agent": agent_of(self.access)}

    def fault(self, asked: str, reply: Reply) -> NetworkError | None:
        """As `fault_of`; tells what is left of the limit."""
        if quota := quota_of(reply.headers):
            self.access.quota(quota)
        return fault_of(reply)

    def token_for(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The secrets Reddit gives for `grant`. Raises `Expired` when it takes it no longer."""
        site = self.access.settings.get("token_url") or TOKENS
        headers = {**client_in_header(self.access), **self.headers()}
        return granted(self.access, f"{site}/api/v1/access_token", grant, headers)


def name_of(access: Access) -> str:
    """The name of our account, without u/."""
    return access.settings.get("username", "").strip().removeprefix("/").removeprefix("u/")


def agent_of(access: Access) -> str:
    """Reddit turns away whoever does not say which program of whom is asking."""
    return f"web:crossdesk:1 (by /u/{name_of(access) or 'crossdesk'})"


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """What the headers say of the limit, which all addresses share."""
    try:
        used, left, reset = (
            float(headers.get(f"x-ratelimit-{name}", "")) for name in ("used", "remaining", "reset")
        )
        ends = datetime.now(UTC) + timedelta(seconds=reset)
        return Quota("requests", int(used + left), int(left), ends)
    except (ValueError, OverflowError):
        return None


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer means, one of 200 included; None when its status says it best."""
    if reply.status == 429:
        return Limited("answers 429: too often", retry_after=retry_after(reply.headers) or _WAIT)
    try:
        found = reply.json()
    except Unreachable:
        return None
    inner = found.get("json") if isinstance(found, dict) else None
    listed = inner.get("errors") if isinstance(inner, dict) else None
    if reply.status < 400 and isinstance(listed, list) and listed:
        return _meant(listed[0], inner or {})
    if reply.status == 403 and isinstance(found, dict) and found.get("reason"):
        return Forbidden(f"answers 403: the subreddit is {found['reason']}"[:LONGEST_REASON])
    return None


def _meant(error: Any, answer: Mapping[str, Any]) -> NetworkError:
    parts = error if isinstance(error, list) else [error]
    words = [part for part in parts if isinstance(part, str)]
    code = words[0].upper() if words else ""
    said = words[1] if len(words) > 1 else code or "an error without a word"
    reason = f"says: {said}"[:LONGEST_REASON]
    if code == "RATELIMIT":
        return Limited(reason, retry_after=_wait(said, answer.get("ratelimit")))
    if code == "SERVER_ERROR":
        return Uncertain(reason)
    return _MEANT.get(code, Refused)(reason)


def _wait(said: str, told: Any) -> float:
    """Seconds until it goes on: as a number, or as words such as "try again in 9 minutes"."""
    if isinstance(told, int | float) and not isinstance(told, bool) and told > 0:
        return min(float(told), 86_400.0)
    found = _AGAIN_IN.search(said)
    if found is None:
        return _WAIT
    return min(int(found[1]) * _SECONDS[found[2].lower()] + 1, 86_400.0)
