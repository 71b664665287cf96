"""Strangers' servers, and what they send for a picture."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from inbox.connectors import media
from inbox.connectors.media import Fault, MediaError
from tests.inbox.feeds.server import Blog, running

pytestmark = pytest.mark.integration
LARGEST = 1_000_000


@pytest.fixture
def server() -> Iterator[Blog]:
    """A web server on this machine."""
    with running() as found:
        yield found


def fault(address: str, **options: Any) -> Fault:
    with pytest.raises(MediaError) as raised:
        media.fetch(address, largest=LARGEST, **{"allow_private": True, **options})
    return raised.value.fault


def test_a_picture_comes_whole(server: Blog) -> None:
    server.body = b"picture"
    assert media.fetch(server.address, largest=7, allow_private=True) == b"picture"


def test_an_endless_stream_is_cut(server: Blog) -> None:
    server.body = b"x" * (LARGEST + 1)
    assert fault(server.address) == Fault.TOO_LARGE


def test_a_gigabyte_that_is_announced_is_not_begun(server: Blog) -> None:
    server.headers = {"Content-Length": str(1024**3)}
    begun = time.monotonic()
    assert fault(server.address) == Fault.TOO_LARGE
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("headers_drip", [True, False])
def test_a_server_that_drips_is_left(server: Blog, *, headers_drip: bool) -> None:
    server.drip, server.drip_headers, server.body = 0.1, headers_drip, b"x" * 1000
    begun = time.monotonic()
    assert fault(server.address, seconds=0.6) == Fault.SLOW
    assert time.monotonic() - begun < 3


def test_no_redirect_leads_into_a_private_network(
    server: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself is taken for public; where it sends us is not."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def lookup(host: str, *more: Any, **options: Any) -> Any:
        asked.append(host)
        return real(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(
        "inbox.connectors.addresses.is_public", lambda address: str(address) == "127.0.0.1"
    )
    server.redirects = {"/": (302, "http://169.254.169.254/latest/meta-data/")}
    assert fault(f"{server.address}/", allow_private=False) == Fault.PRIVATE
    assert asked[-1] == "169.254.169.254"


def test_a_name_that_changes_its_mind_is_asked_once(
    server: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, private when it is connected to."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    connected: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        connected.append(address[0])
        raise OSError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert fault("http://rebinding.example/a.png", allow_private=False) == Fault.UNREACHABLE
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, Fault.GONE), (410, Fault.GONE), (403, Fault.NOT_ALLOWED), (500, Fault.UNREACHABLE)],
)
def test_what_the_server_says_is_told(server: Blog, status: int, expected: Fault) -> None:
    server.status = status
    assert fault(server.address) == expected


@pytest.mark.parametrize("where", ["file:///etc/passwd", "gopher://a/", "//", "http://["])
def test_only_the_web_is_asked(server: Blog, where: str) -> None:
    server.redirects = {"/": (302, where)}
    assert fault(f"{server.address}/") == Fault.UNREACHABLE


def test_redirects_come_to_an_end(server: Blog) -> None:
    server.redirects = {"/": (302, "/")}
    assert fault(f"{server.address}/") == Fault.UNREACHABLE
    assert len(server.asked) == media.MOST_REDIRECTS + 1
