"""Deliveries to the real server: what only a server can get wrong."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from inbox.models import Channel, Post
from tests.inbox.webhooks.sender import a_post, body_of, headers_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def port(hook: Channel) -> Iterator[int]:
    """granian as in the Procfile, on the test's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--log-level", "warning", "--port", str(free), "config.wsgi:application"),
        ],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY, "DEBUG": "0"}
        | {"SALT_KEY": ",".join(settings.SALT_KEY)},
    )
    try:
        wait_for(free)
        yield free
    finally:
        process.terminate()
        process.wait(timeout=30)


def database_url() -> str:
    """The address of the test database."""
    found = connection.settings_dict
    user, password, host = (
        quote(str(found[name]), safe="") for name in ("USER", "PASSWORD", "HOST")
    )
    port = f":{found['PORT']}" if found["PORT"] else ""
    return f"postgresql://{user}:{password}@{host}{port}/{found['NAME']}"


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("The server did not start.")


def post(port: int, hook: Channel, body: bytes, *, chunked: bool = False) -> tuple[int, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = headers_of(hook.secret, body) | {"Content-Type": "application/json"}
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
    body = body_of([a_post(text="x" * 90_000) for _ in range(13)])
    for chunked in (False, True):
        status, said = post(port, hook, body, chunked=chunked)
        assert status == 413, said
