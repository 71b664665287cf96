"""Asking a network's API: guarded, bounded in time and size, with errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from inbox.connectors import tape
from inbox.connectors.addresses import GuardedTransport, PrivateAddress
from inbox.connectors.errors import (
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
from inbox.connectors.tape import Tape

SECONDS = 20.0
LARGEST = 8 * 1024 * 1024
LONGEST_REASON = 300
USER_AGENT = "Crossdesk"
# A time this far ahead is no number of seconds but a moment since 1970.
_A_MOMENT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a network answered; header names in any case."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `Unreachable` when it is something else."""
        try:
            return json.loads(self.body) if self.body else {}
        except (ValueError, RecursionError):
            raise Unreachable("answers with something else than JSON") from None

    def object(self) -> dict[str, Any]:
        """As `json`, when it must be an object."""
        found = self.json()
        if not isinstance(found, dict):
            raise Unreachable("answers with another kind of JSON than it should")
        return found


Fault = Callable[[Reply], NetworkError | None]


@dataclass(frozen=True, slots=True)
class Api:
    """One network's API, as one channel may ask it.

    `fault` looks at an answer first: the error the network means by it, or None when the usual
    reading of its status is right. It is asked about every answer, because some errors come as 200.
    """

    base_url: str
    headers: Mapping[str, str]
    allow_private: bool = False
    fault: Fault | None = None
    seconds: float = SECONDS
    largest: int = LARGEST

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Reply:
        """Read something. Raises `NetworkError`, but never `Uncertain`."""
        return self.ask("GET", path, params=params)

    def post(self, path: str, *, is_safe: bool = False, **content: Any) -> Reply:
        """Write something: `json`, `data`, `files`, `content`, `params`, `headers` as in httpx.

        Raises `NetworkError`: `Uncertain` when the network may have done it, unless `is_safe` says
        that doing it twice is like doing it once.
        """
        return self.ask("POST", path, is_safe=is_safe, **content)

    def ask(
        self,
        method: str,
        path: str,
        *,
        is_safe: bool | None = None,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Reply:
        """Ask with any method; those that only read are safe by themselves. Raises as `post`."""
        is_safe = method in {"GET", "HEAD"} if is_safe is None else is_safe
        address = path if path.startswith(("https://", "http://")) else f"{self.base_url}{path}"
        reply = self._exchange(
            method, address, {"User-Agent": USER_AGENT, **self.headers, **(headers or {})},
            content, is_safe=is_safe,
        )  # fmt: skip
        error = (self.fault(reply) if self.fault else None) or usual_fault(reply, is_safe=is_safe)
        if error is not None:
            raise error
        return reply

    def _exchange(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        content: Mapping[str, Any],
        *,
        is_safe: bool,
    ) -> Reply:
        running = tape.present()
        if running is not None and running.is_playing:
            return _played(running, method, address, content)
        transport = GuardedTransport(seconds=self.seconds, allow_private=self.allow_private)
        try:
            with (
                httpx.Client(
                    transport=transport, timeout=self.seconds / 2, trust_env=False
                ) as client,
                client.stream(method, address, headers=headers, **content) as response,
            ):
                reply = Reply(response.status_code, response.headers, self._body(response))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise broken_off(error, seconds=self.seconds, is_safe=is_safe) from None
        # What is written may be answered with secrets, and is nothing to read again.
        if running is not None and method == "GET":
            running.note(address, content.get("params"), reply.status, reply.body)
        return reply

    def _body(self, response: httpx.Response) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self.largest:
                raise httpx.ReadError(f"more than {self.largest // 1024 // 1024} MB")
            pieces.append(piece)
        return b"".join(pieces)


def _played(running: Tape, method: str, address: str, content: Mapping[str, Any]) -> Reply:
    """What the network answered when it was asked for real."""
    found = running.take(address, content.get("params")) if method == "GET" else None
    if found is None:
        raise Unreachable("was not asked this then")
    return Reply(found.status, httpx.Headers(), found.body.encode())


def broken_off(error: Exception, *, seconds: float, is_safe: bool) -> NetworkError:
    """What it means that httpx raised `error` during an exchange of at most so many `seconds`."""
    if isinstance(error, PrivateAddress):
        return Unreachable(f"{error}; only public addresses are asked")
    if isinstance(
        error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL | UnicodeError
    ):
        return Unreachable(f"cannot be reached: {_said(error)}")
    is_late = isinstance(error, httpx.TimeoutException)
    reason = (
        f"did not answer within {seconds:g} seconds" if is_late else f"broke off: {_said(error)}"
    )
    return (Unreachable if is_safe else Uncertain)(reason)


def usual_fault(reply: Reply, *, is_safe: bool) -> NetworkError | None:
    """What an answer's status means, when the network has no meaning of its own."""
    status = reply.status
    if status < 400:
        return None
    reason = _reason(reply)
    if status == 401:
        return Expired(reason)
    if status == 403:
        return Forbidden(reason)
    if status in {404, 410}:
        return Gone(reason)
    if status == 413:
        return TooLong(reason)
    if status == 429:
        return Limited(reason, retry_after=retry_after(reply.headers) or 60)
    if status in {408, 425} or status >= 500:
        after = retry_after(reply.headers)
        # A server that says "later" has done nothing; one that fails may have done it before.
        is_certain = is_safe or status in {425, 503}
        return (Unreachable if is_certain else Uncertain)(reason, retry_after=after)
    return Refused(reason)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from any header networks use for it; 0 when none says."""
    for name in ("retry-after", "ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "")
        if value.replace(".", "", 1).isdecimal():
            number = float(value)
            if number > _A_MOMENT:
                number -= datetime.now(UTC).timestamp()
            return min(max(number, 0.0), 86_400.0)
        try:
            at = datetime.fromisoformat(value) if "T" in value else parsedate_to_datetime(value)
        except (TypeError, ValueError):
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), 86_400.0)
    return 0.0


def _reason(reply: Reply) -> str:
    """The status and what the network says of it, where it says so in one of the usual ways."""
    said = ""
    try:
        found = reply.json()
    except Unreachable:
        found = None
    if isinstance(found, dict):
        inner = found.get("error")
        candidates = [inner.get("message") if isinstance(inner, dict) else inner]
        candidates += [found.get(name) for name in ("message", "detail", "error_description")]
        said = next((text for text in candidates if isinstance(text, str) and text), "")
    return f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:LONGEST_REASON]
