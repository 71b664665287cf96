"""What each queue shows, in which order, page by page."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Tag, Ticket
from inbox.queries import TicketFilter, page_of, rows_of
from inbox.services import notes
from tests.factories import make_channel, make_ticket

Departments = dict[str, Department]


@pytest.fixture
def desk(departments: Departments) -> Department:
    return departments["customer_service"]


def all_pages(user: User, wanted: TicketFilter, size: int) -> list[int]:
    seen: list[int] = []
    after = ""
    while True:
        page = page_of(user, wanted, after=after, size=size)
        seen += [row.pk for row in page.rows]
        after = page.next
        if not after:
            return seen


def test_newest_first_over_many_pages(channel: Channel, desk: Department, agent: User) -> None:
    now = timezone.now()
    # Two of a kind share each time, so that the key decides.
    made = [make_ticket(channel, desk, at=now - timedelta(hours=n // 2)).pk for n in range(11)]
    newest = sorted(made, key=lambda pk: (-(made.index(pk) // 2), pk), reverse=True)

    assert all_pages(agent, TicketFilter(), size=3) == newest
    assert all_pages(agent, TicketFilter(order="oldest"), size=4) == newest[::-1]


def test_urgent_first(channel: Channel, desk: Department, agent: User) -> None:
    now = timezone.now()
    made = [
        make_ticket(channel, desk, priority=n % 4, at=now - timedelta(hours=n)) for n in range(9)
    ]
    wanted = [t.pk for t in sorted(made, key=lambda t: (t.priority, t.last_post_at), reverse=True)]
    assert all_pages(agent, TicketFilter(order="priority"), size=2) == wanted


def test_a_new_ticket_moves_no_page(channel: Channel, desk: Department, agent: User) -> None:
    now = timezone.now()
    made = [make_ticket(channel, desk, at=now - timedelta(hours=n)).pk for n in range(6)]
    first = page_of(agent, TicketFilter(), size=3)
    make_ticket(channel, desk, at=now + timedelta(minutes=1))

    second = page_of(agent, TicketFilter(), after=first.next, size=3)
    assert [r.pk for r in first.rows + second.rows] == made
    assert second.next == ""


def test_the_way_back(channel: Channel, desk: Department, agent: User) -> None:
    now = timezone.now()
    made = [make_ticket(channel, desk, at=now - timedelta(hours=n)).pk for n in range(5)]
    first = page_of(agent, TicketFilter(), size=2)
    second = page_of(agent, TicketFilter(), after=first.next, size=2)
    back = page_of(agent, TicketFilter(), after=second.previous, size=2)

    assert first.previous == ""
    assert [row.pk for row in back.rows] == made[:2]
    assert (back.previous, bool(back.next)) == ("", True)


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "bnVsbA", "W10", "W1tdXQ", "A" * 400, "WyJuZXdlc3QiLGZhbHNlLDEsMl0", "\0", "===="],
)
def test_a_bad_cursor_gives_the_first_page(
    channel: Channel, desk: Department, agent: User, cursor: str
) -> None:
    ticket = make_ticket(channel, desk)
    assert page_of(agent, TicketFilter(), after=cursor).rows == [ticket]


def test_a_cursor_belongs_to_its_order(channel: Channel, desk: Department, agent: User) -> None:
    now = timezone.now()
    made = [make_ticket(channel, desk, at=now - timedelta(hours=n)).pk for n in range(3)]
    after = page_of(agent, TicketFilter(order="oldest"), size=1).next
    assert [row.pk for row in page_of(agent, TicketFilter(), after=after).rows] == made


def test_each_queue_shows_what_it_says(
    channel: Channel, departments: Departments, agent: User, triager: User, colleague: User
) -> None:
    desk, pr = departments["customer_service"], departments["pr"]
    tickets = {
        "free": make_ticket(channel, desk),
        "mine": make_ticket(channel, desk, assignee=agent),
        "mine waiting": make_ticket(channel, desk, assignee=agent, state="pending"),
        "theirs": make_ticket(channel, desk, assignee=colleague),
        "snoozed": make_ticket(channel, desk, state="snoozed"),
        "done": make_ticket(channel, desk, state="resolved", assignee=agent),
        "press": make_ticket(channel, pr),
        "unrouted": make_ticket(channel, None),
        "secret": make_ticket(channel, departments["hr"]),
    }
    merged = make_ticket(channel, desk, merged_into=tickets["free"])
    notes.add_note(ticket=tickets["press"], text="@maya", by=triager)

    def names(user: User, queue: str) -> set[str]:
        rows = page_of(user, TicketFilter(queue=queue)).rows
        assert merged not in rows
        return {name for name, ticket in tickets.items() if ticket in rows}

    assert names(agent, "all") == {"free", "mine", "theirs", "press"}
    assert names(agent, "mine") == {"mine", "mine waiting"}
    assert names(agent, "unassigned") == {"free"}
    assert names(agent, "mentions") == {"press"}
    assert names(agent, "snoozed") == {"snoozed"}
    assert names(agent, "resolved") == {"done"}
    assert names(agent, "pr") == {"press"}
    assert names(agent, "triage") == set()
    assert names(triager, "triage") == {"unrouted"}
    assert names(agent, "hr") == set()
    assert names(agent, "no-such-queue\0") == set()


def test_filters_narrow_a_list(
    channel: Channel, desk: Department, agent: User, colleague: User
) -> None:
    now = timezone.now()
    other = make_channel()
    tag = Tag.objects.create(name="burnt")
    french = make_ticket(channel, desk, language="fr")
    elsewhere = make_ticket(other, desk)
    taken = make_ticket(channel, desk, assignee=colleague)
    old = make_ticket(channel, desk, at=now - timedelta(days=5))
    old.tags.add(tag)
    waiting = make_ticket(channel, desk, state="pending")
    done = make_ticket(channel, desk, state="resolved")
    today = timezone.localdate()

    def rows(**wanted: object) -> set[Ticket]:
        return set(page_of(agent, TicketFilter(**wanted)).rows)  # type: ignore[arg-type]

    assert rows(language="fr") == {french}
    assert rows(channel=other.pk) == {elsewhere}
    assert rows(assignee=colleague.pk) == {taken}
    assert rows(assignee=0) == {french, elsewhere, old}
    assert rows(tag=tag.pk) == {old}
    assert rows(since=today - timedelta(days=1)) == {french, elsewhere, taken}
    assert rows(until=today - timedelta(days=4)) == {old}
    assert rows(until=date.max, since=date.min + timedelta(days=2)) == rows()
    assert rows(state="pending") == {waiting}
    assert rows(state="unresolved") == rows() | {waiting}
    assert rows(state="any") == rows() | {waiting, done}


def test_odd_parameters_are_left_out() -> None:
    odd = {"state": "x", "order": "x", "channel": "-1", "assignee": "9" * 30, "since": "soon"}
    assert TicketFilter.parse(odd) == TicketFilter()
    good = {
        "state": "any",
        "order": "oldest",
        "channel": "3",
        "assignee": "0",
        "until": "2026-01-31",
    }
    assert TicketFilter.parse(good, queue="mine") == TicketFilter(
        "mine", "any", "oldest", 3, 0, until=date(2026, 1, 31)
    )


def test_live_updates_ask_which_rows_belong(
    channel: Channel, departments: Departments, agent: User
) -> None:
    here = make_ticket(channel, departments["customer_service"])
    gone = make_ticket(channel, departments["hr"])
    done = make_ticket(channel, departments["customer_service"], state="resolved")
    assert rows_of(agent, TicketFilter(), [here.pk, gone.pk, done.pk, 999_999]) == [here]


def test_a_page_is_two_queries(
    channel: Channel, desk: Department, agent: User, django_assert_num_queries: object
) -> None:
    for _ in range(3):
        make_ticket(channel, desk, assignee=agent).tags.add(Tag.objects.get_or_create(name="a")[0])
    page_of(agent, TicketFilter())
    with django_assert_num_queries(2):  # type: ignore[operator]
        for row in page_of(agent, TicketFilter()).rows:
            str((str(row.contact), str(row.channel), str(row.assignee), str(row.department)))
            assert list(row.tags.all())
