"""What runs by the clock."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule


def ensure_schedules(**_signal: Any) -> None:
    """Make the sweep exist once; what an admin changed on it stays."""
    Schedule.objects.get_or_create(
        name="publishing.send_overdue",
        defaults={
            "func": "publishing.tasks.send_overdue",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
        },
    )
