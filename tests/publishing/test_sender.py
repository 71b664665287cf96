"""The process that sends: at once when something is due, and until it is told to stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import Department, User
from publishing.models import Reply
from publishing.services.advance import wake_sender
from tests import servers
from tests.networks.stub import running
from tests.publishing import killing
from tests.publishing.places import FailingPage, StubPlace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.integration]
SLOWEST_START = 60


@pytest.fixture
def place(departments: dict[str, Department], settings: LazySettings) -> Iterator[StubPlace]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    page = FailingPage("100")
    with running(page) as stub:
        yield StubPlace(stub, page, departments["customer_service"])


def wait_for(reply: Reply) -> None:
    until = time.monotonic() + SLOWEST_START
    while time.monotonic() < until:
        reply.refresh_from_db()
        if reply.state == Reply.State.SENT:
            return
        time.sleep(0.1)
    pytest.fail(f"still {reply.state}: {reply.error}")


def test_it_sends_what_is_due_and_what_becomes_due(place: StubPlace, agent: User) -> None:
    overdue, later = killing.leaving(place, agent, 2)
    Reply.objects.filter(pk=later.pk).update(next_attempt_at=timezone.now() + timedelta(days=1))
    with servers.sender(ALLOW_PRIVATE_ADDRESSES="1") as server:
        wait_for(overdue)
        Reply.objects.filter(pk=later.pk).update(next_attempt_at=timezone.now())
        wake_sender()
        wait_for(later)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
    assert killing.wrongs(place, [overdue, later]) == []
