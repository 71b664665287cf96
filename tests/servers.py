"""Real processes on the test's own database: web, live updates, worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
GRANIAN = [sys.executable, "-m", "granian", "--no-ws", "--log-level", "warning"]


@dataclass(frozen=True, slots=True)
class Server:
    """A started process; `url` is where it answers, empty for the worker."""

    process: subprocess.Popen[bytes]
    url: str


def database_url(name: str = "") -> str:
    """The address of the database this process works on, or of another one beside it."""
    found = connection.settings_dict
    where = {"host": found["HOST"], "port": found["PORT"]}
    user = f"{quote(found['USER'], safe='')}:{quote(found['PASSWORD'], safe='')}"
    return f"postgresql://{user}@/{quote(name or found['NAME'])}?{urlencode(where)}"


def surroundings() -> dict[str, str]:
    """The environment of a process that works on this process's database."""
    return {
        # Without DEBUG a process is as in production, but serves static files uncollected.
        **{name: value for name, value in os.environ.items() if name != "DEBUG"},
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "SALT_KEY": ",".join(settings.SALT_KEY),
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web(*options: str, **environment: str) -> Iterator[Server]:
    """Pages and API; `options` are granian's."""
    port = free_port()
    command = [*GRANIAN, "--interface", "wsgi", "--port", str(port), *options]
    with _running([*command, "config.wsgi:application"], environment) as process:
        yield _answering(Server(process, f"http://localhost:{port}"), "/accounts/login/")


@contextmanager
def live(*options: str, **environment: str) -> Iterator[Server]:
    """The live-update stream."""
    port = free_port()
    command = [*GRANIAN, "--interface", "asgi", "--port", str(port), *options]
    with _running([*command, "config.live:application"], environment) as process:
        yield _answering(Server(process, f"http://localhost:{port}"), "/live/health")


@contextmanager
def worker(**environment: str) -> Iterator[Server]:
    """What runs background jobs."""
    with _running([sys.executable, "manage.py", "qcluster"], environment) as process:
        yield Server(process, "")


@contextmanager
def sender(**environment: str) -> Iterator[Server]:
    """What sends replies."""
    with _running([sys.executable, "manage.py", "send_replies"], environment) as process:
        yield Server(process, "")


@contextmanager
def streamer(**environment: str) -> Iterator[Server]:
    """What listens to networks."""
    with _running([sys.executable, "manage.py", "stream"], environment) as process:
        yield Server(process, "")


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=surroundings() | environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answering(server: Server, path: str) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(server.url + path, timeout=5):  # noqa: S310 - our own address
                return server
        except HTTPError:
            return server
        except OSError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{server.url} does not answer: {error}") from error
            time.sleep(0.1)
