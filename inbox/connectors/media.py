"""Getting a picture from a stranger's address: guarded, cut at a size, over in time."""

from __future__ import annotations

from enum import StrEnum

import httpx

from inbox.connectors.addresses import GuardedTransport, PrivateAddress

SECONDS = 5.0
MOST_REDIRECTS = 3
_HEADERS = {
    "User-Agent": "Crossdesk (previews)",
    "Accept": "image/jpeg, image/png, image/webp, image/gif",
    # Nothing packed: what comes is as large as what was sent.
    "Accept-Encoding": "identity",
}


class Fault(StrEnum):
    """Why there is no picture."""

    TOO_LARGE = "too_large"
    GONE = "gone"
    NOT_ALLOWED = "not_allowed"  # the server wants to know who asks
    NO_PICTURE = "no_picture"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    PRIVATE = "private"


class MediaError(Exception):
    """No picture this time, or never: `fault` says which."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def fetch(address: str, *, largest: int, allow_private: bool, seconds: float = SECONDS) -> bytes:
    """The bytes at `address`, at most `largest` of them. Raises `MediaError`.

    Every name on the way is looked up once and connected to at the address that was checked.
    """
    transport = GuardedTransport(seconds=seconds, allow_private=allow_private)
    try:
        with httpx.Client(
            transport=transport, headers=_HEADERS, timeout=seconds, trust_env=False
        ) as client:
            return _read(_follow(client, address), largest)
    except PrivateAddress:
        raise MediaError(Fault.PRIVATE) from None
    except httpx.TimeoutException:
        raise MediaError(Fault.SLOW) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError):
        raise MediaError(Fault.UNREACHABLE) from None


def _follow(client: httpx.Client, address: str) -> httpx.Response:
    request = client.build_request("GET", address)
    for _ in range(MOST_REDIRECTS + 1):
        if request.url.scheme not in {"http", "https"}:
            break
        response = client.send(request, stream=True)
        if response.next_request is None:
            return response
        response.close()
        request = response.next_request
    raise MediaError(Fault.UNREACHABLE)


def _read(response: httpx.Response, largest: int) -> bytes:
    status = response.status_code
    if status in {404, 410}:
        raise MediaError(Fault.GONE)
    if status in {401, 403}:
        raise MediaError(Fault.NOT_ALLOWED)
    if status != httpx.codes.OK:
        raise MediaError(Fault.UNREACHABLE)
    told = response.headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > largest:
        raise MediaError(Fault.TOO_LARGE)
    pieces, size = [], 0
    for piece in response.iter_raw():
        size += len(piece)
        if size > largest:
            raise MediaError(Fault.TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)
