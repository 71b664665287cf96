"""Kills workers while they send, and counts what the network then holds.

Works on any network: give it a `Place`. Each worker is a process of its own (`worker`) that is
killed with SIGKILL and gets no chance to tidy up; then time passes, and living workers settle the
rest.

    replies = leaving(place, author, lines_of(place, author))
    for number, reply in enumerate(replies, 1):
        kill_at_line(reply, number)
    settle(replies)
    assert wrongs(place, replies) == []
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from django.utils import timezone

from accounts.models import User
from inbox.models import Channel, Post, Ticket
from publishing.models import Reply
from tests.publishing import worker
from tests.publishing.leaving import work_all
from tests.publishing.worker import Worker

ENDED = (Reply.State.SENT, Reply.State.FAILED)
ROUNDS = 12
# How many workers die at any moment, and before which share of the lines: CI asks for fewer.
RANDOM_KILLS = int(os.environ.get("CROSSDESK_RANDOM_KILLS", "200"))
ONE_LINE_IN = int(os.environ.get("CROSSDESK_ONE_LINE_IN", "1"))
START_SECONDS = 0.15


class Place(Protocol):
    """A network, a channel on it, and a way to count."""

    channel: Channel

    def write(self, count: int) -> list[Post]:
        """Strangers' posts, on the network and each on a ticket of the author's department."""

    def said(self) -> Counter[str]:
        """How many posts of ours with which text the network holds now."""


def leaving(place: Place, author: User, count: int = 1) -> list[Reply]:
    """Replies, each unlike any other, whose undo window is over."""
    posts = place.write(count)
    tickets = {post.pk: Ticket.objects.get(posts=post) for post in posts}
    past = timezone.now() - timedelta(seconds=1)
    return Reply.objects.bulk_create(
        Reply(
            ticket=tickets[post.pk], channel=place.channel, in_reply_to=post, author=author,
            text=f"Answer {random.getrandbits(64):x}", state=Reply.State.APPROVED,
            seen_post=post, seen_department=tickets[post.pk].department, afterwards="open",
            leaves_at=past, next_attempt_at=past,
        )
        for post in posts
    )  # fmt: skip


def lines_of(place: Place, author: User) -> int:
    """How many different lines of ours a worker executes to say a reply."""
    (reply,) = leaving(place, author)
    return worker.lines_of(reply.pk)


def kill_at_line(reply: Reply, number: int) -> None:
    """Let a worker die before it executes line `number` of its delivery."""
    Worker(worker.dying_at_line(reply.pk, number)).wait()


def kill_after(reply: Reply, seconds: float) -> bool:
    """Kill a worker `seconds` after it began; True when that was before it had finished."""
    begun = Worker(worker.delivering_of(reply.pk))
    time.sleep(seconds)
    begun.kill()
    return begun.wait()


def seconds_of(place: Place, author: User) -> float:
    """How long a worker lives that is not killed, once the first has lived."""
    lives = []
    for reply in leaving(place, author, 4):
        began = time.monotonic()
        Worker(worker.delivering_of(reply.pk)).wait()
        lives.append(time.monotonic() - began)
    return min(lives)


def deliver_together(reply: Reply, workers: int = 2, *, unguarded: bool = False) -> None:
    """Let several workers have the same job at the same moment; `unguarded` without a claim."""
    work = worker.waiting_until(time.time() + START_SECONDS, reply.pk, unguarded=unguarded)
    for begun in [Worker(work) for _ in range(workers)]:
        begun.wait(may_stumble=unguarded)


def settle(replies: Iterable[Reply], *, pause: float = 0.0) -> None:
    """Let living workers do what is left, `pause` seconds between their rounds."""
    keys = [reply.pk for reply in replies]
    for _round in range(ROUNDS):
        time.sleep(pause)
        work_all()
        if not Reply.objects.filter(pk__in=keys).exclude(state__in=ENDED).exists():
            return


def wrongs(place: Place, replies: Sequence[Reply]) -> list[str]:
    """What is not as it must be: said once, kept once, and known to be sent."""
    found, on_network = [], place.said()
    for reply in Reply.objects.filter(pk__in=[reply.pk for reply in replies]):
        said = on_network[reply.text]
        kept = Post.objects.filter(channel=place.channel, text=reply.text).count()
        if (said, kept, reply.state) != (1, 1, Reply.State.SENT):
            found.append(f"{reply.text}: said {said}, kept {kept}, {reply.state} {reply.error}")
    return found


def doubles(place: Place, replies: Iterable[Reply]) -> list[str]:
    """What was said more than once."""
    on_network = place.said()
    return [reply.text for reply in replies if on_network[reply.text] > 1]
