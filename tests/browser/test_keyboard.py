"""A morning without the mouse."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from tests.browser.conftest import Desk
from tests.factories import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(channel: Channel, departments: dict[str, Department]) -> list[Ticket]:
    """Three open tickets, the newest first."""
    now = timezone.now()
    home = departments["customer_service"]
    return [
        make_ticket(channel, home, f"Number {n}.", at=now - timedelta(hours=n)) for n in range(3)
    ]


@pytest.fixture
def page(agent: User, tickets: list[Ticket], desk: Desk) -> Page:
    return desk(agent)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.row')?.id || ''"))


def test_j_and_k_move_and_enter_opens(page: Page, tickets: list[Ticket]) -> None:
    page.keyboard.press("j")
    assert focused(page) == f"row-{tickets[0].pk}"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == f"row-{tickets[1].pk}"
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 1.")
    expect(page).to_have_url(re.compile(f"/t/{tickets[1].pk}/"))
    expect(page.locator(f"#row-{tickets[1].pk} a")).to_have_attribute("aria-current", "true")


def test_a_ticket_is_worked_by_single_keys(page: Page, tickets: list[Ticket]) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.keyboard.press("c")
    expect(page.locator("#toasts")).to_contain_text("is yours")
    page.keyboard.press("n")
    page.keyboard.type("e z h 1: keys do nothing here")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .note")).to_contain_text("keys do nothing here")
    page.locator("#thread").focus()
    page.keyboard.press("e")
    expect(page.locator("#thread")).to_contain_text("Number 1.")
    page.keyboard.press("u")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    assert Ticket.objects.get(pk=tickets[0].pk).state == "open"


def test_a_number_preselects_the_department_of_a_hand_over(
    page: Page, tickets: list[Ticket]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.keyboard.press("2")
    expect(page.locator("input[name=to][value=pr]")).to_be_checked()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("handed over to PR")
    expect(page.locator("#thread")).to_contain_text("Number 1.")


@pytest.mark.parametrize(("key", "field"), [("z", "#snooze-until"), ("a", "#assign-to")])
def test_menus_open_by_key_and_close_with_escape(
    page: Page, tickets: list[Ticket], key: str, field: str
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.keyboard.press(key)
    expect(page.locator(field)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(field)).to_be_hidden()


def test_tags_and_priority_have_their_keys(page: Page, tickets: list[Ticket]) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.keyboard.press("t")
    expect(page.locator("#tags")).to_be_focused()
    page.keyboard.type("late")
    page.keyboard.press("Enter")
    expect(page.locator("#side")).to_contain_text("late")
    page.keyboard.press("p")
    expect(page.locator("#priority [aria-pressed=true]")).to_be_focused()


def test_g_goes_to_queues_and_slash_to_search(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile("/q/mine/"))
    page.keyboard.press("g")
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("/q/pr/"))
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_the_question_mark_lists_the_keys_which_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    assert focused(page) == ""


def test_a_colleague_is_suggested_and_named(
    page: Page, tickets: list[Ticket], colleague: User
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.keyboard.press("n")
    page.keyboard.type("Ask @to")
    expect(page.get_by_role("option", name="Tom Brandt")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_value("Ask @tom ")


def test_an_unsent_note_survives_a_look_at_another_ticket(
    page: Page, tickets: list[Ticket]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    page.locator("#note").fill("Half a thou")
    page.get_by_role("link", name=str(tickets[1].contact)).click()
    expect(page.locator("#thread")).to_contain_text("Number 1.")
    expect(page.locator("#note")).to_have_value("")
    page.get_by_role("link", name=str(tickets[0].contact)).click()
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    expect(page.locator("#note")).to_have_value("Half a thou")


def test_triage_is_sorted_by_single_keys(
    triager: User, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    now = timezone.now()
    texts = ["Palm oil burns forests", "Buy followers now", "Do you hire bakers?"]
    waiting = [
        make_ticket(channel, None, text, at=now - timedelta(hours=n))
        for n, text in enumerate(texts)
    ]
    page = desk(triager)
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/q/triage/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text(texts[0])
    page.keyboard.press("3")
    expect(page.locator("#thread")).to_contain_text(texts[1])
    page.keyboard.press("s")
    expect(page.locator("#thread")).to_contain_text(texts[2])
    page.keyboard.press("u")
    expect(page.locator("#thread")).to_contain_text(texts[1])
    page.wait_for_load_state("networkidle")
    assert Ticket.objects.get(pk=waiting[0].pk).department is not None
    assert Ticket.objects.get(pk=waiting[1].pk).state == "open"


def test_when_all_is_sorted_the_focus_is_on_the_list_and_one_undo_names_its_key(
    triager: User, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    first, second = (make_ticket(channel, None, text) for text in ("Hello?", "Do you hire?"))
    page = desk(triager, f"/t/{second.pk}/?q=triage")
    page.locator("#thread").focus()
    page.keyboard.press("3")
    expect(page.locator("#thread")).to_contain_text("Hello?")
    # Before what was drawn has settled, a key sends the form as without JavaScript.
    expect(page.locator(".htmx-settling, .htmx-added, .htmx-request")).to_have_count(0)
    page.keyboard.press("3")
    expect(page.get_by_text("Everything is sorted.")).to_be_visible()
    expect(page.locator("#list-title")).to_be_focused()
    expect(page.locator("#toasts kbd").locator("visible=true")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator("#ticket-title")).to_be_focused()
    expect(page.locator("#thread")).to_contain_text("Hello?")
    assert Ticket.objects.get(pk=first.pk).department is None


def test_what_said_the_same_and_was_sorted_along_is_not_opened_next(
    triager: User, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    now = timezone.now()
    said = "You burn down forests for palm oil, boycott this bakery today"
    texts = [said, f"{said}!", "Do you hire bakers?"]
    waiting = [
        make_ticket(channel, None, text, at=now - timedelta(hours=n))
        for n, text in enumerate(texts)
    ]
    page = desk(triager, f"/t/{waiting[0].pk}/?q=triage")
    expect(page.get_by_label("and 1 more that says the same")).to_be_checked()
    page.locator("#thread").focus()
    page.keyboard.press("2")
    expect(page.locator("#thread")).to_contain_text(texts[2])
    expect(page.locator("#toasts")).to_contain_text("and 1 like it went to PR")


def test_a_ticket_that_is_still_being_drawn_anew_does_not_get_into_the_next(
    page: Page, tickets: list[Ticket]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Number 0.")
    # The answer about this ticket has begun to come, and its words take their time.
    page.evaluate("""() => {
        const read = Response.prototype.text;
        const held = new Promise((go) => { window.goOn = go; });
        Response.prototype.text = async function () { await held; return read.call(this); };
        window.drawn = window.crossdesk.renewTicket();
    }""")
    page.wait_for_timeout(300)
    page.get_by_role("link", name=str(tickets[1].contact)).click()
    expect(page.locator("#thread")).to_contain_text("Number 1.")
    page.evaluate("() => { window.goOn(); return window.drawn; }")
    expect(page.locator("#ticket-title")).to_have_text(str(tickets[1].contact))
    expect(page.locator("#thread")).not_to_contain_text("Number 0.")


def test_a_long_post_is_shown_from_its_beginning(
    agent: User, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    home = departments["customer_service"]
    ticket = make_ticket(channel, home, "It begins here. " + "And so it goes on. " * 300)
    page = desk(agent, f"/t/{ticket.pk}/", viewport={"width": 390, "height": 844})
    expect(page.get_by_text("Show all")).to_be_attached()
    top = "document.getElementById('thread').getBoundingClientRect().top"
    head = "document.querySelector('.post header').getBoundingClientRect().top"
    assert page.evaluate(f"{head} >= {top}")
