"""A web server on this machine that answers as a network's API does, also when it fails.

    with running(FacebookPage()) as stub:
        stub.next(Answer.limited(seconds=90))  # the next request meets this, and nothing is done
        stub.next(Answer.error(500), method="POST", path="/comments")
        stub.lose_answer(method="POST")        # the next such one is done, and nobody hears of it
        stub.answer_late(0.5, method="POST")   # done, and answered after half a second

The network behind it (`FacebookPage`, `InstagramAccount`, `XAccount`) keeps what was published, so
that doubles are seen: `network.published`. `stub.asked` has every request.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""  # path and query as they came
    pairs: tuple[tuple[str, str], ...] = ()  # of the query, where a name stands several times

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form, files as their length; what was in the address counts too."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return {**self.query, **dict(parse_qsl(self.body.decode(), keep_blank_values=True))}
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts()
        return {str(part.get_param("name", header="content-disposition")): _field(part)
                for part in parts}  # fmt: skip

    @property
    def token(self) -> str:
        """The bearer token."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


def _field(part: Any) -> str:
    content = part.get_payload(decode=True)
    return f"<{len(content)} bytes>" if part.get_filename() else content.decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says; `seconds` is how long it takes to."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    is_lost: bool = False  # the connection ends without a word
    pieces: Iterable[bytes] | None = None  # said one after the other, and the connection held

    @classmethod
    def error(cls, status: int, body: Any = None, **headers: str) -> Answer:
        """A refusal in the network's own words."""
        return cls(status, {} if body is None else body, headers)

    @classmethod
    def limited(cls, seconds: int, body: Any = None) -> Answer:
        """429, with the moment it goes on in the headers."""
        reset = str(int(time.time()) + seconds)
        return cls(429, body or {}, {"x-rate-limit-reset": reset, "x-rate-limit-remaining": "0"})


class Network(Protocol):
    """What stands behind the server."""

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for and say what came of it."""


@dataclass(slots=True)
class _Rule:
    method: str
    path: str
    answer: Answer | None = None  # in place of the network's
    seconds: float = 0
    is_lost: bool = False

    def fits(self, asked: Asked) -> bool:
        return (not self.method or asked.method == self.method) and self.path in asked.path


class Stub:
    """A running server: what it was asked, and how the next answers go wrong."""

    def __init__(self, network: Network, url: str = "") -> None:
        self.network = network
        self.url = url
        self.asked: list[Asked] = []
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def next(self, *answers: Answer, method: str = "", path: str = "") -> None:
        """Answer the next requests so, one each; the network is not told of them."""
        self._rules += [_Rule(method, path, answer) for answer in answers]

    def lose_answer(self, *, method: str = "", path: str = "") -> None:
        """Let the network do the next such request and say nothing."""
        self._rules.append(_Rule(method, path, is_lost=True))

    def answer_late(self, seconds: float, *, method: str = "", path: str = "") -> None:
        """Let the network do the next such request and answer after `seconds`."""
        self._rules.append(_Rule(method, path, seconds=seconds))

    def of(self, method: str, path: str = "") -> list[Asked]:
        """The requests of that method whose path holds `path`."""
        return [asked for asked in self.asked if _Rule(method, path).fits(asked)]

    def take(self, asked: Asked) -> Answer:
        """Answer one request."""
        with self._lock:
            self.asked.append(asked)
            rule = next((rule for rule in self._rules if rule.fits(asked)), None)
            if rule:
                self._rules.remove(rule)
                if rule.answer:
                    return rule.answer
            answer = self.network.answer(asked)
        if rule is None:
            return answer
        return Answer(answer.status, answer.body, answer.headers, rule.seconds, rule.is_lost)


@contextmanager
def running(network: Network) -> Iterator[Stub]:
    """The network's API on a free port of this machine."""
    stub = Stub(network)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stub": stub}))
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _stream(handler: BaseHTTPRequestHandler, pieces: Iterable[bytes]) -> None:
    with suppress(OSError):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()


class _Handler(BaseHTTPRequestHandler):
    """Asks the stub, and says what it answers."""

    stub: ClassVar[Stub]

    def _any(self) -> None:
        answer = self.stub.take(self._asked())
        time.sleep(answer.seconds)
        self.close_connection = True
        if answer.pieces is not None:
            _stream(self, answer.pieces)
        elif not answer.is_lost:
            self._say(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _any  # noqa: N815 - http.server's names

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Asked(
            self.command,
            unquote(parts.path),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            self.path,
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
        )

    def _say(self, answer: Answer) -> None:
        is_text = isinstance(answer.body, bytes)
        body = answer.body if is_text else json.dumps(answer.body).encode()
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass
