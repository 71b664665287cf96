"""What people do with a ticket, with and without JavaScript."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Note, Ticket, TicketEvent
from inbox.services.tickets import Expectation
from inbox.services.tickets import claim as claim_it
from inbox.services.tickets import hand_over as hand_over_it
from tests.factories import make_ticket
from tests.inbox.views.conftest import Browser

pytestmark = pytest.mark.django_db
QUERY = "?q=customer_service"


def act(client: Client, ticket: Ticket, action: str, **fields: object) -> Any:
    """Press a button of the ticket's page as it looked before the press."""
    expect = str(Expectation.of(ticket))
    return client.post(f"/t/{ticket.pk}/{action}/{QUERY}", {"expect": expect, **fields})


@pytest.mark.parametrize(
    ("action", "fields", "now"),
    [
        ("claim", {}, {"assignee__handle": "maya"}),
        ("priority", {"priority": "3"}, {"priority": 3}),
        ("tags", {"tags": "late, Parcel"}, {"tags__name": "Parcel"}),
        ("pending", {}, {"state": "pending"}),
        ("snooze", {"when": "tomorrow"}, {"state": "snoozed"}),
        ("resolve", {}, {"state": "resolved"}),
        ("hand-over", {"to": "pr", "reason": "Press."}, {"department__slug": "pr"}),
        ("hand-over", {"to": "triage", "reason": "No idea."}, {"department": None}),
    ],
)
def test_each_action_works_by_form_alone(
    agent: User,
    ticket: Ticket,
    browser: Browser,
    action: str,
    fields: dict[str, str],
    now: dict[str, object],
) -> None:
    page = browser(agent)
    answer = act(page, ticket, action, **fields)
    assert answer.status_code == 302
    assert Ticket.objects.filter(pk=ticket.pk, **now).exists()
    shown = page.get(answer.headers["Location"]).content.decode()
    assert f"#{ticket.pk}" in shown
    assert 'name="event"' in shown


def test_each_action_answers_htmx_with_a_fragment(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    answer = act(browser(agent, htmx=True), ticket, "claim")
    page = answer.content.decode()
    assert "<html" not in page
    assert 'id="conversation"' in page
    assert 'hx-swap-oob="beforeend"' in page
    trigger = json.loads(answer.headers["HX-Trigger-After-Swap"])
    assert trigger == {"crossdesk:changed": {"ids": [ticket.pk]}}


def test_assign_offers_those_who_work_in_the_department(
    agent: User, colleague: User, pr_officer: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    form = page.get(f"/t/{ticket.pk}/assign/").content.decode()
    assert "Tom Brandt" in form
    assert "Lee Novak" not in form
    act(page, ticket, "assign", to=colleague.pk)
    ticket.refresh_from_db()
    assert ticket.assignee == colleague


def test_a_note_is_written_and_a_name_that_cannot_see_it_is_told(
    hr_partner: User, agent: User, hr_ticket: Ticket, browser: Browser
) -> None:
    page = browser(hr_partner)
    answer = page.post(f"/t/{hr_ticket.pk}/note/", {"text": "Ask @maya."}, follow=True)
    assert Note.objects.get().text == "Ask @maya."
    assert "Not reached" in answer.content.decode()


def test_after_resolving_the_next_ticket_of_the_list_opens(
    agent: User, channel: Channel, departments: dict[str, Department], browser: Browser
) -> None:
    now = timezone.now()
    ages = [now - timedelta(hours=hours) for hours in (1, 2, 3)]
    rows = [make_ticket(channel, departments["customer_service"], at=at) for at in ages]
    page = browser(agent)
    shown = page.get(f"/t/{rows[1].pk}/{QUERY}")
    answer = act(page, rows[1], "resolve", next=shown.context["next_id"])
    assert answer.headers["Location"] == f"/t/{rows[2].pk}/{QUERY}"


def test_after_the_last_ticket_the_list_is_shown(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    assert act(browser(agent), ticket, "resolve").headers["Location"] == "/q/customer_service/"
    ticket.refresh_from_db()
    act(browser(agent), ticket, "reopen")
    ticket.refresh_from_db()
    answer = act(browser(agent, htmx=True), ticket, "resolve")
    assert answer.headers["HX-Push-Url"] == "/q/customer_service/"
    page = answer.content.decode()
    assert "Nothing to work on here" in page
    assert "is resolved" in page
    assert 'name="event"' in page


def test_the_next_ticket_is_not_opened_when_it_cannot_be_seen(
    agent: User, ticket: Ticket, hr_ticket: Ticket, browser: Browser
) -> None:
    answer = act(browser(agent), ticket, "resolve", next=hr_ticket.pk)
    assert answer.headers["Location"] == "/q/customer_service/"


@pytest.mark.parametrize("htmx", [False, True])
def test_who_comes_second_is_told_who_was_first_and_sees_the_new_state(
    agent: User, colleague: User, ticket: Ticket, browser: Browser, htmx: bool
) -> None:
    seen = Ticket.objects.get(pk=ticket.pk)
    claim_it(ticket=ticket, by=colleague)
    answer = act(browser(agent, htmx=htmx), seen, "claim")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Tom Brandt claimed this ticket" in page
    assert 'role="alert"' in page
    assert str(Expectation.of(ticket)) in page


def test_who_comes_second_to_a_move_out_of_sight_is_told_so(
    agent: User,
    colleague: User,
    ticket: Ticket,
    departments: dict[str, Department],
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def moved_meanwhile(**given: object) -> TicketEvent:
        monkeypatch.undo()
        hand_over_it(ticket=ticket, to=departments["hr"], by=colleague, reason="Private.")
        return claim_it(**given)  # type: ignore[arg-type]

    monkeypatch.setattr("inbox.services.tickets.claim", moved_meanwhile)
    answer = browser(agent).post(f"/t/{ticket.pk}/claim/{QUERY}", follow=True)
    assert answer.redirect_chain == [("/q/customer_service/", 302)]
    assert "moved to another department" in answer.content.decode()


def test_handing_over_to_a_confidential_department_leaves_a_receipt(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    act(page, ticket, "hand-over", to="hr", reason="About a colleague.")
    assert page.get(f"/t/{ticket.pk}/").status_code == 404
    receipts = page.get("/receipts/").content.decode()
    assert "About a colleague." in receipts
    assert f'href="/t/{ticket.pk}/"' not in receipts
    assert "My bread" not in receipts


def test_a_mistake_is_told_and_nothing_typed_is_lost(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    answer = act(browser(agent), ticket, "hand-over", to="pr", reason="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why in a few words." in page
    assert 'value="pr" required checked' in page
    assert HandOver.objects.count() == 0


def test_an_empty_note_is_refused_in_words(agent: User, ticket: Ticket, browser: Browser) -> None:
    answer = act(browser(agent), ticket, "note", text="   ")
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


@pytest.mark.parametrize(
    ("action", "fields"),
    [("claim", {}), ("resolve", {}), ("note", {"text": "x"}), ("tags", {"tags": "x"})],
)
def test_an_observer_is_refused_in_words(
    observer: User, ticket: Ticket, browser: Browser, action: str, fields: dict[str, str]
) -> None:
    answer = act(browser(observer), ticket, action, **fields)
    assert answer.status_code == 422
    assert TicketEvent.objects.count() == 0


def test_another_department_s_ticket_cannot_be_changed(
    pr_officer: User, ticket: Ticket, browser: Browser
) -> None:
    assert act(browser(pr_officer), ticket, "resolve").status_code == 422
    ticket.refresh_from_db()
    assert ticket.state == "open"


@pytest.mark.parametrize("action", ["claim", "resolve", "note", "assign", "hand-over", "snooze"])
def test_a_ticket_out_of_sight_is_not_there(
    admin: User, hr_ticket: Ticket, browser: Browser, action: str
) -> None:
    assert act(browser(admin), hr_ticket, action).status_code == 404


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("3h", "2026-03-06T13:00"),
        ("tomorrow", "2026-03-07T09:00"),
        ("monday", "2026-03-09T09:00"),
        ("custom", "2026-03-20T14:30"),
    ],
)
def test_a_snooze_ends_at_the_persons_own_clock(
    agent: User, ticket: Ticket, browser: Browser, when: str, until: str
) -> None:
    agent.time_zone = "America/New_York"
    agent.save()
    zone = ZoneInfo(agent.time_zone)
    page = browser(agent)
    with time_machine.travel(datetime(2026, 3, 6, 10, 0, tzinfo=zone), tick=False):
        act(page, ticket, "snooze", when=when, until="2026-03-20T14:30")
    ticket.refresh_from_db()
    assert ticket.snoozed_until == datetime.fromisoformat(until).replace(tzinfo=zone)


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01T10:00", "2026-99-99T10:00"])
def test_a_snooze_without_a_future_time_is_refused(
    agent: User, ticket: Ticket, browser: Browser, until: str
) -> None:
    answer = act(browser(agent), ticket, "snooze", when="custom", until=until)
    assert answer.status_code == 422


def test_undo_takes_the_last_action_back_and_shows_the_ticket(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    act(page, ticket, "resolve")
    event = TicketEvent.objects.get()
    answer = page.post("/undo/", {"event": event.pk, "list": "q=customer_service"})
    assert answer.headers["Location"] == f"/t/{ticket.pk}/{QUERY}"
    ticket.refresh_from_db()
    assert ticket.state == "open"


def test_undo_after_ten_seconds_is_refused_in_words(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent)
    act(page, ticket, "resolve")
    event = TicketEvent.objects.get()
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        answer = page.post("/undo/", {"event": event.pk}, follow=True)
    assert "can be undone for 10 seconds" in answer.content.decode()


@pytest.mark.parametrize("event", ["", "x", "0", "9" * 40])
def test_undo_of_nothing_is_refused_in_words(agent: User, browser: Browser, event: str) -> None:
    answer = browser(agent).post("/undo/", {"event": event}, follow=True)
    assert "nothing of yours to undo" in answer.content.decode()


def test_actions_refuse_the_anonymous(client: Client, ticket: Ticket) -> None:
    answer = client.post(f"/t/{ticket.pk}/claim/")
    assert "/accounts/login/" in answer.headers["Location"]
