"""Asking a forum: by API key, with the waits and the refusals it words itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.connectors.base import Access
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made

_WAIT = 60.0


class Client:
    """Asks in the name of the account the key is for."""

    def __init__(self, access: Access) -> None:
        self.account = username_of(access)
        headers = {
            "Api-Key": access.secrets.get("api_key", ""),
            "Api-Username": self.account,
            "Accept": "application/json",
        }
        self._api = Api(
            access.base_url, headers, allow_private=access.allow_private, fault=fault_of
        )
        self.base_url = access.base_url

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something."""
        return self._api.get(path, params).object()

    def write(
        self, method: str, path: str, body: Mapping[str, Any], *, is_safe: bool = False
    ) -> dict[str, Any]:
        """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
        reply = self._api.ask(method, path, is_safe=is_safe, json=dict(body))
        return {} if is_safe and not reply.body.strip() else made(reply)


def username_of(access: Access) -> str:
    """The name of our account, as settings have it."""
    return access.settings.get("username", "").strip().removeprefix("@")


def fault_of(reply: Reply) -> NetworkError | None:
    """What a refusal of Discourse means; None when its status says it best."""
    if reply.status < 400:
        return None
    try:
        found = reply.json()
    except Unreachable:
        found = None
    body = found if isinstance(found, dict) else {}
    listed = body.get("errors")
    errors = listed if isinstance(listed, list) else [listed] if listed else []
    said = " ".join(text for text in errors if isinstance(text, str))
    reason = f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]
    kind = body.get("error_type")
    if reply.status == 429 or kind == "rate_limit":
        return Limited(reason, retry_after=_wait(body, reply.headers))
    if reply.status == 403:
        # A wrong key and a missing right both come as 403; only the first says so.
        return Expired(reason) if "api" in said.lower() else Forbidden(reason)
    if kind == "not_found" or reply.status == 404:
        return Gone(reason)
    return _refused(said.lower(), reason) if reply.status in {400, 409, 422} else None


def _refused(said: str, reason: str) -> NetworkError:
    if "too long" in said or "maximum" in said or "is limited to" in said:
        return TooLong(reason)
    if "not accepting messages" in said or "can't send" in said or "cannot send" in said:
        return Blocked(reason)
    return Refused(reason)


def _wait(body: Mapping[str, Any], headers: Mapping[str, str]) -> float:
    extras = body.get("extras")
    told = extras.get("wait_seconds") if isinstance(extras, dict) else None
    if isinstance(told, int | float) and not isinstance(told, bool) and told > 0:
        return min(float(told), 86_400.0)
    return retry_after(headers) or _WAIT
