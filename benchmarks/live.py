"""200 open browsers while a post a second comes in: how soon each has what changed on screen.

Each browser is a person of its own with a stream, and behaves like the page: told of a change, it
fetches the rows through the web process. The clients share the two cores with what they measure.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.test import Client

from accounts.models import Department, Membership, User
from benchmarks.harness import Figure, at_most, fresh_database, p50, p95
from inbox.connectors.signature import sign
from inbox.models import Channel, Post
from inbox.services import channels
from tests import servers

BROWSERS = 200
POSTS = 30
WARM_UP = 5
EVERY_SECONDS = 1.0
# The page shows the first change at once and gathers what follows.
BREATH_SECONDS = 0.4
PATIENCE_SECONDS = 15.0
# Who sits where, of ten people.
PLACES = ["customer_service"] * 5 + ["pr"] * 2 + ["marketing"] * 2 + ["hr"]
# What the router knows well: a post in triage would be on few screens.
TEXTS = [
    "My parcel never arrived and nobody answers. Where is my order, and when is the refund coming?",
    "The bread came crushed and cold. Can you send the order again, please? Number {n}.",
    "I was charged twice for order {n}, please send the money back.",
    "The app says delivered but there is nothing here. Order {n}, third time this month.",
    "I applied for the job in your bakery, when is the interview? My application number is {n}.",
]


@dataclass(slots=True)
class Browser:
    """One page: when each ticket was told of, and when its row was there."""

    session: str
    sees: frozenset[int | None]
    told: dict[int, float] = field(default_factory=dict)
    shown: dict[int, float] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    flushed_at: float = 0.0
    fetches: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivered post: when the call began, when it was answered, what became of it."""

    begun: float
    answered: float
    ticket: int
    department: int | None


def measure() -> Iterator[Figure]:
    """Times from the webhook call to the row in every entitled browser; what the stream costs."""
    with fresh_database(), ExitStack() as stack:
        channel = channels.create_channel(
            name="Bench", network="forum", connector="webhook", by=None
        )
        browsers = [_browser(number) for number in range(BROWSERS)]
        var = stack.enter_context(tempfile.TemporaryDirectory())
        (Path(var) / "models").symlink_to(settings.MODEL_DIR)
        web = stack.enter_context(
            servers.web("--workers", "2", "--blocking-threads", "5", VAR_DIR=var)
        )
        live = stack.enter_context(servers.live(VAR_DIR=var))
        pages = psutil.Process(web.process.pid).children()
        stream = psutil.Process(live.process.pid).children()
        before = _cpu_seconds(pages), _cpu_seconds(stream)
        sent = asyncio.run(_run(channel, browsers, web.url, live.url))
        fetches = sum(browser.fetches for browser in browsers)
        yield from _figures(browsers, _placed(sent))
        drawn = (_cpu_seconds(pages) - before[0]) * 1000 / fetches
        yield Figure("web processes, CPU time of a row fetch", drawn, "ms")
        told = (_cpu_seconds(stream) - before[1]) * 1000 / (POSTS + WARM_UP)
        yield Figure("live process, CPU time of a post, 200 sign-ins included", told, "ms")
        yield Figure("live process, resident", stream[0].memory_info().rss / 1024 / 1024, "MB")


def _browser(number: int) -> Browser:
    place = PLACES[number % len(PLACES)]
    departments = {d.slug: d for d in Department.objects.all()}
    user = User.objects.create_user(f"b{number}@bench.example", None, name=f"Browser {number}")
    is_lead = number % 20 == 0
    role = Membership.Role.LEAD if is_lead else Membership.Role.AGENT
    Membership.objects.create(user=user, department=departments[place], role=role)
    client = Client()
    client.force_login(user)
    visible = {d.pk for d in departments.values() if not d.is_confidential or d.slug == place}
    sees = frozenset(visible | {None}) if is_lead else frozenset(visible)
    return Browser(client.cookies[settings.SESSION_COOKIE_NAME].value, sees)


async def _run(
    channel: Channel, browsers: list[Browser], web: str, live: str
) -> list[tuple[str, float, float]]:
    opened = asyncio.Semaphore(20)
    ready = [asyncio.Event() for _ in browsers]
    pages = [
        asyncio.create_task(_page(browser, web, live, is_open, opened))
        for browser, is_open in zip(browsers, ready, strict=True)
    ]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in ready)), 120)
    sent = []
    for number in range(-WARM_UP, POSTS):
        text = TEXTS[number % len(TEXTS)].format(n=1000 + number)
        next_at = time.monotonic() + EVERY_SECONDS
        call = await _deliver(web, channel, number, text)
        if number >= 0:
            sent.append(call)
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    await asyncio.sleep(PATIENCE_SECONDS / 5)
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    return sent


async def _page(
    browser: Browser, web: str, live: str, is_open: asyncio.Event, opened: asyncio.Semaphore
) -> None:
    async with opened:
        reader, writer = await _connect(live, "/live/", browser.session)
        await reader.readuntil(b"\r\n\r\n")
        rows = await asyncio.open_connection(*_place(web))
        is_open.set()
    fetching: asyncio.Task[None] | None = None
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        async for changes in _changes(reader):
            now = time.monotonic()
            for ticket, department in changes:
                browser.told.setdefault(ticket, now)
                if department not in browser.sees:
                    raise RuntimeError("A browser was told of a ticket it may not see.")
                browser.waiting.add(ticket)
            if fetching is None or fetching.done():
                fetching = asyncio.create_task(_fetch(browser, rows, web))
    writer.close()


async def _changes(reader: asyncio.StreamReader) -> AsyncIterator[list[tuple[int, int | None]]]:
    while line := await reader.readline():
        if line.startswith(b"data: "):
            data = json.loads(line[6:])
            if "t" in data:
                yield [(ticket, department) for ticket, department, _before in data["t"]]


async def _fetch(
    browser: Browser, rows: tuple[asyncio.StreamReader, asyncio.StreamWriter], web: str
) -> None:
    reader, writer = rows
    while browser.waiting:
        await asyncio.sleep(max(0.0, browser.flushed_at + BREATH_SECONDS - time.monotonic()))
        browser.flushed_at = time.monotonic()
        browser.fetches += 1
        ids, browser.waiting = browser.waiting, set()
        listed = ",".join(map(str, ids))
        path = f"/live/rows/?q=all&ids={listed}"
        writer.write(_request("GET", path, web, browser.session))
        status, body = await _answer(reader)
        if status != 200:
            raise RuntimeError(f"Rows were answered {status}: {body[:200]!r}")
        now = time.monotonic()
        for ticket in json.loads(body)["rows"]:
            browser.shown.setdefault(int(ticket), now)


async def _deliver(web: str, channel: Channel, number: int, text: str) -> tuple[str, float, float]:
    external = f"live{number}"
    post = {
        "external_id": external,
        "text": text,
        "posted_at": datetime.now(UTC).isoformat(),
        "author": {"external_id": f"u{number}", "handle": f"u{number}"},
    }
    body = json.dumps({"posts": [post]}).encode()
    now = int(time.time())
    signature = sign(channel.secret, delivery_id=external, timestamp=now, body=body)
    headers = (
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"webhook-id: {external}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: {signature}\r\n"
    )
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection(*_place(web))
    path = f"/webhooks/{channel.pk}/"
    writer.write(_request("POST", path, web, "", headers) + body)
    status, said = await _answer(reader)
    writer.close()
    if status != 200:
        raise RuntimeError(f"A delivery was answered {status}: {said[:200]!r}")
    return external, begun, time.monotonic()


def _placed(calls: list[tuple[str, float, float]]) -> list[Sent]:
    tickets = {
        post.external_id: post.ticket
        for post in Post.objects.select_related("ticket")
        if post.ticket
    }
    return [
        Sent(begun, answered, tickets[name].pk, tickets[name].department_id)
        for name, begun, answered in calls
    ]


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _figures(browsers: list[Browser], sent: list[Sent]) -> Iterator[Figure]:
    told, shown, last, missed, leaked = [], [], [], 0, 0
    for call in sent:
        entitled = [b for b in browsers if call.department in b.sees]
        leaked += sum(call.ticket in b.told for b in browsers if b not in entitled)
        missed += sum(call.ticket not in b.shown for b in entitled)
        told += _milliseconds(call, [b.told for b in entitled])
        here = _milliseconds(call, [b.shown for b in entitled])
        shown += here
        last.append(max(here, default=PATIENCE_SECONDS * 1000))
    yield Figure("open browsers", len(browsers), "streams")
    yield Figure("row fetches asked by a post, mean", len(shown) / len(sent), "fetches")
    yield Figure(
        "webhook answered, median", p50([(c.answered - c.begun) * 1000 for c in sent]), "ms"
    )
    yield Figure("a browser is told, median", p50(told), "ms")
    yield Figure("a browser is told, p95", p95(told), "ms")
    yield Figure("row on screen, median", p50(shown), "ms")
    yield at_most("row on screen, p95", p95(shown), "ms", 1000)
    yield Figure("row on the last of all screens, median", p50(last), "ms")
    yield at_most("entitled browsers without the row", missed, "rows", 0)
    yield at_most("ids told to browsers that may not see them", leaked, "ids", 0)


def _milliseconds(call: Sent, moments: list[dict[int, float]]) -> list[float]:
    """From the call to each moment that is known."""
    return [(at[call.ticket] - call.begun) * 1000 for at in moments if call.ticket in at]


def _place(url: str) -> tuple[str, int]:
    port = urlsplit(url).port
    assert port
    return "127.0.0.1", port


async def _connect(
    url: str, path: str, session: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*_place(url))
    writer.write(_request("GET", path, url, session))
    return reader, writer


def _request(method: str, path: str, url: str, session: str, headers: str = "") -> bytes:
    cookie = f"Cookie: {settings.SESSION_COOKIE_NAME}={session}\r\n" if session else ""
    host = urlsplit(url).netloc
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{cookie}{headers}\r\n".encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1")
    lengths = [line for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    body = await reader.readexactly(int(lengths[0].split(":")[1])) if lengths else b""
    return int(head.split()[1]), body
