"""The process that listens to networks: a thread for each channel that can be listened to.

Any number of these processes may run; the one that holds a lock of the database listens, the
others stand by.
"""

from __future__ import annotations

import logging
import math
import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from django.db import Error, close_old_connections
from django.utils import timezone

from inbox.connectors.errors import Expired, NetworkError, Refused
from inbox.connectors.types import Told
from inbox.live_server.database import parameters
from inbox.services import streaming
from inbox.services.streaming import Asked, Listening, NotListenedToError

logger = logging.getLogger(__name__)
LOCK = 0x63647374
LOOK_EVERY = 5.0  # seconds, as all of these
PATIENCE = 1.0
# Three requests a look: what is said in quick succession is read together.
PACE = 5.0
TOGETHER = 0.5
LONGEST_WAIT = 300.0
# What was refused is not granted by asking again; somebody may have changed something meanwhile.
REFUSED_WAIT = 900.0
STEADY = 60.0  # a connection that held so long was a good one
ALIVE_EVERY = 60.0
MOST_CHANGED = 1000  # posts of a channel that are looked up at once
NEWS = Told(is_news=True)


Said = tuple[int, Told]  # by the network of which channel


class Line(threading.Thread):
    """One channel's stream, opened again whenever it ends; `tell` is called with what it says."""

    def __init__(self, channel_id: int, tell: Callable[[Said], None]) -> None:
        super().__init__(daemon=True, name=f"stream {channel_id}")
        self.channel_id = channel_id
        self.found = Listening()
        self.noted: Listening | None = None
        self.noted_at = 0.0
        self._tell = tell
        self._released = threading.Event()

    def release(self) -> None:
        """Say nothing more, and close at the next sign of life."""
        self._released.set()

    def run(self) -> None:
        """Listen until released."""
        failures = 0
        while not self._released.is_set():
            began = time.monotonic()
            try:
                error = self._listen()
            except NotListenedToError:
                return
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            self._released.wait(wait_after(failures, error))

    def _heard(self, told: Told) -> None:
        if told != Told():
            self._tell((self.channel_id, told))
        now = timezone.now()
        if not self.found.is_open:
            # What was said while nobody listened is read now, from the cursor on.
            self._tell((self.channel_id, NEWS))
            self.found = replace(self.found, is_open=True, error="", opened_at=now)
        if told.is_news:
            self.found = replace(self.found, told_at=now)

    def _listen(self) -> NetworkError | None:
        """Listen once; returns why it ended, None when the network just ended it."""
        ended: NetworkError | None = None
        reason = ""
        try:
            with closing(streaming.listen(channel_id=self.channel_id)) as said:
                for told in said:
                    if self._released.is_set():
                        return None
                    self._heard(told)
        except NetworkError as error:
            ended, reason = error, error.reason
            if isinstance(error, Expired):
                # Asking says whether they are, and tells an admin.
                self._tell((self.channel_id, NEWS))
        except Error as error:
            logger.warning("A stream lost the database: %s", error)
        except NotListenedToError:
            raise
        except Exception:
            # A connector's mistake ends this attempt, not this channel's listening.
            logger.exception("The stream of channel %s stumbled.", self.channel_id)
            reason = "could not be understood"
        finally:
            self.found = replace(self.found, is_open=False, error=reason)
            close_old_connections()
        return ended


def wait_after(failures: int, error: NetworkError | None) -> float:
    """Seconds until the next attempt: doubling, give or take a fifth, and long when refused."""
    wait = min(2.0 ** (min(failures, 10) - 1), LONGEST_WAIT)
    if isinstance(error, Expired | Refused):
        wait = REFUSED_WAIT
    if error is not None:
        wait = max(wait, error.retry_after)
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 - spreads requests, guards nothing


@dataclass(slots=True)
class Changed:
    """Posts of one channel that changed, gathered until they are read again together."""

    due_at: float = math.inf
    _known_by: dict[str, float] = field(default_factory=dict)  # or forgotten
    _read_at: float = -math.inf

    def add(self, external_id: str) -> None:
        """Let the conversation of a post be read again soon, if the post is known here."""
        if len(self._known_by) < MOST_CHANGED:
            now = time.monotonic()
            # A post that is edited in its first seconds may be on its way in.
            self._known_by[external_id] = now + PACE
            self.due_at = min(self.due_at, max(now + TOGETHER, self._read_at + PACE))

    def read(self, channel_id: int) -> None:
        """Have read again what is known; the rest waits a little longer."""
        now = time.monotonic()
        unknown = streaming.read_changed(channel_id=channel_id, external_ids=self._known_by.keys())
        if len(unknown) < len(self._known_by):
            self._read_at = now
        self._known_by = {
            one: by for one, by in self._known_by.items() if one in unknown and by > now
        }
        soon = min(self._known_by.values(), default=math.inf)
        self.due_at = max(soon, now + TOGETHER, self._read_at + PACE)


class Streamer:
    """Holds a line for each channel that can be listened to, until `stop`."""

    def __init__(self) -> None:
        self._is_stopped = False
        # A signal may come while this waits: of all that wakes a thread only this can bear that.
        self._told: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
        self._lines: dict[int, Line] = {}
        self._wishes: dict[int, float] = {}
        self._asked_at: dict[int, float] = {}
        self._changed: dict[int, Changed] = {}

    def stop(self) -> None:
        """Close everything."""
        self._is_stopped = True
        self._told.put(None)

    def run(self) -> None:
        """Listen until stopped; a lost database is waited for."""
        while not self._is_stopped:
            try:
                with psycopg.connect(**self._parameters(), autocommit=True) as held:
                    self._stand_by(held)
                    self._work(held)
            except (psycopg.Error, Error) as error:
                logger.warning("The streams lost the database: %s", error)
                self._next_told(PATIENCE)
            finally:
                self._let_go(set(self._lines))
                close_old_connections()

    @staticmethod
    def _parameters() -> dict[str, Any]:
        return {**parameters(), "application_name": "crossdesk streams"}

    def _stand_by(self, held: psycopg.Connection[Any]) -> None:
        """Return when no other process listens any more, or this one is to stop."""
        while not self._is_stopped:
            row = held.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
            if row and row[0]:
                return
            self._next_told(LOOK_EVERY)

    def _work(self, held: psycopg.Connection[Any]) -> None:
        look_at = 0.0
        while not self._is_stopped:
            if time.monotonic() >= look_at:
                held.execute("SELECT 1")  # Whoever lost this connection lost the lock.
                self._look()
                look_at = time.monotonic() + LOOK_EVERY
            self._ask_who_waits()
            changes = [one.due_at for one in self._changed.values()]
            self._hear(min([look_at, *self._wishes.values(), *changes]))

    def _look(self) -> None:
        """Listen to who is to be listened to, and to nobody else; say how that goes."""
        wanted = streaming.to_hold()
        over = {pk for pk, line in self._lines.items() if not line.is_alive()}
        self._let_go(set(self._lines) - wanted | over)
        for pk in wanted - set(self._lines):
            self._lines[pk] = Line(pk, self._told.put)
            self._lines[pk].start()
        for line in self._lines.values():
            self._note(line)

    def _note(self, line: Line) -> None:
        found = line.found
        is_stale = time.monotonic() - line.noted_at > ALIVE_EVERY
        if found != line.noted or is_stale:
            streaming.note_stream(channel_id=line.channel_id, found=found)
            line.noted, line.noted_at = found, time.monotonic()

    def _let_go(self, channels: set[int]) -> None:
        for pk in channels:
            self._lines.pop(pk).release()
            self._wishes.pop(pk, None)
            self._changed.pop(pk, None)
            with suppress(psycopg.Error, Error):
                streaming.note_stream(channel_id=pk, found=Listening(is_watched=False))

    def _hear(self, until: float) -> None:
        """Wait for the next thing said, at most until then."""
        pk, told = self._next_told(until - time.monotonic()) or (0, Told())
        if pk not in self._lines:
            return
        if told.is_news:
            earliest = self._asked_at.get(pk, 0.0) + PACE
            self._wishes.setdefault(pk, max(earliest, time.monotonic()))
        if told.changed:
            self._changed.setdefault(pk, Changed()).add(told.changed)

    def _next_told(self, seconds: float) -> Said | None:
        """The next thing said; None when nothing was, or this is to stop."""
        try:
            return self._told.get(timeout=max(seconds, 0.01))
        except queue.Empty:
            return None

    def _ask_who_waits(self) -> None:
        now = time.monotonic()
        for pk in [pk for pk, at in self._wishes.items() if at <= now]:
            if streaming.ask_now(channel_id=pk) is Asked.LATER:
                self._wishes[pk] = now + PATIENCE
            else:
                self._asked_at[pk] = now
                del self._wishes[pk]
        for pk, changed in self._changed.items():
            if changed.due_at <= now:
                changed.read(pk)
