"""A browser that only listens."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from accounts.models import User


def session_of(user: User) -> str:
    """The cookie of a signed-in browser."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    name: str
    data: dict[str, Any]
    mark: str
    at: float


class Browser:
    """Reads a stream in a thread; `status` and `headers` are those of the answer."""

    def __init__(
        self, url: str, session: str = "", *, query: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self._events: queue.Queue[Event | None] = queue.Queue()
        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._connection.request("GET", f"/live/{query}", headers=cookie | (headers or {}))
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.headers = self._response.headers
        self.last_mark = ""
        if self.status == 200:
            self._read_until_mark(self._response)
            threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if sock := self._connection.sock:
            with suppress(OSError):
                # Wakes the reading thread, which holds the lock that closing wants.
                sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def hear(self, seconds: float = 5.0) -> Event | None:
        """The next event; None when the stream ends. Raises `queue.Empty`."""
        return self._events.get(timeout=seconds)

    def next_event(self, seconds: float = 5.0) -> Event:
        """The next event of a stream that goes on. Raises `queue.Empty`."""
        event = self.hear(seconds)
        assert event, "The stream ended."
        return event

    def hears_nothing(self, seconds: float = 0.5) -> bool:
        time.sleep(seconds)
        return self._events.empty()

    def _read_until_mark(self, response: HTTPResponse) -> None:
        while not self.last_mark:
            line = response.readline().decode()
            if line.startswith("id: "):
                self.last_mark = line[4:].strip()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for raw in self._response:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _colon, value = line.partition(": ")
                    fields[name] = value
                    continue
                self.last_mark = fields.get("id", self.last_mark)
                if "data" in fields:
                    name = fields.get("event", "message")
                    data = json.loads(fields["data"])
                    self._events.put(Event(name, data, self.last_mark, time.monotonic()))
                fields = {}
        except (OSError, ValueError, AttributeError):
            # Closed by this side while it was read.
            pass
        self._events.put(None)
