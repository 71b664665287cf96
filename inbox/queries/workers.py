"""Whether a worker runs, as far as the database and this process can tell."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.models import Schedule

from inbox import apps

# A worker moves what is due every minute on, for the first time half a minute after it began.
SIGN = "inbox.wake_snoozed"
PATIENCE = timedelta(minutes=2)


class WorkerState(models.TextChoices):
    """What can truly be said of the workers."""

    RUNNING = "running", _("Running")
    STARTING = "starting", _("Not seen yet")
    MISSING = "missing", _("Not seen for two minutes")


def worker_state() -> WorkerState:
    """Whether a worker gave a sign lately.

    After a start the schedules are as old as the last stop: that nobody gave a sign says nothing
    before a worker had the time to.
    """
    now = timezone.now()
    if Schedule.objects.filter(name=SIGN, next_run__gte=now - PATIENCE).exists():
        return WorkerState.RUNNING
    # A worker is started beside this process.
    return WorkerState.STARTING if now - apps.BEGAN_AT < PATIENCE else WorkerState.MISSING
