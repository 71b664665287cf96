"""Reading tickets and what belongs to them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Department, User
from inbox.api.export import harmless
from inbox.models import Channel, Contact, Tag, Ticket
from inbox.services import notes, tickets
from routing.models import Decision
from tests.factories import make_contact, make_note, make_post, make_ticket

Departments = dict[str, Department]
Api = Callable[..., APIClient]


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def test_a_list_is_followed_by_its_next_links(
    api: Api, agent: User, channel: Channel, departments: Departments
) -> None:
    now = timezone.now()
    made = [
        make_ticket(channel, departments["pr"], at=now - timedelta(hours=n)).pk for n in range(5)
    ]
    client = api(agent)
    seen, url = [], "/api/tickets?queue=pr&size=2"
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == made


def test_a_ticket_says_what_its_page_says(api: Api, agent: User, ticket: Ticket) -> None:
    ticket.tags.add(Tag.objects.create(name="burnt"))
    data = api(agent).get(f"/api/tickets/{ticket.pk}").json()

    assert data["excerpt"] == "My bread came burnt."
    assert (data["department"], data["assignee"], data["tags"]) == (
        "customer_service",
        None,
        ["burnt"],
    )
    assert data["expect"] == f"open.{ticket.department_id}.0.1"
    assert "secret" not in data["channel"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=x", "?state"),
        ("order=x", "?order"),
        ("channel=-1", "?channel"),
        ("assignee=99999999999999999999", "?assignee"),
        ("since=soon", "?since"),
        ("size=0", "?size"),
        ("size=201", "?size"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(
    api: Api, agent: User, query: str, field: str
) -> None:
    answer = api(agent).get(f"/api/tickets?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [e["field"] for e in answer.json()["errors"]] == [field]


def test_posts_notes_events_and_decision_belong_to_a_ticket(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    post = make_post(ticket, "And the second one too", counts={"like": 2})
    make_note(ticket, colleague, "Known issue")
    tickets.claim(ticket=ticket, by=agent)
    ticket.decision = Decision.objects.create(method="classifier", probabilities={"hr": 0.1})
    ticket.save()
    client = api(agent)

    def of(what: str) -> list[dict[str, object]]:
        return list(client.get(f"/api/tickets/{ticket.pk}/{what}").json()["results"])

    assert [p["id"] for p in of("posts")] == [ticket.opening_post_id, post.pk]
    assert [n["text"] for n in of("notes")] == ["Known issue"]
    assert [e["kind"] for e in of("events")] == ["claimed"]
    decision = client.get(f"/api/tickets/{ticket.pk}/decision").json()
    assert (decision["method"], decision["probabilities"]) == ("classifier", {"hr": 0.1})


def test_a_note_is_written_and_says_whom_it_reached(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    answer = api(agent).post(f"/api/tickets/{ticket.pk}/notes", {"text": "@tom @ghost"})
    assert answer.status_code == 201
    assert answer.json()["mentions"][0]["handle"] == "tom"
    assert answer.json()["unreached"] == ["ghost"]


def test_a_hand_over_leaves_a_receipt(
    api: Api, agent: User, ticket: Ticket, departments: Departments
) -> None:
    client = api(agent)
    answer = client.post(
        f"/api/tickets/{ticket.pk}/hand-over", {"department": "hr", "reason": "Job"}
    )
    assert answer.status_code == 200
    assert answer.json()["ticket"] is None
    (receipt,) = client.get("/api/hand-overs").json()
    assert (receipt["ticket"], receipt["to_department"]) == (ticket.pk, "hr")
    undone = client.post(
        f"/api/tickets/{ticket.pk}/undo", {"event": answer.json()["event"]["id"]}
    ).json()
    assert undone["ticket"]["department"] == "customer_service"


def test_a_ticket_page_is_few_queries(
    api: Api, agent: User, ticket: Ticket, django_assert_max_num_queries: object
) -> None:
    client = api(agent)
    client.get("/api/me")
    for _ in range(5):
        make_ticket(ticket.channel, ticket.department).tags.add(
            Tag.objects.get_or_create(name="a")[0]
        )
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        assert len(client.get("/api/tickets").json()["results"]) == 6


def test_the_house_is_described_without_secrets(
    api: Api, agent: User, outsider: User, channel: Channel
) -> None:
    channel.secret = "whsec_very_secret"
    channel.save()
    client = api(agent)

    body = client.get("/api/channels").content.decode()
    assert channel.name in body
    assert "whsec" not in body
    desks = {
        d["slug"]: (d["can_see"], d["can_work"]) for d in client.get("/api/departments").json()
    }
    assert desks["customer_service"] == (True, True)
    assert desks["pr"] == (True, False)
    assert desks["hr"] == (False, False)
    assert client.get("/api/me").json()["works"] == ["customer_service"]
    stranger = api(outsider)
    for what in ("channels", "departments", "people", "tags"):
        assert stranger.get(f"/api/{what}").json() == []


def test_counts_and_search(api: Api, agent: User, ticket: Ticket) -> None:
    client = api(agent)
    assert client.get("/api/queues").json()["unassigned"] == 1
    page = client.get("/api/search?q=burnt").json()
    assert page["results"][0]["headline"] == "My bread came <mark>burnt</mark>."
    assert client.get(f"/api/search?q=%23{ticket.pk}").json()["jump"]["id"] == ticket.pk


def test_an_export_holds_every_ticket_of_the_list_once(
    api: Api,
    agent: User,
    channel: Channel,
    departments: Departments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inbox.api.export.LARGEST", 2)
    for n in range(5):
        make_ticket(channel, departments["pr"], f"text {n}")
    make_ticket(channel, departments["hr"], "secret")

    answer = api(agent).get("/api/tickets/export?queue=pr")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert sorted(row["excerpt"] for row in rows) == [f"text {n}" for n in range(5)]
    lines = api(agent).get("/api/tickets/export?file=jsonl&queue=pr").getvalue().decode()
    assert len([json.loads(line) for line in lines.splitlines()]) == 5


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", "\r\n=2"])
def test_no_spreadsheet_runs_what_a_stranger_wrote(
    api: Api, agent: User, channel: Channel, departments: Departments, cell: str
) -> None:
    assert harmless(cell).startswith("'")
    make_ticket(channel, departments["pr"], cell, contact=make_contact(cell))
    answer = api(agent).get("/api/tickets/export").getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(answer))
    assert row["contact"].startswith("'")
    assert Contact.objects.get().name == cell


def test_addresses_with_a_slash_at_the_end_answer_too(
    api: Api, agent: User, ticket: Ticket
) -> None:
    client = api(agent)
    assert client.get("/api/tickets/").status_code == 200
    assert client.post(f"/api/tickets/{ticket.pk}/claim/").status_code == 200


def test_a_mention_counts_until_it_is_read(
    api: Api, agent: User, colleague: User, ticket: Ticket
) -> None:
    notes.add_note(ticket=ticket, text="@maya", by=colleague)
    assert api(agent).get("/api/queues").json()["mentions"] == 1
