"""Many tickets, one cause: known by what posts say, handled together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Department, User
from inbox.models import Channel, Ticket, TicketEvent
from inbox.queries import TicketFilter, page_of
from inbox.queries.incidents import incident_line
from inbox.queries.rules import rule_lines
from inbox.services import incidents, tickets
from inbox.services.receive import deciding, receive
from routing import queries, services
from routing.incidents import ReadyIncident
from routing.models import Decision, Incident
from routing.services import decide_batch
from tests.factories import make_channel, make_ticket
from tests.inbox.receive.conftest import post
from tests.inbox.views.conftest import Browser, browser
from tests.routing.trees import all_of

pytestmark = pytest.mark.django_db
__all__ = ["browser"]
Departments = dict[str, Department]


@pytest.fixture(autouse=True)
def real_rules(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path
    monkeypatch.setattr(deciding, "decide_batch", decide_batch)
    monkeypatch.setattr(queries, "_current", None)


def opened(by: User, **values: Any) -> Incident:
    wanted = {"title": "Palm oil", "phrases": ["palm oil"], **values}
    return services.save_incident(incident=Incident(), by=by, **wanted)


def linked() -> list[str | None]:
    found = Ticket.objects.order_by("opened_at", "pk").select_related("incident")
    return [ticket.incident.slug if ticket.incident else None for ticket in found]


def test_a_post_that_says_it_belongs_to_it(channel: Channel, lead: User) -> None:
    opened(lead)
    receive(channel, [post("a", "No more PALM  oil!"), post("b", "Where is it?", at=1)])
    assert linked() == ["palm-oil", None]


def test_only_on_its_channels_and_in_its_languages(channel: Channel, lead: User) -> None:
    opened(lead, channels=[channel.pk], languages=["en"])
    receive(make_channel(), [post("a", "No more palm oil, please, we all say", at=0)])
    receive(channel, [post("b", "Bitte endlich Schluss mit palm oil im Brot und im Kuchen", at=1)])
    receive(channel, [post("c", "Please stop using palm oil in all of your bread", at=2)])
    assert linked() == [None, None, "palm-oil"]


def test_a_closed_one_takes_no_more_posts_until_it_is_open_again(
    channel: Channel, lead: User
) -> None:
    incident = opened(lead)
    assert services.close_incident(incident=incident, by=lead)
    assert not services.close_incident(incident=incident, by=lead)
    receive(channel, [post("a", "palm oil")])
    assert services.reopen_incident(incident=incident)
    receive(channel, [post("b", "palm oil", at=1)])
    assert linked() == [None, "palm-oil"]


def test_of_several_the_newest(channel: Channel, lead: User) -> None:
    opened(lead)
    opened(lead)
    receive(channel, [post("a", "palm oil")])
    assert linked() == ["palm-oil-1"]


def test_posts_like_an_example_belong_to_it(lead: User) -> None:
    def vector(*numbers: float) -> bytes:
        return np.array(numbers, dtype=np.float16).tobytes()

    example = Decision.objects.create(method="triage", vector=vector(3, 4, 0))
    incident = opened(lead, phrases=[], examples=[example.pk], likeness=0.9)
    ready = ReadyIncident.of(incident, [bytes(example.vector), b""])
    about = {"channel_id": None, "language": ""}
    assert ready.fits("", vector=vector(3, 4.1, 0.1), **about)  # type: ignore[arg-type]
    assert not ready.fits("", vector=vector(0, 0.1, 1), **about)  # type: ignore[arg-type]
    assert not ready.fits("", vector=b"", **about)  # type: ignore[arg-type]
    assert not ready.fits("", vector=vector(1, 1), **about)  # type: ignore[arg-type]
    assert len(queries.load_incidents()[0].examples) == 1


def test_it_costs_no_query_a_post(channel: Channel, lead: User) -> None:
    opened(lead)
    receive(channel, [post("warm", "palm oil")])
    counts = []
    for size in (1, 30):
        with CaptureQueriesContext(connection) as captured:
            receive(channel, [post(f"n{size}-{n}", "palm oil", at=n) for n in range(size)])
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def test_a_rule_asks_for_any_open_incident_or_one(
    channel: Channel, lead: User, departments: Departments
) -> None:
    incident = opened(lead)
    pr = departments["pr"]
    node = {"incident": ["any"]}
    services.create_rule(by=None, name="Wave", conditions=all_of(node), department=pr)
    one = all_of({"incident": ["palm-oil"]}, {"none": [{"incident": ["gone"]}]})
    services.create_rule(by=None, name="One", conditions=one, department=pr)
    receive(channel, [post("a", "palm oil"), post("b", "Hello", at=1)])
    places = Ticket.objects.order_by("opened_at").values_list("department", flat=True)
    assert list(places) == [pr.pk, None]
    first, second = rule_lines()
    assert first.sentence == "When a post belongs to an open incident: to PR."
    assert "belongs to the incident “Palm oil” and does not belong to" in second.sentence
    assert "There is no incident “gone”." in second.faults
    services.close_incident(incident=incident, by=lead)
    assert "This incident is closed." in rule_lines()[1].faults


def test_a_ticket_is_put_in_and_out_by_hand(
    channel: Channel, departments: Departments, agent: User, lead: User
) -> None:
    ticket = make_ticket(channel, departments["customer_service"])
    incident = opened(lead)
    event = incidents.put_into(ticket=ticket, incident=incident, by=agent)
    assert page_of(agent, TicketFilter(incident=incident.pk)).rows == [ticket]
    tickets.undo(event_id=event.pk, by=agent)
    assert page_of(agent, TicketFilter(incident=incident.pk)).rows == []


def test_all_are_resolved_at_once_and_all_come_back(
    channel: Channel, departments: Departments, agent: User, lead: User
) -> None:
    incident = opened(lead)
    home = departments["customer_service"]
    mine = [make_ticket(channel, home, incident=incident) for _n in range(3)]
    other = make_ticket(channel, departments["pr"], incident=incident)
    event = incidents.resolve_all(chosen=[*mine, other], by=agent)
    assert event is not None
    resolved = Ticket.objects.filter(state="resolved")
    assert set(resolved) == set(mine)
    tickets.undo(event_id=event.pk, by=agent)
    assert not resolved.all().exists()


def test_all_are_assigned_and_tagged(
    channel: Channel, departments: Departments, agent: User, colleague: User, lead: User
) -> None:
    incident = opened(lead)
    home = departments["customer_service"]
    mine = [make_ticket(channel, home, incident=incident) for _n in range(2)]
    assert incidents.assign_all(chosen=mine, to=colleague, by=agent)
    assert incidents.tag_all(chosen=mine, names=["wave"], by=agent)
    assert Ticket.objects.filter(assignee=colleague, tags__name="wave").count() == 2
    assert incidents.assign_all(chosen=mine, to=colleague, by=agent) is None
    assert TicketEvent.objects.filter(kind="tagged").count() == 2


def test_nobody_counts_or_reads_what_is_not_theirs(
    channel: Channel, departments: Departments, agent: User, lead: User, browser: Browser
) -> None:
    incident = opened(lead)
    make_ticket(channel, departments["hr"], "Zanzibar said the boss", incident=incident)
    seen = make_ticket(channel, departments["customer_service"], incident=incident)
    assert incident_line(agent, incident).total == 1
    page = browser(agent).get(incident.get_absolute_url()).content.decode()
    assert f"/t/{seen.pk}/" in page
    assert "Zanzibar" not in page


def test_the_pages_do_what_they_say(
    channel: Channel, departments: Departments, agent: User, lead: User, browser: Browser
) -> None:
    desk = browser(lead)
    example = make_ticket(channel, departments["customer_service"])
    form = {"title": "Outage", "kind": "outage", "phrases": "is down\n", "likeness": "0.8"}
    assert desk.post(reverse("inbox:incident_create"), form).status_code == 302
    incident = Incident.objects.get()
    assert (incident.phrases, incident.opened_by) == (["is down"], lead)
    assert "Outage" in desk.get(reverse("inbox:incidents")).content.decode()
    edit = reverse("inbox:incident_edit", args=[incident.pk])
    answer = desk.post(edit, {**form, "examples": f"#{example.pk}, 999999"})
    assert "There is no ticket 999999 for you." in answer.content.decode()
    mine = browser(agent)
    mine.post(reverse("inbox:ticket_incident", args=[example.pk]), {"incident": incident.pk})
    assert "Outage" in mine.get("/q/customer_service/").content.decode()
    assert "Outage" in mine.get(f"/t/{example.pk}/").content.decode()
    told = mine.get(f"/api/tickets/{example.pk}").json()
    assert told["incident"] == "outage"
    url = reverse("inbox:incident_all", args=[incident.pk])
    page = mine.post(url, {"do": "resolve"}, follow=True).content.decode()
    assert "1 ticket changed." in page
    desk.post(reverse("inbox:incident_switch", args=[incident.pk]))
    incident.refresh_from_db()
    assert not incident.is_open


@pytest.mark.parametrize("who", ["agent", "observer", "hr_partner", "outsider"])
def test_only_leads_and_admins_open_incidents(
    request: pytest.FixtureRequest, admin: User, browser: Browser, who: str
) -> None:
    incident = opened(admin)
    client = browser(request.getfixturevalue(who))
    assert client.get(reverse("inbox:incident_create")).status_code == 403
    assert client.post(reverse("inbox:incident_edit", args=[incident.pk])).status_code == 403
    assert client.post(reverse("inbox:incident_switch", args=[incident.pk])).status_code == 403
    incident.refresh_from_db()
    assert incident.is_open
