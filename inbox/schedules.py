"""What runs by the clock."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule

EVERY_MINUTE = (
    "poll_due_feeds",
    "poll_due_networks",
    "resume_backfills",
    "resume_imports",
    "take_waiting",
    "wake_snoozed",
    "watch_triage",
    "record_breaches",
)
EVERY_TEN_MINUTES = ("forget_words", "clean_up", "reconcile_due_channels", "keep_ledger")
EVERY_HOUR = ("check_router_health", "tidy_previews", "purge_raw")


def ensure_schedules(**_signal: Any) -> None:
    """Make each schedule exist once; what an admin changed on it stays."""
    for minutes, names in ((1, EVERY_MINUTE), (10, EVERY_TEN_MINUTES), (60, EVERY_HOUR)):
        for name in names:
            Schedule.objects.get_or_create(
                name=f"inbox.{name}",
                defaults={
                    "func": f"inbox.tasks.{name}",
                    "schedule_type": Schedule.MINUTES,
                    "minutes": minutes,
                },
            )
