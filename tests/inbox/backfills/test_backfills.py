"""Reading back: resumable, stoppable, within the limits, beside what comes now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import User
from inbox import tasks
from inbox.connectors.errors import Expired, Forbidden, Limited, Unreachable
from inbox.connectors.types import Page
from inbox.models import Backfill, Channel, ChannelQuota, ChannelState, IntakeTick, Post, Ticket
from inbox.services import backfills, polling
from inbox.services.conflicts import Refused
from routing.models import Alarm
from tests.inbox.backfills.conftest import Past, said
from tests.towns import Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]
State = Backfill.State


def fresh(task: Backfill) -> Backfill:
    task.refresh_from_db()
    return task


def test_every_post_of_the_period_comes_in(task: Backfill) -> None:
    assert not backfills.run(task=task)
    assert fresh(task).state == State.DONE
    assert (task.posts, task.created, task.tickets, task.pages) == (10, 10, 10, 4)
    assert task.oldest_at == Post.objects.earliest("posted_at").posted_at
    assert task.finished_at


def test_beginning_makes_a_job(task: Backfill) -> None:
    (job,) = OrmQ.objects.all()
    assert (job.task["func"], job.task["args"]) == ("inbox.tasks.run_backfill", (task.pk,))


def test_one_turn_is_short_and_the_next_goes_on_where_it_stopped(
    task: Backfill, past: Past
) -> None:
    while backfills.run(task=task, seconds=0.0001):
        pass
    assert [cursor.get("at", 0) for cursor in past.asked] == [0, 3, 6, 9]
    assert fresh(task).state == State.DONE
    assert OrmQ.objects.count() == 1 + 3  # the beginning, and three to go on


def test_a_process_that_dies_within_a_page_leaves_nothing_of_it(
    task: Backfill, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise DatabaseError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(polling, "keep_refused", die)
        with pytest.raises(DatabaseError):
            backfills.run(task=task)
    assert (fresh(task).posts, Post.objects.count()) == (0, 0)
    assert backfills.due() == []  # until the turn of the dead one is over
    Backfill.objects.update(next_turn_at=timezone.now() - timedelta(seconds=1))
    assert tasks.resume_backfills() == 1
    backfills.run(task=task)
    assert (fresh(task).posts, Post.objects.count()) == (10, 10)


def test_one_worker_reads_at_a_time(task: Backfill, past: Past) -> None:
    other = Backfill.objects.get()
    assert backfills._claim(task)
    assert not backfills.run(task=other)
    assert past.asked == []


@pytest.mark.parametrize("do", [backfills.pause, backfills.cancel])
def test_stopping_holds_at_once_and_loses_no_page(
    town: Town, task: Backfill, past: Past, admin: User, do: Any
) -> None:
    fetch = past.fetch

    def stop(access: Any, cursor: Mapping[str, Any]) -> Page:
        if cursor.get("at") == 3:
            do(task=Backfill.objects.get(), by=admin)
        return fetch(access, cursor)

    town.fetch = stop  # type: ignore[method-assign]
    backfills.run(task=task)
    assert (fresh(task).posts, Post.objects.count(), task.cursor["at"]) == (3, 3, 3)
    assert not task.is_unfinished or task.state == State.PAUSED


def test_a_paused_one_goes_on_where_it_was(task: Backfill, admin: User) -> None:
    backfills.run(task=task, seconds=0.0001)
    backfills.pause(task=task, by=admin)
    assert not backfills.run(task=task)
    backfills.resume(task=task, by=admin)
    while backfills.run(task=task):
        pass
    assert (fresh(task).state, task.posts) == (State.DONE, 10)


def test_what_is_over_is_over(task: Backfill, admin: User) -> None:
    backfills.cancel(task=task, by=admin)
    for do in (backfills.pause, backfills.resume, backfills.cancel):
        with pytest.raises(Refused, match="cancelled"):
            do(task=task, by=admin)


def test_at_the_limit_it_stops_and_asks(task: Backfill, admin: User) -> None:
    Backfill.objects.update(most=5)
    backfills.run(task=fresh(task))
    assert (fresh(task).state, task.posts) == (State.PAUSED, 6)
    assert "6 posts were read, as many as allowed" in task.reason
    backfills.resume(task=task, more=1000, by=admin)
    backfills.run(task=task)
    assert (fresh(task).state, task.posts) == (State.DONE, 10)


def test_one_channel_is_read_back_once_at_a_time(task: Backfill, admin: User) -> None:
    with pytest.raises(Refused, match="under way"):
        backfills.begin(channel=task.channel, since=task.since, most=10, by=admin)
    backfills.cancel(task=task, by=admin)
    assert backfills.begin(channel=task.channel, since=task.since, most=10, by=admin)


def test_more_than_a_week_begins_only_when_somebody_says_so(
    square: Channel, past: Past, admin: User
) -> None:
    ask = partial(backfills.begin_past, channel=square, most=1000, by=admin)
    with pytest.raises(Refused, match="1,000 posts of 8 days") as refused:
        ask(days=8, is_confirmed=False)
    assert (refused.value.field, Backfill.objects.exists()) == ("confirmed", False)
    task = ask(days=8, is_confirmed=True)
    assert task.expected > 0
    backfills.cancel(task=task, by=admin)
    assert ask(days=7, is_confirmed=False, expected=3).expected == 3


def test_a_quarter_of_a_quota_is_left_to_what_is_written_now(task: Backfill, past: Past) -> None:
    resets = timezone.now() + timedelta(minutes=9)
    quota = ChannelQuota.objects.create(
        channel=task.channel, name="app", limit=200, remaining=50, resets_at=resets
    )
    backfills.run(task=task)
    assert past.asked == []
    assert abs(fresh(task).next_turn_at - resets) < timedelta(seconds=5)
    assert "allows no more" in task.reason
    ChannelQuota.objects.filter(pk=quota.pk).update(remaining=51)
    Backfill.objects.update(next_turn_at=timezone.now())
    backfills.run(task=task)
    assert (fresh(task).state, task.reason) == (State.DONE, "")


def test_to_be_told_to_wait_is_obeyed(task: Backfill, past: Past) -> None:
    past.faults = [Limited("answers 429", retry_after=3000)]
    backfills.run(task=task)
    assert fresh(task).state == State.RUNNING
    assert task.next_turn_at > timezone.now() + timedelta(minutes=45)
    assert task.failures == 0


@pytest.mark.parametrize("fault", [Expired("answers 401"), Forbidden("lacks a right")])
def test_what_gets_no_better_by_waiting_pauses_it(
    task: Backfill, past: Past, fault: Expired | Forbidden
) -> None:
    past.faults = [None, fault]
    backfills.run(task=task)
    assert (fresh(task).state, task.posts) == (State.PAUSED, 3)
    assert fault.reason in task.reason


def test_a_network_that_does_not_answer_is_tried_again_and_at_last_left(
    task: Backfill, past: Past
) -> None:
    for failures in range(1, backfills.FAILURES_BEFORE_PAUSE):
        past.faults = [Unreachable("answers 502")]
        Backfill.objects.update(next_turn_at=timezone.now())
        backfills.run(task=task)
        assert (fresh(task).state, task.failures) == (State.RUNNING, failures)
    past.faults = [Unreachable("answers 502")]
    Backfill.objects.update(next_turn_at=timezone.now())
    backfills.run(task=task)
    assert fresh(task).state == State.PAUSED
    assert IntakeTick.objects.filter(errors=1).count() == backfills.FAILURES_BEFORE_PAUSE


def test_a_channel_left_alone_is_left_alone_by_this_too(task: Backfill, past: Past) -> None:
    later = timezone.now() + timedelta(hours=2)
    ChannelState.objects.update(failures=6, next_poll_at=later)
    backfills.run(task=task)
    assert past.asked == []
    assert abs(fresh(task).next_turn_at - later) < timedelta(seconds=5)


def test_a_channel_that_is_off_reads_nothing(task: Backfill, past: Past) -> None:
    Channel.objects.update(is_active=False)
    assert backfills.due() == []
    backfills.run(task=task)
    assert past.asked == []


def test_what_is_written_meanwhile_comes_in_as_ever(
    town: Town, task: Backfill, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    backfills.run(task=task, seconds=0.0001)
    live = ChannelState.objects.get().cursor
    now = Page((said("now", timedelta(seconds=1)),), live)
    monkeypatch.setattr(town, "fetch", lambda *_: now)
    polled = polling.poll(channel=task.channel, force=True)
    assert polled is not None
    assert polled.receipt.created == 1
    assert Ticket.objects.get(opening_post__external_id="now").state == "open"
    assert ChannelState.objects.get().cursor == live
    town.fetch = past.fetch  # type: ignore[method-assign]
    backfills.run(task=task)
    assert fresh(task).state == State.DONE
    assert Post.objects.count() == 11


def test_reading_the_same_period_twice_brings_nothing_twice(task: Backfill, admin: User) -> None:
    backfills.run(task=task)
    again = backfills.begin(channel=task.channel, since=task.since, most=1000, by=admin)
    backfills.run(task=again)
    assert (fresh(again).posts, again.created) == (10, 0)
    assert Ticket.objects.count() == 10
    assert not Alarm.objects.filter(key__startswith="channel").exists()
