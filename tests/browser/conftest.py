"""A real Chromium before a real server, beside the real live-update process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from config.startup import BASE_DIR
from tests.machine import chromium

# Playwright's synchronous API runs an event loop in this thread; Django must not mind.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WIDE = {"width": 1440, "height": 900}
Desk = Callable[..., Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chrome(playwright: Playwright) -> Iterator[Browser]:
    """Chromium; without one the test is skipped and says so."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium was not found (CHROMIUM names it).")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=path, args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def live_port(django_db_setup: None) -> Iterator[int]:
    """The port of a live-update process on the test database, started once."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws"]
    command += ["--log-level", "warning", "--port", str(port), "config.live:application"]
    process = subprocess.Popen(command, cwd=BASE_DIR, env={**os.environ, **_database()})
    try:
        _wait_for(f"http://127.0.0.1:{port}/live/health")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@pytest.fixture
def live_process(live_port: int, settings: Any) -> None:
    """The pages of this test listen to the live-update process."""
    policy = settings.CONTENT_SECURITY_POLICY
    source = f"http://localhost:{live_port}"
    directives = {**policy["DIRECTIVES"], "connect-src": ["'self'", source]}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": directives}
    settings.LIVE_URL = f":{live_port}/live/"


def _database() -> dict[str, str]:
    found = connection.settings_dict
    place = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else ""
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    url = f"postgres://{found['USER']}{password}@{place}/{found['NAME']}"
    if not place or found["HOST"].startswith("/"):
        url = f"postgres://{found['USER']}{password}@/{found['NAME']}?host={found['HOST']}"
    return {"DATABASE_URL": url, "SECRET_KEY": django_settings.SECRET_KEY}


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urlopen(url, timeout=1) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer.")


@pytest.fixture
def kept(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that answers one browser's requests keeps its connection until that has gone."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)


@pytest.fixture
def desk(chrome: Browser, live_server: LiveServer, kept: None) -> Iterator[Desk]:
    """A page of its own browser for a person: `desk(user, path, **context options)`."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    base = live_server.url.replace("127.0.0.1", "localhost")

    def sit_down(user: User | None, path: str = "/", **options: Any) -> Page:
        context = chrome.new_context(base_url=base, **{"viewport": WIDE, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            cookie = {"name": "sessionid", "value": session_of(user), "url": base}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path)
        return page

    yield sit_down
    for context in contexts:
        # A page that closes says good-bye; the server must not hear it while tables are emptied.
        context.set_offline(True)
        context.close()
    _wait_until_quiet()
    assert problems == []


def _wait_until_quiet() -> None:
    """Return when the server has answered whatever it was asked, and nothing is busy any more."""
    for _ in range(150):
        if not any("process_request_thread" in thread.name for thread in threading.enumerate()):
            break
        time.sleep(0.1)
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
    )
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


def session_of(user: User) -> str:
    """The key of a new session in which `user` is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key
