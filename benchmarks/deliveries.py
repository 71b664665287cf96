"""A network that delivers 200 times a second, one comment each, whether it was answered or not.

Unlike in `benchmarks.webhook` nobody waits for an answer before the next delivery: what is too slow
queues up, and the queue counts.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from benchmarks.harness import (
    Figure,
    Writer,
    at_least,
    at_most,
    fresh_database,
    p50,
    p95,
    seconds,
    until_nothing_waits,
)
from inbox.models import Channel, Post
from inbox.services.access import store_credentials
from tests.networks.graph import APP_SECRET, TOKEN, FacebookPage
from tests.servers import web

THREADS = ("--workers", "2", "--blocking-threads", "5")  # as `make run` has them
A_SECOND = 200
WARM_UP, SECONDS = 3, 10
CONNECTIONS = 32
FEWEST = 0.98  # of the deliveries a second that were meant to come


def measure() -> Iterator[Figure]:
    """Return how long deliveries take from the moment they were due."""
    page = FacebookPage("100")
    bodies = list(_bodies(page))
    with fresh_database(), tempfile.TemporaryDirectory() as var:
        (Path(var) / "models").symlink_to(settings.MODEL_DIR)
        channel = _channel()
        with web(*THREADS, VAR_DIR=var) as server:
            times, lasted = _run(server.url, channel, page, bodies)
            behind = seconds(until_nothing_waits)
            assert Post.objects.filter(channel=channel).count() == len(bodies)
    yield at_least("deliveries of one comment", len(bodies) / lasted, "/s", A_SECOND * FEWEST)
    yield Figure("one delivery from when it was due, median", p50(times) * 1000, "ms")
    yield at_most("one delivery from when it was due, p95", p95(times) * 1000, "ms", 100)
    yield Figure("from the last answer until each is a post", behind, "s")


def _bodies(page: FacebookPage) -> Iterator[bytes]:
    writer, post = Writer(), page.post()
    for number in range(A_SECOND * (WARM_UP + SECONDS)):
        comment = page.comment(writer.text(), post, author=str(10_000 + number))
        yield page.delivery(page.told(comment))


def _channel() -> Channel:
    channel = Channel.objects.create(
        name="Kestrel",
        network="facebook",
        connector="facebook",
        settings={"account_id": "100", "app_id": "app"},
    )
    secrets = {"app_secret": APP_SECRET, "page_token": TOKEN, "verify_token": "verify"}
    store_credentials(channel=channel, secrets=secrets, by=None)
    return channel


def _run(
    url: str, channel: Channel, page: FacebookPage, bodies: list[bytes]
) -> tuple[list[float], float]:
    """Seconds each delivery took after the warm-up, and how long all of them lasted."""
    numbers = count()
    times: list[float] = []
    signed = [page.signed(body) for body in bodies]
    start = time.perf_counter() + 0.5

    def connection() -> None:
        link = HTTPConnection(urlsplit(url).netloc)
        while (number := next(numbers)) < len(bodies):
            due = start + number / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            link.request("POST", f"/webhooks/{channel.pk}/", bodies[number], signed[number])
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            if number >= WARM_UP * A_SECOND:
                times.append(time.perf_counter() - due)
        link.close()

    threads = [threading.Thread(target=connection) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - start
