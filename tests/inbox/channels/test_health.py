"""The health page and what runs by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from accounts.models import User
from inbox import apps, tasks
from inbox.models import Channel
from inbox.schedules import ensure_schedules
from inbox.services import channels
from routing.services import raise_alarm

pytestmark = pytest.mark.django_db


def test_alarms_and_failures_are_shown(as_user: Callable[[User], Client], admin: User) -> None:
    raise_alarm("x", "The moon is gone.", "critical")
    page = as_user(admin).get(reverse("inbox:health")).content.decode()
    assert "The moon is gone." in page
    assert "None: everything goes to triage" in page


@pytest.mark.parametrize(
    ("sign", "began", "said"),
    [
        (timedelta(0), timedelta(hours=1), "Running"),
        (timedelta(minutes=3), timedelta(hours=1), "Not seen for two minutes"),
        (timedelta(hours=9), timedelta(seconds=20), "Crossdesk has just started"),
        (timedelta(seconds=70), timedelta(seconds=20), "Running"),
    ],
)
def test_what_is_said_of_the_worker_is_true(
    as_user: Callable[[User], Client],
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    sign: timedelta,
    began: timedelta,
    said: str,
) -> None:
    ensure_schedules()
    Schedule.objects.update(next_run=timezone.now() - sign)
    monkeypatch.setattr(apps, "BEGAN_AT", timezone.now() - began)
    page = as_user(admin).get(reverse("inbox:health")).content.decode()
    words = {"Running", "Not seen for two minutes", "Crossdesk has just started"}
    assert {word for word in words if word in page} == {said}


def test_schedules_exist_once_and_name_functions_that_exist() -> None:
    for _ in range(2):
        ensure_schedules()
    ours = Schedule.objects.filter(name__startswith="inbox.")
    assert sorted(ours.values_list("name", flat=True)) == [
        "inbox.check_router_health",
        "inbox.clean_up",
        "inbox.forget_words",
        "inbox.keep_ledger",
        "inbox.poll_due_feeds",
        "inbox.poll_due_networks",
        "inbox.purge_raw",
        "inbox.reconcile_due_channels",
        "inbox.record_breaches",
        "inbox.resume_backfills",
        "inbox.resume_imports",
        "inbox.take_waiting",
        "inbox.tidy_previews",
        "inbox.wake_snoozed",
        "inbox.watch_triage",
    ]
    for schedule in ours:
        assert callable(import_string(schedule.func))


def test_what_an_admin_changed_on_a_schedule_stays() -> None:
    ensure_schedules()
    Schedule.objects.filter(name="inbox.clean_up").update(minutes=60)
    ensure_schedules()
    assert Schedule.objects.get(name="inbox.clean_up").minutes == 60


def test_each_due_feed_gets_one_job(channel: Channel) -> None:
    channels.create_channel(
        name="Blog", network="blog", connector="feed", url="https://b.example", by=None
    )
    assert tasks.poll_due_feeds() == 1
    assert OrmQ.objects.get().task["args"] == (Channel.objects.get(name="Blog").pk,)


def test_cleaning_up_with_nothing_to_clean_does_nothing() -> None:
    tasks.clean_up()
    assert tasks.wake_snoozed() == 0
