"""A page in town that can be answered, and what its people write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from accounts.models import Department, User
from inbox.connectors import base
from inbox.models import Channel, Post, Ticket
from publishing.models import Reply
from publishing.services import save_draft, send_reply
from tests.factories import make_channel, make_post, make_ticket
from tests.publishing.speaking import SpeakingTown

Draft = Callable[..., Reply]


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpeakingTown]:
    """The town square, which says what it is told to say."""
    point = EntryPoint("town", "tests.publishing.speaking:SpeakingTown", base.GROUP)
    monkeypatch.setattr(base, "BUILT_IN", (*base.BUILT_IN, point))
    base.connectors.cache_clear()
    found = base.connectors()["town"]
    assert isinstance(found, SpeakingTown)
    yield found
    base.connectors.cache_clear()


@pytest.fixture
def square(town: SpeakingTown) -> Channel:
    return make_channel("Kestrel in town", network="town", connector="town")


@pytest.fixture
def ticket(square: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(square, departments["customer_service"], "My bread came burnt.")


@pytest.fixture
def burnt(ticket: Ticket) -> Post:
    """The post that is answered."""
    assert ticket.opening_post is not None
    return ticket.opening_post


@pytest.fixture
def draft(ticket: Ticket, agent: User) -> Draft:
    """Makes a draft of Maya's, or of somebody else's."""

    def make(text: str = "We are sorry.", author: User = agent, **more: Any) -> Reply:
        return save_draft(ticket=ticket, author=author, text=text, **more)

    return make


@pytest.fixture
def leaving(draft: Draft, agent: User) -> Reply:
    """A reply in its undo window."""
    return send_reply(reply=draft(), by=agent)


@pytest.fixture
def answered_again(ticket: Ticket) -> Callable[..., Post]:
    """Lets somebody write on the ticket."""

    def write(text: str = "Hello?", **more: Any) -> Post:
        return make_post(ticket, text, **more)

    return write
