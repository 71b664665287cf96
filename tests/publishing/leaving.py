"""Makes time pass for replies."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from publishing.models import Reply, ReplyChange
from publishing.services import due_jobs, work

A_MOMENT_AGO = timedelta(seconds=1)


def let_time_pass() -> None:
    """Whatever waits for its time is due now; searches under way have ended."""
    past = timezone.now() - A_MOMENT_AGO
    Reply.objects.filter(next_attempt_at__isnull=False).update(
        next_attempt_at=past, leaves_at=past, looking_until=None
    )
    ReplyChange.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)


def work_all() -> int:
    """Let a worker do everything that waits, once."""
    let_time_pass()
    return sum(work(job) for job in due_jobs())
