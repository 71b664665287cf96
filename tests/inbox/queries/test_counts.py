"""The numbers beside the queues."""

import pytest

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.queries import TicketFilter, page_of, queue_counts
from inbox.services import notes, tickets
from tests.factories import make_ticket

Departments = dict[str, Department]
PERSONAS = ("agent", "lead", "triager", "pr_officer", "hr_partner", "admin", "observer", "outsider")


@pytest.fixture
def house(channel: Channel, departments: Departments, agent: User, hr_partner: User) -> None:
    for slug, department in [*departments.items(), ("triage", None)]:
        for state in Ticket.State.values:
            make_ticket(channel, department, state=state)
        make_ticket(channel, department, assignee=hr_partner if slug == "hr" else agent)


@pytest.mark.parametrize("persona", PERSONAS)
def test_counts_are_what_the_lists_show(
    house: None, persona: str, request: pytest.FixtureRequest, departments: Departments
) -> None:
    user = request.getfixturevalue(persona)
    counts = queue_counts(user)

    def listed(queue: str) -> int:
        return len(page_of(user, TicketFilter(queue=queue), size=200).rows)

    assert counts.mine == listed("mine")
    assert counts.unassigned == listed("unassigned")
    assert (counts.triage or 0) == listed("triage")
    assert counts.snoozed == listed("snoozed")
    assert counts.all == listed("all")
    shown = {slug: counts.departments.get(slug, 0) for slug in departments}
    assert shown == {slug: listed(slug) for slug in departments}


def test_what_may_not_be_seen_is_not_counted(house: None, agent: User, outsider: User) -> None:
    assert "hr" not in queue_counts(agent).departments
    assert queue_counts(agent).triage is None
    assert queue_counts(outsider).departments == {}


def test_unread_mentions_count_while_the_ticket_is_visible(
    channel: Channel, departments: Departments, agent: User, colleague: User
) -> None:
    ticket = make_ticket(channel, departments["customer_service"])
    notes.add_note(ticket=ticket, text="@maya one", by=colleague)
    notes.add_note(ticket=ticket, text="@maya two", by=colleague)
    assert queue_counts(agent).mentions == 1

    tickets.hand_over(ticket=ticket, to=departments["hr"], by=colleague, reason="Job")
    assert queue_counts(agent).mentions == 0


@pytest.mark.django_db(transaction=True)
def test_counts_are_kept_until_somebody_commits(
    channel: Channel,
    departments: Departments,
    agent: User,
    django_assert_max_num_queries: object,
) -> None:
    make_ticket(channel, departments["customer_service"])

    assert queue_counts(agent).departments["customer_service"] == 1
    with django_assert_max_num_queries(1) as asked:  # type: ignore[operator]
        queue_counts(agent)
    assert not [q for q in asked.captured_queries if "GROUP BY" in q["sql"]]

    make_ticket(channel, departments["customer_service"])
    assert queue_counts(agent).departments["customer_service"] == 2
