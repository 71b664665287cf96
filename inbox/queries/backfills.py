"""How far back-fills are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from inbox.models import Backfill, Channel

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """What the bar shows; `part` is 0 to 100, and None when nobody can tell."""

    part: int | None
    waits_until: datetime | None


def backfills_of(channel: Channel) -> list[Backfill]:
    """The newest back-fills of `channel`."""
    return list(channel.backfills.select_related("started_by")[:SHOWN])


def progress_of(task: Backfill) -> Progress:
    """How far `task` is, by the posts expected; only what is done is at 100."""
    part = min(99, 100 * task.posts // task.expected) if task.expected else None
    if task.state == Backfill.State.DONE:
        part = 100
    waits = task.state == Backfill.State.RUNNING and task.reason
    is_later = waits and task.next_turn_at > timezone.now()
    return Progress(part, task.next_turn_at if is_later else None)
