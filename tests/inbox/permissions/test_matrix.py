"""Who sees what by which way: every persona, every way, a ticket in each kind of place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Notice, Ticket
from inbox.queries import TicketFilter, conversation_of, queue_counts, rows_of, tickets_in_full
from inbox.services import tickets
from tests.factories import make_ticket
from tests.inbox.permissions.world import (
    COMMON,
    PERSONAS,
    PLACES,
    SEES,
    SETTLES,
    WORKS,
    WRITES_NOTES,
    World,
    build_world,
)

Departments = dict[str, Department]


@pytest.fixture
def world(channel: Channel, departments: Departments, hr_partner: User) -> World:
    cache.clear()
    return build_world(channel, departments, hr_partner)


@pytest.fixture
def who(request: pytest.FixtureRequest) -> Any:
    persona = request.param
    return persona, AnonymousUser() if persona == "anonymous" else request.getfixturevalue(persona)


def page(user: Any) -> Client:
    client = Client()
    if user.is_authenticated:
        client.force_login(user)
    return client


def api(user: Any) -> APIClient:
    client = APIClient()
    if user.is_authenticated:
        client.force_authenticate(user)
    return client


def body(answer: Any) -> str:
    return str(answer.getvalue().decode())


def each(world: World, get: Callable[[int], Any]) -> set[str]:
    """The places whose ticket's own address answers, and those that any answer tells of."""
    found = set()
    for place, ticket in world.tickets.items():
        answer = get(ticket.pk)
        assert answer.status_code in {200, 302, 401, 404}
        found |= world.places_told_in(body(answer))
        found |= {place} if answer.status_code == 200 else set()
    return found


def lists(world: World, user: Any) -> set[str]:
    queues = ("all", "unassigned", "customer_service", "hr", "triage", "resolved", "consults")
    return world.places_told_in("".join(body(page(user).get(f"/q/{q}/")) for q in queues))


def details(world: World, user: Any) -> set[str]:
    return each(world, lambda pk: page(user).get(f"/t/{pk}/"))


def fragments(world: World, user: Any) -> set[str]:
    return each(world, lambda pk: page(user).get(f"/t/{pk}/", headers={"HX-Request": "true"}))


def counts(world: World, user: Any) -> set[str]:
    found = queue_counts(user)
    seen = {
        "desk": found.departments.get("customer_service"),
        "hr": found.departments.get("hr"),
        "triage": found.triage,
        # HR has both of its tickets in its count; whom it asks counts the one as a consult.
        "asked": found.departments.get("hr") == 2 or found.consults,
    }
    places = {place for place, number in seen.items() if number}
    assert found.all == len(places)
    return places


def search_page(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(page(user).get("/search/", {"q": COMMON})))


def search_of_a_contact(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(page(user).get("/search/", {"q": "from:anacosta"})))


def live_rows(world: World, user: Any) -> set[str]:
    ids = [ticket.pk for ticket in world.tickets.values()]
    found = rows_of(user, TicketFilter(), ids)
    return {place for place, ticket in world.tickets.items() if ticket in found}


def live_fragment(world: World, user: Any) -> set[str]:
    ids = ",".join(str(ticket.pk) for ticket in world.tickets.values())
    return world.places_told_in(body(page(user).get(f"/live/rows/?queue=all&q=all&ids={ids}")))


def csv_export(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(api(user).get("/api/tickets/export")))


def jsonl_export(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(api(user).get("/api/tickets/export?file=jsonl")))


def api_list(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(api(user).get("/api/tickets?state=any")))


def api_search(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(api(user).get(f"/api/search?q={COMMON}")))


def api_jump(world: World, user: Any) -> set[str]:
    jumps = (api(user).get(f"/api/search?q=%23{t.pk}") for t in world.tickets.values())
    return world.places_told_in("".join(body(answer) for answer in jumps))


def api_tags(world: World, user: Any) -> set[str]:
    return world.places_told_in(body(api(user).get("/api/tags")))


def api_queues(world: World, user: Any) -> set[str]:
    answer = api(user).get("/api/queues")
    nothing = {"departments": {}, "triage": 0, "consults": 0}
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else nothing
    told = {"desk": "customer_service", "hr": "hr"}
    seen = {place for place, slug in told.items() if found["departments"].get(slug)}
    is_asked = found["consults"] or found["departments"].get("hr") == 2
    return seen | ({"triage"} if found["triage"] else set()) | ({"asked"} if is_asked else set())


def api_part(part: str) -> Callable[[World, Any], set[str]]:
    def way(world: World, user: Any) -> set[str]:
        return each(world, lambda pk: api(user).get(f"/api/tickets/{pk}{part}"))

    way.__name__ = f"api{part.replace('/', '_') or '_detail'}"
    return way


def earlier_tickets(world: World, user: Any) -> set[str]:
    """All are of one contact: what the pages of those visible tell about the others."""
    told = set()
    for ticket in tickets_in_full(user).filter(pk__in=[t.pk for t in world.tickets.values()]):
        earlier = conversation_of(ticket, user).earlier
        told |= {p for p, t in world.tickets.items() if t in earlier or t == ticket}
    return told


def notices_page(world: World, user: Any) -> set[str]:
    """Everybody was told of everything, long ago: what of it do they see now?"""
    if user.is_authenticated:
        for place, ticket in world.tickets.items():
            Notice.objects.get_or_create(user=user, ticket=ticket, kind="rule", key=place)
    return world.places_told_in(body(page(user).get("/notices/")))


WAYS = (
    *(lists, details, fragments, counts, search_page, search_of_a_contact, live_rows),
    *(live_fragment, csv_export, jsonl_export, api_list, api_search, api_jump, api_tags),
    *(api_queues, earlier_tickets, notices_page),
    *(api_part(p) for p in ("", "/posts", "/notes", "/events", "/decision")),
)


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_each_way_shows_exactly_what_may_be_seen(world: World, who: tuple[str, Any]) -> None:
    persona, user = who
    shown = {way.__name__: way(world, user) for way in WAYS}
    assert shown == {way.__name__: SEES[persona] for way in WAYS}


ACTIONS: dict[str, dict[str, Any]] = {
    "claim": {},
    "confirm": {},
    "assign": {"assignee": None},
    "priority": {"priority": 3},
    "tags": {"tags": ["x"]},
    "pending": {},
    "snooze": {"snoozed_until": "2999-01-01T00:00:00Z"},
    "resolve": {},
    "reopen": {},
    "ask": {"department": "marketing", "question": "x"},
    "hand-over": {"department": "marketing", "reason": "x"},
}
FOR_A_STRANGER = {401, 403, 404}


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_each_action_is_for_those_who_work_there(world: World, who: tuple[str, Any]) -> None:
    persona, user = who
    for action, said in ACTIONS.items():
        for place, ticket in world.tickets.items():
            url = f"/api/tickets/{ticket.pk}/{action}"
            answer = api(user).post(url, said, format="json")
            may = action, place, answer.status_code not in FOR_A_STRANGER
            assert may == (action, place, place in WORKS[persona])
            assert world.places_told_in(body(answer)) <= {place} & SEES[persona]


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_whose_a_ticket_is_says_who_leads_a_department_concerned(
    world: World, who: tuple[str, Any]
) -> None:
    persona, user = who
    Ticket.objects.update(bouncing_since=timezone.now())
    for place, ticket in world.tickets.items():
        url, said = f"/api/tickets/{ticket.pk}/settle", {"department": "marketing", "reason": "x"}
        answer = api(user).post(url, said, format="json")
        may = place, answer.status_code not in FOR_A_STRANGER
        assert may == (place, place in SETTLES[persona])
        assert ticket.events.filter(kind="settled").count() == (place in SETTLES[persona])
        assert world.places_told_in(body(answer)) <= {place} & SEES[persona]


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_who_may_not_work_leaves_no_trace(world: World, who: tuple[str, Any]) -> None:
    persona, user = who
    for place, ticket in world.tickets.items():
        before = ticket.events.count()
        api(user).post(f"/api/tickets/{ticket.pk}/claim")
        assert (ticket.events.count() == before + 1) == (place in WORKS[persona])


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_notes_are_for_those_who_see_and_may_write(world: World, who: tuple[str, Any]) -> None:
    persona, user = who
    for place, ticket in world.tickets.items():
        answer = api(user).post(f"/api/tickets/{ticket.pk}/notes", {"text": "x"}, format="json")
        assert (answer.status_code == 201) == (place in WRITES_NOTES[persona]), place
        assert ticket.notes.count() == 1 + (place in WRITES_NOTES[persona])


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_the_pages_actions_are_for_those_who_work_there(world: World, who: tuple[str, Any]) -> None:
    persona, user = who
    for place, ticket in world.tickets.items():
        answer = page(user).post(f"/t/{ticket.pk}/claim/")
        ticket.refresh_from_db()
        assert (ticket.assignee_id is not None) == (place in WORKS[persona])
        assert world.places_told_in(body(answer)) <= SEES[persona]


@pytest.mark.parametrize("who", PERSONAS, indirect=True, ids=str)
def test_a_receipt_is_for_the_sender_alone_and_holds_no_content(
    world: World, who: tuple[str, Any], agent: User, departments: Departments, channel: Channel
) -> None:
    persona, user = who
    moved = make_ticket(channel, departments["customer_service"], world.secret("hr"))
    tickets.hand_over(ticket=moved, to=departments["hr"], by=agent, reason="A job question")
    answer = api(user).get("/api/hand-overs")
    assert ("A job question" in body(answer)) == (persona == "agent")
    assert not world.places_told_in(body(answer))
    assert HandOver.objects.count() == 1


def test_the_matrix_names_everyone_and_every_place() -> None:
    assert set(SEES) == set(WORKS) == set(SETTLES) == set(PERSONAS)
    assert all(WORKS[p] <= SEES[p] <= set(PLACES) for p in PERSONAS)
