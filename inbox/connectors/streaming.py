"""Holding a connection open over which a network says what happens: server-sent events."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import httpx

from inbox.connectors.addresses import GuardedTransport
from inbox.connectors.errors import Refused
from inbox.connectors.http import SECONDS, USER_AGENT, Api, Reply, broken_off, usual_fault

# Servers give a sign of life every 15 seconds or so: one that is silent for this long is gone.
SILENCE = 60.0
# Then it is opened anew, so that names are looked up and credentials checked again.
LONGEST = 3600.0
LARGEST_EVENT = 1024 * 1024
_LARGEST_REFUSAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """What a server said; without a name and data it only showed that it is there."""

    name: str = ""
    data: str = ""


def events(api: Api, path: str) -> Generator[Event, None, None]:
    """What the server says at `path`; the first, empty event means that it listens to us.

    Raises `NetworkError` when the connection cannot be opened, breaks off, is silent for a minute
    or an hour old; ends when the server ends it. Closing the iterator closes the connection.
    """
    transport = GuardedTransport(seconds=LONGEST, allow_private=api.allow_private)
    timeout = httpx.Timeout(SILENCE, connect=SECONDS / 2)
    headers = {
        "User-Agent": USER_AGENT, **api.headers,
        # A compressed stream would wait until there is enough to compress.
        "Accept": "text/event-stream", "Accept-Encoding": "identity",
    }  # fmt: skip
    try:
        with (
            httpx.Client(transport=transport, timeout=timeout, trust_env=False) as client,
            client.stream("GET", f"{api.base_url}{path}", headers=headers) as response,
        ):
            _check(api, response)
            yield Event()
            yield from parsed(response.iter_bytes())
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise broken_off(error, seconds=SILENCE, is_safe=True) from None


def parsed(pieces: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream that comes in pieces. Raises `httpx.ReadError` for one too large."""
    lines: list[str] = []
    rest = b""
    size = 0
    for piece in pieces:
        size += len(piece)
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            text = line.decode(errors="replace").rstrip("\r")
            if text.startswith(":"):
                yield Event()
            elif text:
                lines.append(text)
            else:
                if lines:
                    yield _event(lines)
                lines, size = [], 0
        if size > LARGEST_EVENT:
            raise httpx.ReadError(f"an event of more than {LARGEST_EVENT // 1024 // 1024} MB")


def _event(lines: Iterable[str]) -> Event:
    name, data = "", []
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))
    return Event(name, "\n".join(data))


def _check(api: Api, response: httpx.Response) -> None:
    """Raise what the server means unless it begins a stream."""
    kind = response.headers.get("content-type", "")
    if response.status_code == 200 and kind.startswith("text/event-stream"):
        return
    body = b""
    for piece in response.iter_bytes():
        body += piece
        if len(body) > _LARGEST_REFUSAL:
            break
    reply = Reply(response.status_code, response.headers, body)
    error = (api.fault(reply) if api.fault else None) or usual_fault(reply, is_safe=True)
    raise error or Refused("holds no stream open at its address")
