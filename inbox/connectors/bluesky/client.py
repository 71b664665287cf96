"""Asking Bluesky (XRPC): sessions that are renewed on the way, limits, and what its errors mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made
from inbox.connectors.types import ParseError

POST = "app.bsky.feed.post"
_WAIT = 300.0  # the network counts by five minutes
_EXPIRED = {
    "AccountDeactivated", "AccountTakedown", "AuthenticationRequired", "AuthFactorTokenRequired",
    "AuthMissing", "ExpiredToken", "InvalidToken",
}  # fmt: skip
_GONE = {"NotFound", "RecordNotFound", "RepoNotFound"}
_LONG = ("grapheme", "must not be longer", "too large", "too big")
Tokens = Mapping[str, str]


class Client:
    """Asks for one account; keeps a renewed session for its further questions."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._tokens: Tokens = access.secrets
        self.did = access.settings.get("account_id", "")

    def get(self, name: str, **params: Any) -> dict[str, Any]:
        """Ask a query; params that are None are left out."""
        given = {key: value for key, value in params.items() if value is not None}
        return self._ask("GET", name, is_safe=True, params=given).object()

    def call(self, name: str, *, is_safe: bool = False, **content: Any) -> dict[str, Any]:
        """Call a procedure; raises `Uncertain` when it may have been done, unless `is_safe`."""
        reply = self._ask("POST", name, is_safe=is_safe, **content)
        return reply.object() if is_safe else made(reply)

    def sign_in(self) -> dict[str, Any]:
        """Open a session with the app password, by the name given or, if that changed, by DID."""
        named = self.access.settings.get("handle", "").strip().removeprefix("@")
        names = dict.fromkeys(name for name in (named, self.did) if name)
        if not names:
            raise Refused("cannot be asked: the account's handle is missing")
        for name in names:
            try:
                return self._open(
                    "com.atproto.server.createSession",
                    json={
                        "identifier": name,
                        "password": self.access.secrets.get("app_password", "").strip(),
                    },
                )
            except Expired as error:
                refusal = error
        raise refusal

    def _ask(self, method: str, name: str, *, is_safe: bool, **content: Any) -> Reply:
        if self._tokens.get("access_jwt"):
            try:
                return self._asked(method, name, is_safe=is_safe, **content)
            except Expired:
                # A refused token did nothing.
                self._renew()
        else:
            self.sign_in()
        return self._asked(method, name, is_safe=is_safe, **content)

    def _asked(self, method: str, name: str, *, is_safe: bool, **content: Any) -> Reply:
        fault = partial(self._fault, "writes" if method == "POST" else "reads")
        api = self._api(self._tokens.get("access_jwt", ""), fault)
        return api.ask(method, f"/xrpc/{name}", is_safe=is_safe, **content)

    def _renew(self) -> None:
        try:
            self._open("com.atproto.server.refreshSession", self._tokens.get("refresh_jwt", ""))
        except (Refused, Expired):
            self.sign_in()

    def _open(self, name: str, token: str = "", **content: Any) -> dict[str, Any]:
        # Whoever asks twice has two sessions, which harms nobody.
        api = self._api(token, fault_of)
        found = api.post(f"/xrpc/{name}", is_safe=True, **content).object()
        tokens = {"access_jwt": found.get("accessJwt"), "refresh_jwt": found.get("refreshJwt")}
        try:
            kept = {key: values.identifier(one, key, longest=8_000) for key, one in tokens.items()}
            self.did = self.did or values.identifier(found.get("did"), "did")
        except ParseError:
            raise Refused("opens no session: is this the address of a Bluesky service?") from None
        self._tokens = {**self._tokens, **kept}
        self.access.renewed(kept)
        return found

    def _api(self, token: str, fault: Any) -> Api:
        return Api(
            self.access.base_url,
            {"Authorization": f"Bearer {token}"} if token else {},
            allow_private=self.access.allow_private,
            fault=fault,
        )

    def _fault(self, name: str, reply: Reply) -> NetworkError | None:
        if quota := quota_of(name, reply.headers):
            self.access.quota(quota)
        return fault_of(reply)


def quota_of(name: str, headers: Mapping[str, str]) -> Quota | None:
    """What the headers say of a limit."""
    limit, remaining = headers.get("ratelimit-limit", ""), headers.get("ratelimit-remaining", "")
    reset = headers.get("ratelimit-reset", "")
    if not (limit.isdecimal() and remaining.isdecimal()):
        return None
    ends = (
        datetime.fromtimestamp(int(reset), UTC) if reset.isdecimal() and len(reset) < 12 else None
    )
    return Quota(name, int(limit), int(remaining), ends)


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer means; None when its status says it best. A bad token is a 400 here."""
    if reply.status < 400:
        return None
    code, said = _told(reply)
    reason = f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]
    if reply.status == 429 or code == "RateLimitExceeded":
        return Limited(reason, retry_after=retry_after(reply.headers) or _WAIT)
    if reply.status >= 500:
        return None
    if code in _EXPIRED:
        return Expired(reason)
    if code in _GONE:
        return Gone(reason)
    if code in {"BlockedActor", "BlockedByActor"}:
        return Blocked(reason)
    if any(word in said.lower() for word in _LONG) or "TooLarge" in code:
        return TooLong(reason)
    return None


def _told(reply: Reply) -> tuple[str, str]:
    try:
        found = json.loads(reply.body) if reply.body else {}
    except (ValueError, RecursionError):
        return "", ""
    found = found if isinstance(found, dict) else {}
    code = found.get("error")
    code = code if isinstance(code, str) else ""
    said = found.get("message")
    return code, said if isinstance(said, str) and said else code


def apart(uri: str) -> tuple[str, str, str]:
    """Repository, collection and key of a record's address. Raises `Refused`."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://") or len(parts) != 3 or not all(parts):
        raise Refused("knows no such post")
    return parts[0], parts[1], parts[2]


def in_chunks(names: list[str], size: int) -> Iterator[list[str]]:
    """`names` in lists of at most `size`."""
    for start in range(0, len(names), size):
        yield names[start : start + size]
