"""Replies of the demo that somebody has to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from inbox.services import demo
from publishing.models import Reply
from publishing.queries.replies import count_needing_attention
from publishing.services import decide_uncertain, due_jobs
from publishing.services.demo_stuck import let_replies_fail

pytestmark = pytest.mark.django_db
AFTERNOON = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def seeded(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """One demo for all tests of this file, rolled back after them."""
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        patched.setattr(settings, "VAR_DIR", tmp_path_factory.mktemp("var"))
        with transaction.atomic(), time_machine.travel(AFTERNOON, tick=False):
            demo.seed(posts=250)
            yield
            transaction.set_rollback(True)


def person(handle: str) -> User:
    return User.objects.get(email=f"{handle}@kestrel.example")


def test_some_replies_need_their_departments() -> None:
    states = sorted(Reply.objects.values_list("state", "error_code"))
    assert states == [("failed", "blocked"), ("failed", "gone"), ("uncertain", "uncertain")]
    needed = {
        who: count_needing_attention(person(who), most=9) for who in ("maya", "uma", "lee", "hana")
    }
    assert needed == {"maya": 1, "uma": 1, "lee": 1, "hana": 0}


def test_they_stay_until_somebody_looks() -> None:
    later = timezone.now() + timedelta(days=1)
    with time_machine.travel(later, tick=False):
        assert due_jobs() == []


def test_a_person_settles_the_uncertain_one() -> None:
    reply = Reply.objects.get(state="uncertain")
    decide_uncertain(reply=reply, by=person("lee"), has_arrived=True)
    assert reply.state == Reply.State.SENT


def test_a_second_time_nothing_more_fails() -> None:
    let_replies_fail()
    assert Reply.objects.count() == 3
