"""The process that sends: woken by the database, or when the next reply is due.

The rows are the queue. A notification only says that something may be due earlier than was known,
so one that is lost costs `LONGEST_SLEEP` and nothing else; any number of these processes may run,
for each reply is claimed by compare-and-swap.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import psycopg
from django.db import Error, close_old_connections
from django.utils import timezone

from inbox.live_server.database import parameters
from publishing.services import due_jobs, next_due_at, work
from publishing.services.advance import CHANNEL
from publishing.services.working import Job

logger = logging.getLogger(__name__)
LONGEST_SLEEP = 5.0
# What is due stays due while a worker of another process has it in hand.
SHORTEST_SLEEP = 0.02
PATIENCE = 1.0


class Sender:
    """Does what is due, `workers` things at once, until `stop`."""

    def __init__(self, *, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sender")
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._in_hand: set[Job] = set()

    def stop(self) -> None:
        """Take nothing more; what is in hand is finished."""
        self._stopped.set()

    def run(self) -> None:
        """Work until stopped; a lost database is waited for."""
        while not self._stopped.is_set():
            try:
                with psycopg.connect(**self._parameters(), autocommit=True) as listening:
                    listening.execute(f"LISTEN {CHANNEL}")
                    self._work_and_listen(listening)
            except (psycopg.Error, Error) as error:
                logger.warning("The sender lost the database: %s", error)
                close_old_connections()
                self._stopped.wait(PATIENCE)
        self._pool.shutdown(wait=True)

    @staticmethod
    def _parameters() -> dict[str, Any]:
        return {**parameters(), "application_name": "crossdesk sender"}

    def _work_and_listen(self, listening: psycopg.Connection[Any]) -> None:
        while not self._stopped.is_set():
            for job in due_jobs():
                self._take(job)
            for _notification in listening.notifies(timeout=self._sleep(), stop_after=1):
                pass

    def _take(self, job: Job) -> None:
        with self._lock:
            if job in self._in_hand:
                return
            self._in_hand.add(job)
        self._pool.submit(self._do, job)

    def _do(self, job: Job) -> None:
        try:
            work(job)
        except Exception:
            # The row says how far it came; it is taken up again when its lease ends.
            logger.exception("The sender stumbled over %s %s.", *job)
            # It stays due: without a pause it would be taken up again at once, for ever.
            self._stopped.wait(PATIENCE)
        finally:
            with self._lock:
                self._in_hand.discard(job)
            close_old_connections()

    def _sleep(self) -> float:
        """Seconds until something is due that is not in hand."""
        at = next_due_at()
        if at is None:
            return LONGEST_SLEEP
        wait = _seconds_until(at)
        if wait <= 0:
            with self._lock:
                return PATIENCE / 10 if self._in_hand else SHORTEST_SLEEP
        return min(wait, LONGEST_SLEEP)


def _seconds_until(at: datetime) -> float:
    return (at - timezone.now()).total_seconds()
