"""A blog's web server in a thread, to be asked for real."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<title>Kestrel blog</title><id>urn:blog</id>
<updated>2026-03-01T12:00:00Z</updated>{entries}</feed>"""


def entry(number: int = 1, text: str = "A new rye.", *, reply_to: str = "", more: str = "") -> str:
    """One Atom entry."""
    thread = f'<thr:in-reply-to ref="{reply_to}" href="https://blog.example/"/>' if reply_to else ""
    return (
        f"<entry><id>urn:e{number}</id><title>News {number}</title>"
        "<author><name>Sam</name></author>"
        f'<link href="https://blog.example/{number}"/>'
        f"<published>2026-03-01T11:{number:02}:00Z</published>"
        f'<updated>2026-03-01T11:{number:02}:00Z</updated><content type="html">{text}</content>'
        f"{thread}{more}</entry>"
    )


def atom(*entries: str) -> bytes:
    """An Atom feed of `entries`."""
    return ATOM.format(entries="".join(entries)).encode()


@dataclass
class Blog:
    """What the server answers, and what it was asked."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, tuple[int, str]] = field(default_factory=dict)
    drip: float = 0
    drip_headers: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request as told."""
        self.asked.append((request.path, {k.lower(): v for k, v in request.headers.items()}))
        if request.path in self.redirects:
            status, location = self.redirects[request.path]
            request.send_response(status)
            request.send_header("Location", location)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        etag = self.headers.get("ETag")
        is_same = etag is not None and request.headers.get("If-None-Match") == etag
        request.send_response(304 if is_same else self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        if self.drip_headers:
            self._drip(request, b"X-Slow: " + b"a" * 1000)
            return
        request.end_headers()
        if self.drip:
            self._drip(request, self.body)
        elif not is_same:
            request.wfile.write(self.body)

    def _drip(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        request.wfile.flush()
        for byte in data:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(self.drip)


@contextmanager
def running() -> Iterator[Blog]:
    """A blog on a free port of this machine."""
    blog = Blog()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                blog.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    blog.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield blog
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
