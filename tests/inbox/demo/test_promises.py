"""What the demo's departments promise, and its incidents."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import SlaDefault
from inbox.models import Ticket, TicketEvent
from inbox.services import demo
from routing.models import Incident

pytestmark = pytest.mark.django_db
AFTERNOON = datetime(2026, 6, 18, 14, 30, tzinfo=UTC)


def test_departments_promise_some_are_late_and_the_wave_is_an_incident(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    with time_machine.travel(AFTERNOON, tick=True):
        demo.seed(posts=200)
    assert SlaDefault.objects.values("department").distinct().count() == 4
    promised = Ticket.objects.unresolved().exclude(sla_policy=None)
    late = [ticket for ticket in promised if ticket.breached(AFTERNOON)]
    assert 0 < len(late) < promised.count()
    broken = TicketEvent.objects.filter(kind="breached")
    assert {e.at.isoformat() for e in broken} == {e.data["due_at"] for e in broken}
    wave = Incident.objects.get(kind="attack_wave", closed_at=None)
    tickets = Ticket.objects.filter(incident=wave)
    assert wave.opened_at == min(ticket.opened_at for ticket in tickets)
    assert Incident.objects.get(kind="outage").closed_at is not None
    demo.wipe()
    assert not Incident.objects.exists()
