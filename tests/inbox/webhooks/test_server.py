"""Deliveries to the real server: what only a server can get wrong."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from inbox.models import Channel, Post
from tests.inbox.webhooks.sender import a_post, body_of, headers_of
from tests.servers import web

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def port(hook: Channel) -> Iterator[int]:
    """The web server, on the test's database."""
    with web() as server:
        yield int(server.url.rpartition(":")[2])


def post(
    port: int,
    hook: Channel,
    body: bytes,
    *,
    chunked: bool = False,
    content_type: str = "application/json",
) -> tuple[int, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = headers_of(hook.secret, body) | {"Content-Type": content_type}
    content = iter([body[:10], body[10:]]) if chunked else body
    link.request("POST", f"/webhooks/{hook.pk}/", content, headers, encode_chunked=chunked)
    answer = link.getresponse()
    return answer.status, answer.read()


def test_what_is_answered_200_is_committed(port: int, hook: Channel) -> None:
    for number in range(3):
        status, said = post(port, hook, body_of([a_post(f"p{number}")]))
        assert (status, Post.objects.count()) == (200, number + 1), said


def test_a_body_in_chunks_is_read_whole(port: int, hook: Channel) -> None:
    status, said = post(port, hook, body_of([a_post()]), chunked=True)
    assert status == 200, said


def test_too_large_a_body_is_answered_however_it_is_sent(port: int, hook: Channel) -> None:
    for n_posts in (13, 80):
        body = body_of([a_post(text="x" * 90_000) for _ in range(n_posts)])
        for chunked in (False, True):
            status, said = post(port, hook, body, chunked=chunked)
            assert status == 413, said


def test_a_body_that_is_no_json_is_answered_whatever_its_size(port: int, hook: Channel) -> None:
    status, said = post(port, hook, b"x" * 7_000_000, content_type="text/plain")
    assert status == 415, said
