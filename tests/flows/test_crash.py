"""Web and worker die with `kill -9` again and again, and every post arrives exactly once."""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Count, F
from standardwebhooks import Webhook

from inbox.models import Channel, Contact, Post, Ticket, TicketEvent, WaitingDelivery
from inbox.services.channels import create_channel
from inbox.tasks import take_waiting
from tests.servers import ROOT, database_url, free_port

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]

POSTS = int(os.environ.get("CROSSDESK_CRASH_POSTS", "5000"))
CLIENTS = 4
FEWEST_KILLS = 3
LONGEST = 500  # seconds
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def conversations(chance: random.Random) -> list[dict[str, Any]]:
    """Threads of one to nine posts, in any order."""
    posts: list[dict[str, Any]] = []
    while len(posts) < POSTS:
        first = len(posts)
        for number in range(min(chance.randint(1, 9), POSTS - first)):
            parent = f"p{chance.randrange(first, first + number)}" if number else ""
            posts.append(
                {
                    "external_id": f"p{first + number}",
                    "text": f"Post {first + number} about parcels",
                    "posted_at": (START + timedelta(seconds=len(posts))).isoformat(),
                    "parent_external_id": parent,
                    "author": {"external_id": f"u{chance.randrange(800)}", "name": "Somebody"},
                }
            )
    chance.shuffle(posts)
    return posts


def deliveries(posts: list[dict[str, Any]], chance: random.Random) -> list[bytes]:
    """Bodies of 1 to 40 posts; every fifth comes twice, as networks do it."""
    bodies, place = [], 0
    while place < len(posts):
        size = chance.choice([1, 1, 5, 40])
        bodies.append(json.dumps({"posts": posts[place : place + size]}).encode())
        place += size
    bodies += chance.sample(bodies, len(bodies) // 5)
    chance.shuffle(bodies)
    return bodies


class Sender(threading.Thread):
    """Delivers until each body was answered with 200."""

    def __init__(self, port: int, channel: Channel, waiting: queue.SimpleQueue[bytes]) -> None:
        super().__init__(daemon=True)
        self.port, self.channel, self.waiting = port, channel, waiting
        self.retries = 0
        self.refusals: list[tuple[int, bytes]] = []

    def run(self) -> None:
        while True:
            try:
                body = self.waiting.get_nowait()
            except queue.Empty:
                return
            while not self.delivered(body):
                self.retries += 1
                time.sleep(0.1)

    def delivered(self, body: bytes) -> bool:
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": "crash",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.channel.secret).sign("crash", now, body.decode()),
        }
        server = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            server.request("POST", f"/webhooks/{self.channel.pk}/", body, headers)
            answer = server.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            return False
        finally:
            server.close()
        if 400 <= answer.status < 500:
            self.refusals.append((answer.status, content))
        return answer.status == 200


@contextmanager
def mortal(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program and all its children, killed without a warning at the end."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            server = HTTPConnection("127.0.0.1", port, timeout=5)
            server.request("GET", "/webhooks/0/")
            server.getresponse()
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
        finally:
            server.close()
    pytest.fail("The web server does not start.")


def live(waiting: queue.SimpleQueue[bytes], *, seconds: float, most: int) -> None:
    """Wait so long, or until so many deliveries are gone: a quick machine must die as often."""
    until, fewest = time.monotonic() + seconds, waiting.qsize() - most
    while time.monotonic() < until and waiting.qsize() > fewest:
        time.sleep(0.01)


def test_every_post_is_there_exactly_once_whatever_dies() -> None:
    chance = random.Random(2026)  # noqa: S311 - repeatable, not secret
    channel = create_channel(name="Kestrel forum", network="forum", connector="webhook", by=None)
    posts = conversations(chance)
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for body in deliveries(posts, chance):
        waiting.put(body)
    n_deliveries = waiting.qsize()
    port = free_port()
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port"]
    web = [*granian, str(port), "--blocking-threads", "4", "config.wsgi:application"]
    senders = [Sender(port, channel, waiting) for _ in range(CLIENTS)]
    kills = 0
    deadline = time.monotonic() + LONGEST
    while kills == 0 or any(sender.is_alive() for sender in senders):
        assert time.monotonic() < deadline, f"{waiting.qsize()} deliveries are still not taken in"
        with mortal(*web), mortal(sys.executable, "manage.py", "qcluster"):
            wait_until_it_answers(port)
            if kills == 0:
                for sender in senders:
                    sender.start()
            live(waiting, seconds=chance.uniform(0.5, 6), most=n_deliveries // (FEWEST_KILLS + 1))
        kills += 1
    assert not [refusal for sender in senders for refusal in sender.refusals]
    assert kills >= FEWEST_KILLS
    assert sum(sender.retries for sender in senders) > 0, "nobody noticed that anything died"
    take_in_the_rest()
    check(channel, posts)


def take_in_the_rest() -> None:
    """As the next worker does within a minute; a server that just died may still hold some."""
    deadline = time.monotonic() + 60
    while WaitingDelivery.objects.exists():
        assert time.monotonic() < deadline, "what was answered waits for ever"
        take_waiting()


def check(channel: Channel, posts: list[dict[str, Any]]) -> None:
    """Every post once, every thread one ticket, nothing lost and nothing left over."""
    stored = dict(Post.objects.filter(channel=channel).values_list("external_id", "text"))
    assert stored == {post["external_id"]: post["text"] for post in posts}
    assert Post.objects.count() == len(posts)
    assert not Post.objects.filter(ticket=None).exists()
    tickets = Ticket.objects.current()
    assert tickets.count() == sum(not post["parent_external_id"] for post in posts)
    counted = tickets.annotate(found=Count("posts"))
    assert not counted.exclude(found=F("post_count")).exists()
    assert not tickets.exclude(opening_post__parent=None).exists()
    assert Contact.objects.count() == len({post["author"]["external_id"] for post in posts})
    once = TicketEvent.objects.filter(kind=TicketEvent.Kind.RECEIVED, ticket__merged_into=None)
    assert set(once.values_list("ticket", flat=True)) == set(tickets.values_list("pk", flat=True))
