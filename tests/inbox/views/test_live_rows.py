"""The rows a browser asks for after each change."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, Membership, User
from inbox.models import Contact, Tag, Ticket
from inbox.queries import rows_of
from inbox.services.tickets import resolve
from inbox.views import shared_rows, workspace
from publishing.models import Reply
from tests.factories import make_channel, make_ticket
from tests.inbox.views.conftest import Browser
from tests.personas import person

pytestmark = pytest.mark.django_db
ROWS = "/live/rows/"
Role = Membership.Role


def test_rows_that_belong_on_the_list_are_drawn_and_the_others_named(
    agent: User, ticket: Ticket, hr_ticket: Ticket, browser: Browser
) -> None:
    ids = f"{ticket.pk},{hr_ticket.pk},999999"
    answer = browser(agent).get(ROWS, {"q": "customer_service", "ids": ids}).json()
    assert list(answer["rows"]) == [str(ticket.pk)]
    assert answer["gone"] == [hr_ticket.pk, 999999]
    assert ticket.excerpt in answer["rows"][str(ticket.pk)]


def test_a_row_drawn_live_looks_as_on_the_page(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    query = {"q": "customer_service", "order": "oldest"}
    drawn = page.get(ROWS, {**query, "ids": str(ticket.pk)}).json()["rows"][str(ticket.pk)]
    assert drawn.strip() in page.get("/q/customer_service/", {"order": "oldest"}).content.decode()


def test_a_ticket_that_left_the_list_is_gone(agent: User, ticket: Ticket, browser: Browser) -> None:
    resolve(ticket=ticket, by=agent)
    answer = browser(agent).get(ROWS, {"q": "customer_service", "ids": str(ticket.pk)}).json()
    assert answer["rows"] == {}
    assert answer["gone"] == [ticket.pk]


def test_counts_speak_of_visible_queues_alone(
    agent: User, hr_ticket: Ticket, ticket: Ticket, browser: Browser
) -> None:
    counts = browser(agent).get(ROWS, {"q": "all"}).json()["counts"]
    assert counts["customer_service"] == 1
    assert counts["all"] == 1
    assert "hr" not in counts
    assert "triage" not in counts


def test_somebody_signed_out_is_told_so(client: object) -> None:
    assert client.get(ROWS).status_code == 401  # type: ignore[attr-defined]


def test_a_burst_costs_few_queries(
    agent: User,
    ticket: Ticket,
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    page = browser(agent)
    with django_assert_max_num_queries(10):
        page.get(ROWS, {"q": "customer_service", "ids": str(ticket.pk)})


@pytest.mark.parametrize("ids", ["x", "1,,2", "-1", "9" * 30, "1" + ",1" * 500])
def test_nonsense_ids_are_survived(agent: User, browser: Browser, ids: str) -> None:
    assert browser(agent).get(ROWS, {"q": "nowhere", "ids": ids}).status_code == 200


# Shared between people, which only committed data may be.


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the lists of rows that were really read."""
    read: list[int] = []

    def count(*args: object) -> list[Ticket]:
        rows = rows_of(*args)  # type: ignore[arg-type]
        read.append(len(rows))
        return rows

    monkeypatch.setattr(workspace, "rows_of", count)
    monkeypatch.setattr(shared_rows, "SECONDS_KEPT", 60)
    monkeypatch.setattr(shared_rows._Memo, "kept", shared_rows._Kept())
    return read


def sign_in(user: User) -> Client:
    """A browser of its own."""
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_people_of_equal_rights_share_what_was_drawn(drawing: list[int]) -> None:
    place = Department.objects.create(name="Service desk", slug="desk", letter="S")
    maya, tom = (person(h, h.title(), (place, Role.AGENT)) for h in ("maya", "tom"))
    ticket = make_ticket(make_channel(), department=place)
    clients = [sign_in(maya), sign_in(tom)]
    query = {"q": "all", "ids": str(ticket.pk)}
    answers = [client.get(ROWS, query).json() for client in clients * 3]
    assert drawing == [1]
    assert all(answer["rows"] == answers[0]["rows"] for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_changed_ticket_tags_or_contact_have_rows_drawn_anew(drawing: list[int]) -> None:
    place = Department.objects.create(name="Service desk", slug="desk", letter="S")
    maya = person("maya", "Maya", (place, Role.AGENT))
    ticket = make_ticket(make_channel(), department=place)
    client = sign_in(maya)
    query = {"q": "all", "ids": str(ticket.pk)}
    assert "Before" not in str(client.get(ROWS, query).json())
    Ticket.objects.filter(pk=ticket.pk).update(excerpt="Before")
    assert "Before" in str(client.get(ROWS, query).json()["rows"])
    Contact.objects.filter(tickets=ticket).update(name="Renamed")
    assert "Renamed" in str(client.get(ROWS, query).json()["rows"])
    ticket.tags.add(Tag.objects.create(name="tagged"))
    assert "tagged" in str(client.get(ROWS, query).json()["rows"])
    ticket.tags.clear()
    assert "tagged" not in str(client.get(ROWS, query).json()["rows"])
    Ticket.objects.filter(pk=ticket.pk).update(state="pending")
    assert client.get(ROWS, query).json()["gone"] == [ticket.pk]
    # Without its tag it is as it was before, and that was kept.
    assert len(drawing) == 5


@pytest.mark.django_db(transaction=True)
def test_other_rights_other_lists_and_my_own_tickets_are_not_shared(drawing: list[int]) -> None:
    place = Department.objects.create(name="Service desk", slug="desk", letter="S")
    closed = Department.objects.create(
        name="Works council", slug="council", letter="W", is_confidential=True
    )
    maya, tom = (person(h, h.title(), (place, Role.AGENT)) for h in ("maya", "tom"))
    hana = person("hana", "Hana", (closed, Role.AGENT))
    secret = make_ticket(make_channel(), department=closed)
    mine = make_ticket(make_channel(), department=place, assignee=maya)
    for_maya, for_tom, for_hana = sign_in(maya), sign_in(tom), sign_in(hana)
    query = {"q": "all", "ids": f"{secret.pk},{mine.pk}"}
    assert str(secret.pk) in for_hana.get(ROWS, query).json()["rows"]
    for_tom_first = for_tom.get(ROWS, query).json()["rows"]
    assert list(for_tom_first) == [str(mine.pk)]
    assert "Maya" in for_tom_first[str(mine.pk)]
    assert "Maya" not in for_maya.get(ROWS, query).json()["rows"][str(mine.pk)]
    assert "Maya" in for_tom.get(ROWS, query).json()["rows"][str(mine.pk)]
    assert for_tom.get(ROWS, query | {"q": "mine"}).json()["rows"] == {}
    assert list(for_maya.get(ROWS, query | {"q": "mine"}).json()["rows"]) == [str(mine.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_drawn_for_others_shows_my_new_draft(
    drawing: list[int],
) -> None:
    place = Department.objects.create(name="Service desk", slug="desk", letter="S")
    maya, tom = (person(h, h.title(), (place, Role.AGENT)) for h in ("maya", "tom"))
    ticket = make_ticket(make_channel(), department=place)
    for_maya, for_tom = sign_in(maya), sign_in(tom)
    query = {"q": "all", "ids": str(ticket.pk)}
    assert "draft-mark" not in str(for_tom.get(ROWS, query).json())
    Reply.objects.create(ticket=ticket, channel=ticket.channel, author=maya, text="Sorry")
    assert "draft-mark" in str(for_maya.get(ROWS, query).json())
    assert "draft-mark" not in str(for_tom.get(ROWS, query).json())
    assert drawing == [1, 1]
