"""Workers in processes of their own, for `killing`.

They are forked off a process that does nothing else. At a fork none of its threads holds a lock
that nobody would give back, and it has no connection that two processes would share: a process in
which tests, servers and browsers run cannot say so of itself.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.utils import timezone

from inbox.connectors.addresses import GuardedTransport
from inbox.connectors.base import connectors
from inbox.models import Channel
from publishing.models import Reply
from publishing.services import deliver, delivering
from routing.language import detect

ROOT = Path(__file__).resolve().parents[2]
WATCHED = tuple(str(ROOT / part) for part in ("publishing", "inbox/connectors"))
SETTINGS = ("SECRET_KEY", "SALT_KEY", "ALLOW_PRIVATE_ADDRESSES")
LONGEST = 60  # seconds; a delivery takes a fraction of one
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.publishing.warm"])


class Worker:
    """A process that does `work`, on the tests' database and with their settings."""

    def __init__(self, work: Callable[[], None]) -> None:
        given = {name: getattr(settings, name) for name in SETTINGS}
        self.process = _context.Process(target=_run, args=(connection.settings_dict, given, work))
        self.process.start()

    def kill(self) -> None:
        """End it at once; it gets no chance to tidy up."""
        self.process.kill()

    def wait(self, *, may_stumble: bool = False) -> bool:
        """Wait until it has ended; True when it was killed.

        Raises `AssertionError` when it is stuck, or stumbled where it should not over anything,
        be it the work of another; the stack is on the standard error then.
        """
        self.process.join(LONGEST + 10)
        code = self.process.exitcode
        if code is None:
            self.kill()
            raise AssertionError("a worker got stuck")
        assert code <= 0 or may_stumble, "a worker stumbled"
        return code == -signal.SIGKILL


def warm() -> None:
    """Load what every delivery needs, before any worker is forked.

    A worker that loaded it would take longer, and its lines would count as lines that send.
    """
    connectors()
    detect("A language's model")
    GuardedTransport(seconds=1, allow_private=False).close()
    _ = cast("Any", Channel._meta.get_field("credentials")).f  # its key


def delivering_of(pk: int) -> Callable[[], None]:
    """The work of saying a reply."""
    return partial(_deliver, pk)


def dying_at_line(pk: int, number: int) -> Callable[[], None]:
    """The work of saying a reply, killed before it executes line `number` of ours."""
    return partial(_die_at_line, pk, number)


def waiting_until(moment: float, pk: int, *, unguarded: bool) -> Callable[[], None]:
    """The work of saying a reply, begun at `moment`; `unguarded` lets it claim what is claimed."""
    return partial(_wait_and_deliver, moment, pk, unguarded)


def lines_of(pk: int) -> int:
    """How many different lines of ours it executes to say this reply."""
    here, there = _context.Pipe(duplex=False)
    worker = Worker(partial(_count_lines, pk, there))
    there.close()
    worker.wait()
    return int(here.recv())


def _run(database: dict[str, Any], given: dict[str, Any], work: Callable[[], None]) -> None:
    faulthandler.dump_traceback_later(LONGEST)
    connection.settings_dict.update(database)
    for name, value in given.items():
        setattr(settings, name, value)
    work()


def _deliver(pk: int) -> None:
    deliver(reply=Reply.objects.get(pk=pk))


def _wait_and_deliver(moment: float, pk: int, unguarded: bool) -> None:
    found = Reply.objects.get(pk=pk)
    if unguarded:
        delivering.claim = _claimed_by_all
    time.sleep(max(moment - time.time(), 0))
    deliver(reply=found)


def _claimed_by_all(reply: Reply) -> bool:
    reply.claimed_at = timezone.now()
    return True


def _die_at_line(pk: int, number: int) -> None:
    def die(line: int) -> None:
        if line == number:
            os.kill(os.getpid(), signal.SIGKILL)

    _deliver_traced(pk, die)


def _count_lines(pk: int, answer: Connection) -> None:
    numbers: list[int] = []
    _deliver_traced(pk, numbers.append)
    answer.send(len(numbers))


def _deliver_traced(pk: int, on_line: Callable[[int], None]) -> None:
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
