"""Resident memory of each process after work that brings in everything it will need."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.test import Client
from django_q.models import OrmQ
from django_q.tasks import async_task

from accounts.models import Membership, User
from benchmarks.harness import Figure, Writer, at_most, fresh_database
from inbox.connectors.signature import sign
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Ticket
from inbox.services import channels, receive
from tests import servers

PAGES = 200
DELIVERIES = 40
POSTS_A_JOB = 50
JOBS = 20
CLUSTER = 4
MB = 1024 * 1024
WEB_LIMIT, WORKER_LIMIT = 200, 250


def measure() -> Iterator[Figure]:
    """The web process after pages, searches, API and deliveries; the worker after routing jobs."""
    with fresh_database(), ExitStack() as stack:
        channel = channels.create_channel(
            name="Bench", network="forum", connector="webhook", by=None
        )
        receive(channel, [_post(number) for number in range(200)])
        var = stack.enter_context(tempfile.TemporaryDirectory())
        (Path(var) / "models").symlink_to(settings.MODEL_DIR)
        admin, session = _admin()
        with servers.web("--workers", "1", "--blocking-threads", "5", VAR_DIR=var) as web:
            yield Figure("web process, started", _largest(web), "MB")
            _browse(web.url, admin, session)
            yield Figure("web process, after 200 pages", _largest(web), "MB")
            _deliver(web.url, channel)
            yield at_most("web process, classifier loaded", _largest(web), "MB", WEB_LIMIT)
        with servers.live(VAR_DIR=var) as live:
            yield Figure("live process", _largest(live), "MB")
        with servers.worker(VAR_DIR=var) as worker:
            _await_children(worker)
            yield Figure("worker process, started", _largest(worker), "MB")
            _work(channel)
            yield at_most("worker process, after routing", _largest(worker), "MB", WORKER_LIMIT)


def route_posts(channel_id: int, first: int) -> int:
    """A job as the feeds' is: take posts in, which routes them."""
    posts = [_post(number) for number in range(first, first + POSTS_A_JOB)]
    return receive(Channel.objects.get(pk=channel_id), posts).tickets


def _post(number: int) -> IncomingPost:
    writer = Writer(number)
    return IncomingPost(
        external_id=f"m{number}",
        text=writer.text(),
        posted_at=datetime.now(UTC),
        author=IncomingAuthor(external_id=f"u{number % 90}", handle=f"u{number % 90}"),
    )


def _admin() -> tuple[User, str]:
    user = User.objects.create_user("bench@bench.example", None, name="Bench")
    Membership.objects.create(user=user, department=None, role=Membership.Role.ADMIN)
    client = Client()
    client.force_login(user)
    return user, client.cookies[settings.SESSION_COOKIE_NAME].value


def _browse(url: str, user: User, session: str) -> None:
    tickets = list(Ticket.objects.visible_to(user).values_list("pk", flat=True)[:50])
    paths = ["/q/all/", "/search/?q=parcel", "/settings/people/", "/settings/audit/"]
    paths += ["/settings/rules/", "/settings/channels/", "/api/tickets/", "/api/schema/"]
    paths += [f"/t/{pk}/" for pk in tickets]
    link = HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=60)
    for number in range(PAGES):
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}", "Host": "localhost"}
        link.request("GET", paths[number % len(paths)], headers=headers)
        answer = link.getresponse()
        answer.read()
        if answer.status >= 500:
            raise RuntimeError(f"{paths[number % len(paths)]} was answered {answer.status}.")


def _deliver(url: str, channel: Channel) -> None:
    link = HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=60)
    for number in range(DELIVERIES):
        post = {
            "external_id": f"d{number}",
            "text": Writer(number).text(),
            "posted_at": datetime.now(UTC).isoformat(),
            "author": {"external_id": "u1", "handle": "u1"},
        }
        body = json.dumps({"posts": [post]}).encode()
        now = int(time.time())
        signature = sign(channel.secret, delivery_id=f"d{number}", timestamp=now, body=body)
        headers = {"Content-Type": "application/json", "webhook-id": f"d{number}"}
        headers |= {"webhook-timestamp": str(now), "webhook-signature": signature}
        link.request("POST", f"/webhooks/{channel.pk}/", body, headers)
        answer = link.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"A delivery was answered {answer.status}.")


def _work(channel: Channel) -> None:
    for number in range(JOBS):
        first = 10_000 + number * POSTS_A_JOB
        async_task("benchmarks.memory.route_posts", channel.pk, first)
    deadline = time.monotonic() + 180
    while OrmQ.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    done = Ticket.objects.filter(opening_post__external_id__startswith="m1").count()
    if done < JOBS * POSTS_A_JOB // 2:
        raise RuntimeError(f"The worker made {done} tickets in three minutes.")


def _await_children(worker: servers.Server) -> None:
    """A cluster is complete with its workers, guard, pusher and monitor."""
    process, deadline = psutil.Process(worker.process.pid), time.monotonic() + 90
    while len(process.children(recursive=True)) < CLUSTER and time.monotonic() < deadline:
        time.sleep(0.2)


def _largest(server: servers.Server) -> float:
    """Resident memory of the largest process below the one that was started, in MB."""
    family = psutil.Process(server.process.pid).children(recursive=True)
    return max(process.memory_info().rss for process in family) / MB
