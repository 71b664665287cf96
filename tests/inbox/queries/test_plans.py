"""How PostgreSQL answers each list, each search and the parts of a ticket's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from accounts.models import Department, Membership, User
from benchmarks.million import fill, word
from inbox.models import Ticket
from inbox.queries import (
    TicketFilter,
    conversation_of,
    page_of,
    queue_counts,
    search,
    tags_seen_by,
    tickets_in_full,
)
from inbox.queries.filters import ORDERS, QUEUES, STATES

TICKETS = 30_000
READ_WHOLE = re.compile(r"Seq Scan on (inbox_(?:ticket|post|contact|ticketevent))\b")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def big_house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> object:
    """Tens of thousands of tickets with true statistics, taken away again."""
    with django_db_blocker.unblock():
        people = fill(TICKETS)
        try:
            yield people
        finally:
            with connection.cursor() as cursor:
                cursor.execute(
                    "TRUNCATE inbox_channel, inbox_contact, inbox_tag, routing_decision, "
                    "inbox_ticket, inbox_post, inbox_note CASCADE"
                )
            Membership.objects.filter(user__in=people).delete()
            User.objects.filter(pk__in=people).delete()


@pytest.fixture
def reader(big_house: list[int], db: None) -> User:
    """An agent of customer service who sorts triage."""
    user = User.objects.get(pk=big_house[0])
    user.memberships.update(works_triage=True)
    return user


def tables_read_whole(action: Callable[[], object]) -> set[str]:
    """The large tables that any query of `action` reads from end to end."""
    with CaptureQueriesContext(connection) as asked:
        action()
    found: set[str] = set()
    for query in asked.captured_queries:
        if query["sql"].startswith("SELECT") and "FROM" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {query['sql']}")
                found |= set(READ_WHOLE.findall("\n".join(row[0] for row in cursor.fetchall())))
    assert asked.captured_queries
    return found


def filters() -> list[TicketFilter]:
    today = date(2026, 6, 15)
    lists = [TicketFilter(queue=q, order=o) for q in (*QUEUES, "pr", "hr") for o in ORDERS]
    lists += [TicketFilter(queue=q, state=s) for q in ("all", "pr") for s in STATES]
    for state in ("", "resolved", "any"):
        lists += [
            TicketFilter(state=state, channel=3),
            TicketFilter(state=state, assignee=0),
            TicketFilter(state=state, language="fi"),
            TicketFilter(state=state, overdue=True),
            TicketFilter(state=state, incident=1),
            TicketFilter(state=state, overdue=True, queue="pr", order="due"),
            TicketFilter(state=state, tag=4),
            TicketFilter(state=state, tag=999),
            TicketFilter(state=state, since=today - DAY, until=today),
        ]
    return lists


@pytest.mark.parametrize("wanted", filters(), ids=str)
def test_no_list_reads_all_tickets(reader: User, wanted: TicketFilter) -> None:
    def two_pages() -> None:
        after = page_of(reader, wanted, size=20).next
        page_of(reader, wanted, after=after, size=20)

    assert tables_read_whole(two_pages) == set()


@pytest.mark.parametrize(
    "text",
    [
        *(word(1), word(100), word(2_000), f"{word(5)} {word(6)}", f'"{word(5)} {word(6)}"'),
        *(
            f"{word(2_000)[:5]}*",
            f"{word(300)} -{word(1)}",
            "@person77",
            f"from:person77 {word(1)}",
        ),
        *("nowhereword", "person 77", "from:agent3", "#77"),
    ],
)
def test_no_search_reads_all_posts(reader: User, text: str) -> None:
    assert tables_read_whole(lambda: search(reader, text)) == set()


def test_no_ticket_page_reads_all_of_anything(reader: User) -> None:
    pk = Ticket.objects.visible_to(reader).filter(post_count=10).values_list("pk", flat=True)[0]

    def page() -> None:
        conversation_of(tickets_in_full(reader).get(pk=pk), reader)

    assert tables_read_whole(page) == set()


def test_counts_read_the_work_to_do_alone(reader: User) -> None:
    assert tables_read_whole(lambda: queue_counts(reader)) == set()


def test_tag_names_are_found_one_by_one(reader: User) -> None:
    assert tables_read_whole(lambda: list(tags_seen_by(reader))) == set()


def test_the_test_would_notice(reader: User) -> None:
    everything = Ticket.objects.visible_to(reader).filter(excerpt="x")
    assert tables_read_whole(lambda: list(everything)) == {"inbox_ticket"}
    assert Department.objects.count() == 4
