"""What runs by the clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django_q.models import Schedule

# When nobody waits for the machine.
NIGHT = time(3, 10)


def ensure_schedules(**_signal: Any) -> None:
    """Make each schedule exist once; what an admin changed on it stays."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    Schedule.objects.get_or_create(
        name="routing.train_nightly",
        defaults={
            "func": "routing.tasks.train_nightly",
            "schedule_type": Schedule.DAILY,
            "next_run": datetime.combine(tomorrow, NIGHT, timezone.get_current_timezone()),
        },
    )
    Schedule.objects.get_or_create(
        name="routing.count_decisions",
        defaults={"func": "routing.tasks.count_decisions", "schedule_type": Schedule.HOURLY},
    )
    for name in ("resume_rehearsals", "watch_trainings"):
        Schedule.objects.get_or_create(
            name=f"routing.{name}",
            defaults={
                "func": f"routing.tasks.{name}",
                "schedule_type": Schedule.MINUTES,
                "minutes": 1,
            },
        )
