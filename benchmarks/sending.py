"""How soon after its undo window a reply is on the network.

A sending process as in production, people who send at random moments, and a Facebook page on
this machine that notes when each comment arrives; all of them share the cores.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from django.test.utils import override_settings

from accounts.models import Department, Membership, User
from benchmarks.harness import Figure, at_most, fresh_database, p50, p95
from inbox.models import Ticket
from publishing.models import Reply
from publishing.services import save_draft, send_reply
from tests import servers
from tests.networks.graph import Thing
from tests.networks.stub import running
from tests.publishing.places import FailingPage, StubPlace

REPLIES = 100
WARM_UP = 5
# On average; a burst of several in one moment is part of it.
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


class ClockedPage(FailingPage):
    """Notes when each comment of ours arrived."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.arrived: dict[str, float] = {}

    def publish(self, thing: Thing) -> Thing:
        self.arrived[thing.text] = time.time()
        return super().publish(thing)


def measure() -> Iterator[Figure]:
    """From the end of the undo window to the arrival on the network."""
    page = ClockedPage("100")
    with fresh_database(), running(page) as stub, override_settings(ALLOW_PRIVATE_ADDRESSES=True):
        department = Department.objects.get(slug="customer_service")
        place = StubPlace(stub, page, department)
        author = User.objects.create_user("maya@bench.example", "x", name="Maya", handle="maya")
        Membership.objects.create(user=author, department=department, role=Membership.Role.AGENT)
        with servers.sender(ALLOW_PRIVATE_ADDRESSES="1"):
            replies = _send(place, author)
            _wait_for(page, replies)
        delays = [page.arrived[reply.text] - _end(reply) for reply in replies][WARM_UP:]
    yield Figure("replies", len(delays), "")
    yield Figure("undo window's end to arrival, p50", p50(delays) * 1000, "ms")
    yield at_most("undo window's end to arrival, p95", p95(delays) * 1000, "ms", 1000)
    yield Figure("undo window's end to arrival, longest", max(delays) * 1000, "ms")
    yield at_most("left before the undo window's end", sum(d < 0 for d in delays), "", 0)


def _send(place: StubPlace, author: User) -> list[Reply]:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    replies = []
    for number, post in enumerate(place.write(REPLIES)):
        ticket = Ticket.objects.get(posts=post)
        draft = save_draft(ticket=ticket, author=author, text=f"Answer {number}")
        replies.append(send_reply(reply=draft, by=author))
        time.sleep(chance.expovariate(1 / PAUSE_SECONDS))
    return replies


def _wait_for(page: ClockedPage, replies: list[Reply]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while len(page.arrived) < len(replies):
        if time.monotonic() > until:
            missing = len(replies) - len(page.arrived)
            raise TimeoutError(f"{missing} replies did not arrive")
        time.sleep(0.2)


def _end(reply: Reply) -> float:
    assert reply.leaves_at is not None
    return reply.leaves_at.timestamp()
