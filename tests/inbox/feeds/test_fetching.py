"""Asking a real web server."""

from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import pytest

from inbox.connectors import addresses
from inbox.connectors.feed import Answer, FetchError, fetch
from tests.inbox.feeds.server import Blog, atom, entry

pytestmark = pytest.mark.integration


def ask(blog: Blog, path: str = "/feed", **options: Any) -> Answer:
    cursor = options.pop("cursor", {})
    options.setdefault("allow_private", True)
    return fetch(f"{blog.address}{path}", cursor, **options)


def test_a_feed_and_its_validators_come_back(blog: Blog) -> None:
    blog.body = atom(entry())
    blog.headers = {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"}
    answer = ask(blog)
    assert answer.body == blog.body
    assert answer.cursor == {"etag": '"1"', "modified": "Sun, 01 Mar 2026 12:00:00 GMT"}


def test_what_did_not_change_is_not_sent_again(blog: Blog) -> None:
    blog.headers = {"ETag": '"1"'}
    answer = ask(blog, cursor={"etag": '"1"', "modified": "yesterday"})
    assert answer.body is None
    assert answer.cursor == {"etag": '"1"', "modified": "yesterday"}
    assert blog.asked[0][1]["if-modified-since"] == "yesterday"


def test_a_packed_feed_is_unpacked(blog: Blog) -> None:
    blog.body, blog.headers = gzip.compress(atom(entry())), {"Content-Encoding": "gzip"}
    assert ask(blog).body == atom(entry())


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(blog: Blog) -> None:
    blog.body = gzip.compress(b"\0" * 60_000_000)
    blog.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(FetchError, match="larger than 5 MB"):
        ask(blog)


def test_a_huge_answer_is_refused(blog: Blog) -> None:
    blog.body = b"x" * 3_000_000
    with pytest.raises(FetchError, match="larger than 2 MB"):
        ask(blog, largest=2 * 1024 * 1024)


@pytest.mark.parametrize("drips", ["body", "headers"])
def test_a_server_that_drips_is_left(blog: Blog, drips: str) -> None:
    blog.body, blog.drip, blog.drip_headers = b"x" * 1000, 0.05, drips == "headers"
    begun = time.monotonic()
    with pytest.raises(FetchError, match="did not answer within 1 seconds"):
        ask(blog, seconds=1)
    assert time.monotonic() - begun < 3


def test_redirects_are_followed_and_permanent_ones_remembered(blog: Blog) -> None:
    blog.body = atom(entry())
    blog.redirects = {"/feed": (301, "/b"), "/b": (308, "/c"), "/c": (302, "/d")}
    answer = ask(blog)
    assert answer.body == blog.body
    assert answer.moved_to == f"{blog.address}/c"


def test_a_temporary_redirect_is_not_remembered(blog: Blog) -> None:
    blog.redirects = {"/feed": (302, "/b"), "/b": (301, "/c")}
    assert ask(blog).moved_to == ""


def test_redirects_end_somewhere(blog: Blog) -> None:
    blog.redirects = {"/feed": (302, "/feed")}
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        ask(blog)
    assert len(blog.asked) == 6


@pytest.mark.parametrize("target", ["ftp://x.example/", "file:///etc/passwd", "gopher://x/"])
def test_a_redirect_leads_to_no_other_protocol(blog: Blog, target: str) -> None:
    blog.redirects = {"/feed": (302, target)}
    with pytest.raises(FetchError):
        ask(blog)


def test_a_private_address_is_not_asked(blog: Blog) -> None:
    with pytest.raises(FetchError, match=r"private address 127\.0\.0\.1"):
        ask(blog, allow_private=False)
    assert blog.asked == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]"])
def test_spellings_of_a_private_address_are_seen_through(blog: Blog, host: str) -> None:
    port = blog.address.rpartition(":")[2]
    with pytest.raises(FetchError):
        fetch(f"http://{host}:{port}/feed", {}, allow_private=False)
    assert blog.asked == []


def test_a_redirect_into_the_private_network_is_not_followed(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog.redirects = {"/feed": (302, "http://inside.example/admin")}
    real = addresses.is_public
    lookup = socket.getaddrinfo

    def names(host: str, port: int, *args: Any, **options: Any) -> Any:
        return lookup("10.0.0.1" if host == "inside.example" else host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(addresses, "is_public", lambda a: str(a) == "127.0.0.1" or real(a))
    with pytest.raises(FetchError, match=r"10\.0\.0\.1"):
        ask(blog, allow_private=False)


def test_the_name_is_looked_up_once_and_its_address_pinned(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers differently the second time cannot lead elsewhere."""
    lookup, asked = socket.getaddrinfo, []

    def names(host: str, port: int, *args: Any, **options: Any) -> Any:
        asked.append(host)
        return lookup("127.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    blog.body = atom(entry())
    port = blog.address.rpartition(":")[2]
    assert fetch(f"http://feed.example:{port}/feed", {}, allow_private=True).body == blog.body
    assert asked.count("feed.example") == 1
    assert blog.asked[0][1]["host"] == f"feed.example:{port}"


@pytest.mark.parametrize(("value", "seconds"), [("120", 120), ("soon", 0), ("9" * 30, 86_400)])
def test_a_busy_server_says_when_to_come_back(blog: Blog, value: str, seconds: int) -> None:
    blog.status, blog.headers = 503, {"Retry-After": value}
    with pytest.raises(FetchError) as caught:
        ask(blog)
    assert caught.value.retry_after == seconds


def test_a_feed_that_is_gone_is_told_apart(blog: Blog) -> None:
    blog.status = 410
    with pytest.raises(FetchError) as caught:
        ask(blog)
    assert caught.value.is_gone


@pytest.mark.parametrize(
    "address", ["", "feed.example", "http://", "http://[", "http://no.invalid/"]
)
def test_an_address_that_leads_nowhere_is_one_sentence(address: str) -> None:
    with pytest.raises(FetchError):
        fetch(address, {}, allow_private=True)
