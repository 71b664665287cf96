"""Asking a feed's address, politely and without trusting the answer."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from inbox.connectors.addresses import GuardedTransport, PrivateAddress

SECONDS = 20.0
LARGEST = 5 * 1024 * 1024
MOST_REDIRECTS = 5
LONGEST_VALIDATOR = 500
_HEADERS = {
    "User-Agent": "Crossdesk (feed reader)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
}
_PERMANENT = {301, 308}


class FetchError(Exception):
    """No feed this time. `retry_after`: seconds the server asks for. `is_gone`: never again."""

    def __init__(self, reason: str, *, retry_after: int = 0, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.is_gone = is_gone


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: no `body` when nothing changed, `moved_to` after a permanent redirect."""

    body: bytes | None
    content_type: str = ""
    cursor: Mapping[str, str] = field(default_factory=dict)
    moved_to: str = ""


def fetch(
    address: str,
    cursor: Mapping[str, str],
    *,
    allow_private: bool,
    seconds: float = SECONDS,
    largest: int = LARGEST,
) -> Answer:
    """Get `address` unless it is as `cursor` remembers it; raises `FetchError`."""
    transport = GuardedTransport(seconds=seconds, allow_private=allow_private)
    try:
        with httpx.Client(
            transport=transport, headers=_HEADERS, timeout=seconds / 2, trust_env=False
        ) as client:
            response, moved_to = _follow(client, address, cursor)
            return _read(response, cursor, moved_to, largest)
    except PrivateAddress as error:
        raise FetchError(f"{error}; only public addresses are asked") from None
    except httpx.TimeoutException:
        raise FetchError(f"did not answer within {seconds:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise FetchError(f"cannot be reached: {str(error) or type(error).__name__}") from None


def _follow(
    client: httpx.Client, address: str, cursor: Mapping[str, str]
) -> tuple[httpx.Response, str]:
    """The last answer of a chain of redirects, unread, and where the permanent ones lead."""
    headers = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    request = client.build_request("GET", address, headers={k: v for k, v in headers.items() if v})
    moved_to, is_permanent = "", True
    for _ in range(MOST_REDIRECTS + 1):
        if request.url.scheme not in {"http", "https"}:
            raise FetchError(f"leads to {request.url.scheme or 'no scheme'}, not http or https")
        response = client.send(request, stream=True)
        if response.next_request is None:
            return response, moved_to
        response.close()
        request = response.next_request
        is_permanent = is_permanent and response.status_code in _PERMANENT
        moved_to = str(request.url) if is_permanent else moved_to
    raise FetchError(f"redirects more than {MOST_REDIRECTS} times")


def _read(
    response: httpx.Response, cursor: Mapping[str, str], moved_to: str, largest: int
) -> Answer:
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return Answer(None, cursor=cursor, moved_to=moved_to)
    if response.status_code != httpx.codes.OK:
        raise FetchError(
            f"answers {response.status_code} {response.reason_phrase}".strip(),
            retry_after=_retry_after(response.headers.get("Retry-After", "")),
            is_gone=response.status_code == httpx.codes.GONE,
        )
    body = b"".join(_decoded(response, largest))
    found = {
        "etag": response.headers.get("ETag"),
        "modified": response.headers.get("Last-Modified"),
    }
    kept = {
        name: value for name, value in found.items() if value and len(value) <= LONGEST_VALIDATOR
    }
    return Answer(body, response.headers.get("Content-Type", ""), kept, moved_to)


def _decoded(response: httpx.Response, largest: int) -> Iterator[bytes]:
    """The body in pieces; a small one that unpacks to a huge one stops at `largest` too."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise FetchError(f"is packed as {encoding}, which was not asked for")
    unpack = zlib.decompressobj(31) if "gzip" in encoding else None
    size = 0
    for chunk in response.iter_raw():
        piece = _unpacked(unpack, chunk, largest + 1 - size) if unpack else chunk
        size += len(piece)
        if size > largest:
            raise FetchError(f"is larger than {largest // 1024 // 1024} MB")
        yield piece


def _unpacked(unpack: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(chunk, most)
    except zlib.error:
        raise FetchError("is packed in a way that cannot be unpacked") from None


def _retry_after(value: str) -> int:
    """Seconds from the header, which holds seconds or a date; 0 for anything else."""
    if value.isascii() and value.isdigit():
        return min(int(value), 86_400)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, min(int((at - datetime.now(UTC)).total_seconds()), 86_400))
