"""A ticket whose reply is written in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from publishing.models import Reply
from tests.browser.conftest import Desk
from tests.factories import make_channel, make_contact, make_post, make_ticket


@pytest.fixture
def page_on_x(db: None) -> Channel:
    return make_channel("Kestrel on X", network="x", connector="demo-x", page_name="Kestrel Bakery")


@pytest.fixture
def ticket(page_on_x: Channel, departments: dict[str, Department]) -> Ticket:
    contact = make_contact("Zoë Marsh", network="x", handle="zoe")
    home = departments["customer_service"]
    ticket = make_ticket(page_on_x, home, "My bread came burnt.", contact=contact)
    pia = make_contact("Pia Holm", network="x", handle="piaholm")
    make_post(ticket, "Mine, too.", contact=pia)
    return ticket


@pytest.fixture
def page(agent: User, ticket: Ticket, desk: Desk) -> Page:
    page = desk(agent, f"/t/{ticket.pk}/?q=customer_service")
    expect(page.locator("#reply-box")).to_be_visible()
    return page


def drafted(agent: User) -> str:
    return Reply.objects.get(author=agent, state=Reply.State.DRAFT).text
