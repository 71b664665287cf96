"""A ticket of customer service, one of HR, and questions about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Department, User
from inbox.models import Channel, Consult, Ticket
from inbox.services import consults
from tests.factories import make_ticket

Ask = Callable[..., Consult]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


@pytest.fixture
def hr_ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["hr"], "My manager shouts at me.")


@pytest.fixture
def ask(departments: dict[str, Department]) -> Ask:
    """Asks a department, by default PR, and returns the consult."""

    def make(
        ticket: Ticket, by: User, whom: str = "pr", question: str = "May we say so?"
    ) -> Consult:
        event = consults.ask(ticket=ticket, department=departments[whom], question=question, by=by)
        return Consult.objects.get(pk=event.data["consult"])

    return make
