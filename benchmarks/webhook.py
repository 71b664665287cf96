"""Signed deliveries of one post each, over HTTP, by 8 clients at once, beside a bare view."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
from django.conf import settings
from django.db import connection

from benchmarks.harness import Figure, Writer, at_least, at_most, fresh_database, p50, p95
from inbox.connectors.signature import sign
from inbox.models import Channel, Post
from inbox.services import channels

CLIENTS = 8
SECONDS = 8.0
WARM_UP = 10  # requests of each client: the first ones load the classifier
_serial = count(1)

Request = Callable[[], tuple[str, bytes, dict[str, str]]]


def measure() -> Iterator[Figure]:
    """Deliveries a second and their times, end to end; and the same of a view that does nothing."""
    with fresh_database():
        channel = channels.create_channel(
            name="Bench", network="forum", connector="webhook", by=None
        )
        with _server("benchmarks._bare:application") as (port, _):
            bare = _load(port, lambda: ("/", b"x" * 300, {"Content-Type": "application/json"}))
        with _server("config.wsgi:application") as (port, server):
            times = _load(port, _deliveries(channel))
            memory = max(child.memory_info().rss for child in server.children()) / 1024 / 1024
            spent = sum(sum(child.cpu_times()[:2]) for child in server.children())
        yield Figure("bare view", len(bare) / SECONDS, "req/s")
        yield Figure("bare view, p95", p95(bare), "ms")
        yield at_least("signed deliveries of one post", len(times) / SECONDS, "posts/s", 150)
        yield Figure("one delivery, median", p50(times), "ms")
        yield at_most("one delivery, p95", p95(times), "ms", 60)
        # Loading the classifier included; unlike the times it hardly depends on what else runs.
        cost = spent * 1000 / (len(times) + CLIENTS * WARM_UP)
        yield Figure("processor time of the web processes, a delivery", cost, "ms")
        yield at_most("web process, resident", memory, "MB", 200)
        # Whatever was answered 200 is there.
        missing = max(0, len(times) - Post.objects.filter(channel=channel).count())
        yield at_most("answered 200 but not in the database", missing, "posts", 0)


def _deliveries(channel: Channel) -> Request:
    writer, lock = Writer(), threading.Lock()

    def make() -> tuple[str, bytes, dict[str, str]]:
        with lock:
            number, text = next(_serial), writer.text()
        post = {
            "external_id": f"p{number}",
            "text": text,
            "posted_at": datetime.now(UTC).isoformat(),
            "author": {"external_id": f"u{number % 500}", "handle": f"u{number % 500}"},
        }
        body = json.dumps({"posts": [post]}).encode()
        now = int(time.time())
        signature = sign(channel.secret, delivery_id=f"m{number}", timestamp=now, body=body)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": f"m{number}",
            "webhook-timestamp": str(now),
            "webhook-signature": signature,
        }
        return f"/webhooks/{channel.pk}/", body, headers

    return make


def _load(port: int, make: Request) -> list[float]:
    """Milliseconds of each request that all clients together made in `SECONDS`, after a warm-up."""
    ready = threading.Barrier(CLIENTS)

    def client() -> list[float]:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for _ in range(WARM_UP):
            _time(link, make)
        ready.wait()
        until, mine = time.perf_counter() + SECONDS, []
        while time.perf_counter() < until:
            mine.append(_time(link, make))
        link.close()
        return mine

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client) for _ in range(CLIENTS)]
        return [value for found in clients for value in found.result()]


def _time(link: http.client.HTTPConnection, make: Request) -> float:
    path, body, headers = make()
    begun = time.perf_counter()
    link.request("POST", path, body, headers)
    answer = link.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"A delivery was answered {answer.status} {said[:200]!r}")
    return (time.perf_counter() - begun) * 1000


@contextmanager
def _server(application: str) -> Iterator[tuple[int, psutil.Process]]:
    """granian as in the Procfile, on a free port, on the benchmark's database and model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as var:
        (Path(var) / "models").symlink_to(settings.MODEL_DIR)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--log-level", "warning", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "2", "--blocking-threads", "4", application),
            ],
            env=os.environ | _environment(var),
        )
        try:
            _await(port, process)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _environment(var: str) -> dict[str, str]:
    """The server must read the same database with the same keys."""
    database = settings.DATABASES["default"]
    parts = urlsplit(os.environ.get("DATABASE_URL", ""))
    if not parts.scheme:
        raise RuntimeError("Set DATABASE_URL: the server of this benchmark needs an address.")
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    return {
        "DATABASE_URL": url,
        "VAR_DIR": var,
        "SECRET_KEY": settings.SECRET_KEY,
        "SALT_KEY": ",".join(settings.SALT_KEY),
        "WEBHOOK_POSTS_PER_MINUTE": "10000000",
        "PGPASSWORD": str(database.get("PASSWORD") or ""),
    }


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")
