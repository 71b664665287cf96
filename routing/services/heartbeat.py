"""A sign of life from work that is silent for minutes, to tell a dead worker from a busy one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.db import Error, connection
from django.utils import timezone

from routing.models import Training

BEAT = timedelta(seconds=20)
# The fit of a large corpus may hold all other threads up for a while.
SILENT = timedelta(minutes=5)


@contextmanager
def beating(training: Training) -> Iterator[None]:
    """Keep the heartbeat of `training` fresh while the body runs."""
    done = Event()
    thread = Thread(target=_beat, args=(training.pk, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(pk: int, done: Event) -> None:
    try:
        while not done.wait(BEAT.total_seconds()):
            try:
                own = Training.objects.filter(pk=pk, state=Training.State.RUNNING)
                own.update(heartbeat_at=timezone.now())
            except Error:
                # A database that was started anew needs another connection for the next beat.
                connection.close()
    finally:
        connection.close()
