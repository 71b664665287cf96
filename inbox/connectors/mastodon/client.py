"""Asking a server that speaks Mastodon's API, and what its errors mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import Expired, Forbidden, Limited, NetworkError, Refused, TooLong
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made

_WAIT = 300.0  # the network counts by five minutes
_NEXT = re.compile(r'<[^>]*[?&]max_id=([^&>]+)[^>]*>;\s*rel="?next"?')
_LONG = ("character limit", "too long", "file size", "description is")


def get(access: Access, path: str, **params: Any) -> Any:
    """Read something; params that are None are left out."""
    return reading(access, path, **params).json()


def reading(access: Access, path: str, **params: Any) -> Reply:
    """As `get`, with the headers."""
    given = {key: value for key, value in params.items() if value is not None}
    return api(access).get(path, given)


def write(
    access: Access, method: str, path: str, *, is_safe: bool = False, **content: Any
) -> dict[str, Any]:
    """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
    reply = api(access).ask(method, path, is_safe=is_safe, **content)
    return reply.object() if is_safe else made(reply)


def next_of(headers: Mapping[str, str]) -> str | None:
    """Where the next, older page begins; None when this is the last."""
    found = _NEXT.search(headers.get("link", ""))
    return found.group(1) if found else None


def api(access: Access) -> Api:
    """The server, asked in the account's name if there is a token."""
    if not access.base_url.startswith(("https://", "http://")):
        raise Refused("has no such address: a server's begins with https://")
    token = access.secrets.get("access_token", "").strip()

    def fault(reply: Reply) -> NetworkError | None:
        if quota := quota_of(reply.headers):
            access.quota(quota)
        return fault_of(reply)

    return Api(
        access.base_url,
        {"Authorization": f"Bearer {token}"} if token else {},
        allow_private=access.allow_private,
        fault=fault,
    )


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """What the headers say of the limit."""
    limit, left = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
    if not (limit.isdecimal() and left.isdecimal()):
        return None
    try:
        ends = datetime.fromisoformat(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return Quota(f"of {limit}", int(limit), int(left))
    ends = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    return Quota(f"of {limit}", int(limit), int(left), ends)


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer means; None when its status says it best."""
    if 300 <= reply.status < 400:
        return Refused("answers from another address: enter the one the account is at")
    if reply.status < 400 or reply.status >= 500:
        return None
    said = _told(reply)
    reason = f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]
    words = said.lower()
    if reply.status == 429:
        return Limited(reason, retry_after=retry_after(reply.headers) or _WAIT)
    # Some servers answer 400 or 403 where Mastodon says 401.
    if reply.status in {400, 403} and ("token" in words or "credentials" in words):
        return Expired(reason)
    if reply.status == 403 and "scope" in words:
        return Forbidden(f"{reason}. Sign in again to give the right")
    if reply.status in {413, 422} and (reply.status == 413 or any(one in words for one in _LONG)):
        return TooLong(reason)
    return None


def _told(reply: Reply) -> str:
    try:
        found = json.loads(reply.body) if reply.body else {}
    except (ValueError, RecursionError):
        return ""
    found = found if isinstance(found, dict) else {}
    said = found.get("error_description") or found.get("error")
    return said if isinstance(said, str) else ""
