"""Kills workers while they send, and counts what the network then holds.

Works on any network: give it a `Place`. Each worker is a forked process that is killed with SIGKILL
and gets no chance to tidy up; then time passes, and living workers settle what was left.

    replies = leaving(place, author, lines_of(place, author))
    for number, reply in enumerate(replies, 1):
        kill_at_line(reply, number)
    settle(replies)
    assert wrongs(place, replies) == []
"""

from __future__ import annotations

import faulthandler
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from django.db import connections
from django.utils import timezone

from accounts.models import User
from inbox.models import Channel, Post, Ticket
from publishing.models import Reply
from publishing.services import deliver
from tests.publishing.leaving import work_all

ROOT = Path(__file__).resolve().parents[2]
WATCHED = tuple(str(ROOT / part) for part in ("publishing", "inbox/connectors"))
ENDED = (Reply.State.SENT, Reply.State.FAILED)
ROUNDS = 12
STUMBLED = 2  # exit status; one that is stuck ends with 1
LONGEST = 60  # seconds; a delivery takes a fraction of one


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


def forked(work: Callable[[], None]) -> int:
    """Begin `work` in a process of its own; returns its id."""
    # A connection cannot be shared; whoever asks next makes a new one.
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    status = STUMBLED
    try:
        # A lock that a thread of the tests held at the fork is never given back in here.
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        work()
        status = 0
    finally:
        os._exit(status)


def ended(pid: int) -> bool:
    """Wait for a process; True when it ended by itself, False when it was killed.

    One that stumbled over the other's work ended, too. Raises `AssertionError` when it got stuck:
    its stack is on the standard error.
    """
    descriptor = os.pidfd_open(pid)
    try:
        # Its own alarm ends it before, unless it is stuck so early that it set none.
        if not select.select([descriptor], [], [], LONGEST + 10)[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise AssertionError("a worker did not end")
    finally:
        os.close(descriptor)
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) in {0, STUMBLED}, "a worker got stuck"
    return True


def deliver_traced(pk: int, on_line: Callable[[int], None]) -> None:
    """Deliver, and before each line of ours is executed for the first time call `on_line`.

    It gets how many there were before, and this one.
    """
    reply = Reply.objects.get(pk=pk)
    seen: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        line = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and line not in seen:
            seen.add(line)
            on_line(len(seen))
        return trace

    sys.settrace(trace)
    try:
        deliver(reply=reply)
    finally:
        sys.settrace(None)


def lines_of(place: Place, author: User) -> int:
    """How many different lines of ours a delivery executes, when all modules are loaded."""
    first, second = leaving(place, author, 2)
    deliver(reply=first)
    numbers: list[int] = []
    deliver_traced(second.pk, numbers.append)
    return len(numbers)


def kill_at_line(reply: Reply, number: int) -> None:
    """Let a worker die before it executes line `number` of its delivery."""

    def die(line: int) -> None:
        if line == number:
            os.kill(os.getpid(), signal.SIGKILL)

    ended(forked(lambda: deliver_traced(reply.pk, die)))


def kill_after(reply: Reply, seconds: float) -> bool:
    """Kill a worker `seconds` after it began; True when that was before it had finished."""
    pid = forked(lambda: _deliver(reply.pk))
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return not ended(pid)


def seconds_of(place: Place, author: User) -> float:
    """How long a worker lives that is not killed."""
    (reply,) = leaving(place, author)
    began = time.monotonic()
    ended(forked(lambda: _deliver(reply.pk)))
    return time.monotonic() - began


def deliver_together(reply: Reply, workers: int = 2) -> None:
    """Let several workers have the same job at the same moment."""
    start_at = time.time() + 0.15

    def work() -> None:
        found = Reply.objects.get(pk=reply.pk)
        time.sleep(max(start_at - time.time(), 0))
        deliver(reply=found)

    for pid in [forked(work) for _ in range(workers)]:
        ended(pid)


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


def _deliver(pk: int) -> None:
    deliver(reply=Reply.objects.get(pk=pk))
