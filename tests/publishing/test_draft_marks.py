"""A row of the list says that its reader has an unsent draft there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from inbox.models import Channel, Ticket
from publishing.models import Reply
from publishing.services import discard_draft, save_draft, send_reply
from tests.factories import make_ticket
from tests.publishing.conftest import Draft

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]
LIST = "/q/customer_service/"
MARK, SPOKEN = "draft-mark", "you have an unsent draft"


def page(client: Client) -> str:
    return client.get(LIST).content.decode()


def live(client: Client, ticket: Ticket) -> str:
    query = {"q": "customer_service", "ids": str(ticket.pk)}
    row: str = client.get("/live/rows/", query).json()["rows"][str(ticket.pk)]
    return row


def test_my_draft_is_marked_on_the_page_and_live(
    ticket: Ticket, agent: User, draft: Draft, as_user: As
) -> None:
    mine = as_user(agent)
    assert MARK not in page(mine) + live(mine, ticket)
    draft()
    for drawn in (page(mine), live(mine, ticket)):
        assert MARK in drawn
        assert SPOKEN in drawn


def test_nobody_else_learns_of_it(
    ticket: Ticket, colleague: User, lead: User, draft: Draft, as_user: As
) -> None:
    draft()
    for other in (colleague, lead):
        client = as_user(other)
        assert MARK not in page(client) + live(client, ticket)
        assert SPOKEN not in page(client) + live(client, ticket)


@pytest.mark.parametrize("end", ["emptied", "discarded", "sent"])
def test_a_draft_that_is_over_is_not_marked(
    ticket: Ticket, agent: User, draft: Draft, as_user: As, end: str
) -> None:
    begun: Reply = draft()
    if end == "emptied":
        draft(" \n")
    elif end == "discarded":
        discard_draft(reply=begun, by=agent)
    else:
        send_reply(reply=begun, by=agent)
    assert MARK not in page(as_user(agent)) + live(as_user(agent), ticket)


def test_ten_drafts_cost_as_many_queries_as_one(
    ticket: Ticket, agent: User, square: Channel, draft: Draft, as_user: As
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(client)
        return len(asked)

    client = as_user(agent)
    draft()
    page(client)
    before = queries()
    for number in range(9):
        another = make_ticket(square, ticket.department, f"Post {number}.")
        save_draft(ticket=another, author=agent, text="We are sorry.")
    assert page(client).count(MARK) == 10
    assert queries() == before
