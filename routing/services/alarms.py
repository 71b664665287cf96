"""What an admin must know about the system's health."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from routing.models import Alarm


@transaction.atomic
def raise_alarm(key: str, message: str, severity: str = Alarm.Severity.CRITICAL) -> None:
    """Raise the alarm `key`, or change its message. One that already says so is left alone.

    Cheap enough to call for every batch while the trouble lasts: nothing is written twice.
    """
    standing = Alarm.objects.filter(key=key).first()
    # Reading first keeps concurrent batches from queueing for a row that need not change.
    if (
        standing
        and standing.cleared_at is None
        and (standing.message, standing.severity) == (message, severity)
    ):
        return
    now = timezone.now()
    is_new = standing is None or standing.cleared_at is not None
    Alarm.objects.update_or_create(
        key=key,
        defaults={"message": message, "severity": severity, "cleared_at": None}
        | ({"raised_at": now} if is_new else {}),
    )


def clear_alarm(key: str) -> bool:
    """Say that the trouble `key` is over; return whether it stood."""
    standing = Alarm.objects.filter(key=key, cleared_at=None)
    return bool(standing.update(cleared_at=timezone.now()))
