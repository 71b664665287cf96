"""Someone signed in, and tickets to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from tests.factories import make_ticket

Browser = Callable[..., Client]


@pytest.fixture
def browser() -> Browser:
    """A signed-in browser for a person; each call is another one."""

    def sign_in(user: User, *, htmx: bool = False) -> Client:
        client = Client(headers={"HX-Request": "true"} if htmx else {})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    """An open, unassigned ticket of customer service."""
    return make_ticket(channel, departments["customer_service"])


@pytest.fixture
def hr_ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    """A ticket only HR may see."""
    return make_ticket(channel, departments["hr"], "My manager shouts at me.")
