"""One post a delivery, signed, over HTTP: eight clients against the web server of two workers."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from standardwebhooks import Webhook

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
from inbox.services.channels import create_channel
from tests.servers import Server, web

CLIENTS = 8
THREADS = ("--workers", "2", "--blocking-threads", "5")
WARM_UP, SECONDS = 3.0, 10.0
START = datetime.now(UTC)
_serial = count(1)
Request = Callable[[HTTPConnection], int]


def measure() -> Iterator[Figure]:
    """Return deliveries a second and their times, beside the same server with nothing to do."""
    with fresh_database():
        channel = create_channel(name="Forum", network="forum", connector="webhook", by=None)
        writer = Writer()
        with web(*THREADS, DJANGO_SETTINGS_MODULE="benchmarks._bare") as server:
            bare = _run(server.url, lambda link: _deliver(link, channel, writer))
        with tempfile.TemporaryDirectory() as var:
            # The server is to decide with the classifier trained for this run.
            (Path(var) / "models").symlink_to(settings.MODEL_DIR)
            with web(*THREADS, VAR_DIR=var) as server:
                times = _run(server.url, lambda link: _deliver(link, channel, writer))
                behind = seconds(until_nothing_waits)
                cost = _spent(server) * 1000 / max(1, Post.objects.count())
                again = _run(server.url, lambda link: _deliver(link, channel, writer, "p1"))
        assert Post.objects.count() >= len(times)
    yield Figure("a view that does nothing", len(bare) / SECONDS, "/s")
    yield Figure("a view that does nothing, p95", p95(bare) * 1000, "ms")
    yield Figure("the same post again, nothing to do", len(again) / SECONDS, "/s")
    yield at_least("deliveries of one post, 8 clients", len(times) / SECONDS, "/s", 150)
    # Loading the classifier included; unlike the times it hardly depends on what else runs.
    yield Figure("one delivery, processor time of the web server", cost, "ms")
    yield Figure("one delivery, median", p50(times) * 1000, "ms")
    yield at_most("one delivery, p95", p95(times) * 1000, "ms", 60)
    yield Figure("from the last answer until each is a post", behind, "s")


def _spent(server: Server) -> float:
    """Processor seconds of the web processes so far."""
    workers = psutil.Process(server.process.pid).children()
    return sum(worker.cpu_times().user + worker.cpu_times().system for worker in workers)


def _deliver(link: HTTPConnection, channel: Channel, writer: Writer, name: str = "") -> int:
    name = name or f"p{next(_serial)}"
    post = {
        "external_id": name,
        "text": "My parcel again." if name == "p1" else writer.text(),
        "posted_at": START.isoformat(),
        "author": {"external_id": f"u{name}", "handle": name, "name": "Somebody"},
    }
    body = json.dumps({"posts": [post]})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(channel.secret).sign(name, now, body),
    }
    return _ask(link, channel, body.encode(), headers)


def _ask(link: HTTPConnection, channel: Channel, body: bytes, headers: dict[str, str]) -> int:
    kind = {"content-type": "application/json"}
    link.request("POST", f"/webhooks/{channel.pk}/", body, headers | kind)
    answer = link.getresponse()
    answer.read()
    return answer.status


def _run(url: str, ask: Request) -> list[float]:
    """Seconds each request took, of those begun after the warm-up."""
    start = time.perf_counter() + WARM_UP
    times: list[float] = []

    def client() -> None:
        link = HTTPConnection(urlsplit(url).netloc)
        while (begun := time.perf_counter()) < start + SECONDS:
            status = ask(link)
            assert status == 200, status
            if begun >= start:
                times.append(time.perf_counter() - begun)
        link.close()

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return times
