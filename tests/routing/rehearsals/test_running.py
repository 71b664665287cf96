"""A rehearsal is a job: asked for, taken over when its worker dies, cancelled, forgotten."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import User
from routing import replay, services, tasks
from routing.models import Decision, Rehearsal, RouterModel
from routing.services import rehearsing

pytestmark = pytest.mark.django_db
State = Rehearsal.State


def test_it_is_asked_for_together_with_its_job(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    assert (asked.state, asked.days) == (State.QUEUED, Rehearsal.DAYS)
    assert OrmQ.objects.count() == 1
    tasks.run_rehearsal(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.percent) == (State.DONE, 100)
    assert asked.basis == rehearsing.current_basis()
    services.set_threshold(threshold=0.7, by=None)
    assert asked.basis != rehearsing.current_basis()


def test_a_model_whose_file_is_broken_fails_with_the_reason(
    day: list[Decision], admin: User, second: RouterModel, model_dir: Path
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "model", "model": "second"})
    (model_dir / "second.model").write_bytes(b"nothing")
    services.run_rehearsal(rehearsal=asked)
    assert asked.state == State.FAILED
    assert "second.model" in asked.error


def test_one_that_is_running_is_left_to_its_worker(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    Rehearsal.objects.update(state=State.RUNNING, attempt=1)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.attempt) == (State.RUNNING, 1)
    assert services.resume_rehearsals() == 0


def test_one_whose_worker_died_is_taken_over(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    long_ago = timezone.now() - timedelta(minutes=5)
    Rehearsal.objects.update(state=State.RUNNING, attempt=1, heartbeat_at=long_ago)
    assert services.resume_rehearsals() == 1
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.attempt) == (State.DONE, 2)


def test_a_worker_that_was_taken_for_dead_says_nothing_any_more(
    day: list[Decision], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    usual = replay.replay

    def slowly(*args: Any, **named: Any) -> Any:
        Rehearsal.objects.update(attempt=2)
        return usual(*args, **named)

    monkeypatch.setattr(replay, "replay", slowly)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.result) == (State.RUNNING, {})


def test_one_that_kills_its_workers_is_given_up(admin: User, day: list[Decision]) -> None:
    services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    long_ago = timezone.now() - timedelta(minutes=5)
    Rehearsal.objects.update(state=State.RUNNING, attempt=3, heartbeat_at=long_ago)
    assert services.resume_rehearsals() == 0
    assert Rehearsal.objects.get().state == State.FAILED


def test_a_cancelled_one_stops(
    day: list[Decision], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    assert services.cancel_rehearsal(rehearsal=asked)
    services.run_rehearsal(rehearsal=asked)
    assert (asked.state, asked.result) == (State.CANCELLED, {})
    assert not services.cancel_rehearsal(rehearsal=asked)


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_the_process_collects_of_its_memory_is_as_before_whether_it_ends_or_stops(
    day: list[Decision],
    goes_on: bool,
) -> None:
    during: list[bool] = []

    def progress(_percent: int) -> bool:
        during.append(gc.isenabled())
        return goes_on

    with nullcontext() if goes_on else pytest.raises(rehearsing.Stopped):
        rehearsing.rehearse({"kind": "threshold", "threshold": 1.0}, progress=progress)
    assert during == [False]
    assert gc.isenabled()


def test_old_ones_are_forgotten(day: list[Decision], admin: User) -> None:
    asked = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    services.cancel_rehearsal(rehearsal=asked)
    services.resume_rehearsals()
    assert Rehearsal.objects.count() == 1
    Rehearsal.objects.update(finished_at=timezone.now() - timedelta(days=31))
    services.resume_rehearsals()
    assert not Rehearsal.objects.exists()


def test_two_at_once_do_not_disturb(day: list[Decision], admin: User) -> None:
    one = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    other = services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 0.0})
    services.run_rehearsal(rehearsal=other)
    services.run_rehearsal(rehearsal=one)
    assert (one.state, other.state) == (State.DONE, State.DONE)
    assert one.result != other.result


def test_nobody_has_more_than_three_running(day: list[Decision], admin: User) -> None:
    for _number in range(3):
        services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
    with pytest.raises(ValidationError):
        services.request_rehearsal(by=admin, change={"kind": "threshold", "threshold": 1.0})
