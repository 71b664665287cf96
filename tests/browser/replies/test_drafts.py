"""A draft in a real browser: kept, on several devices at once, forgotten at sign-out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from inbox.models import Channel, Ticket
from tests.browser.conftest import Desk, session_of
from tests.browser.replies.conftest import drafted
from tests.factories import make_ticket

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_draft_survives_a_reload_and_another_device(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Dear Zoë, we are 🥐 sorry")
    expect(page.locator("#reply-state")).to_have_text("Saved")
    page.reload()
    expect(page.locator("#reply")).to_have_value("Dear Zoë, we are 🥐 sorry")
    phone = desk(agent, f"/t/{ticket.pk}/", viewport={"width": 390, "height": 800})
    expect(phone.locator("#reply")).to_have_value("Dear Zoë, we are 🥐 sorry")


def test_what_was_typed_last_is_saved_when_the_page_is_left(
    page: Page, agent: User, ticket: Ticket
) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Half a thou")
    page.goto("/q/mine/")
    page.goto(f"/t/{ticket.pk}/")
    expect(page.locator("#reply")).to_have_value("Half a thou")


def typed_on_two_devices(page: Page, agent: User, ticket: Ticket, desk: Desk) -> Page:
    """The second device, on which the words of the first stand against its own."""
    phone = desk(agent, f"/t/{ticket.pk}/", viewport={"width": 390, "height": 800})
    expect(phone.locator("#reply-box")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("From my desk")
    expect(page.locator("#reply-state")).to_have_text("Saved")
    phone.locator("#reply-opener").click()
    phone.locator("#reply").fill("From my phone")
    expect(phone.locator(".elsewhere")).to_contain_text("From my desk")
    return phone


def test_two_devices_never_overwrite_each_other(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    assert drafted(agent) == "From my desk"
    phone.get_by_role("button", name="Keep mine").click()
    expect(phone.locator("#reply-state")).to_have_text("Saved")
    assert drafted(agent) == "From my phone"


def test_send_stays_in_sight_on_a_phone_while_two_drafts_stand_against_each_other(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    phone.set_viewport_size({"width": 390, "height": 664})
    phone.locator("#reply").fill("From my phone, and at some length. " * 20)
    # Nothing answers the stream here: its banner takes a line more.
    expect(phone.locator("#connection")).to_be_visible()
    for name in ("Keep mine", "Take that"):
        expect(phone.get_by_role("button", name=name)).to_be_visible()
    place = phone.locator("#send-reply").bounding_box()
    assert place is not None
    assert place["y"] + place["height"] <= 664
    at = "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.id"
    middle = [place["x"] + place["width"] / 2, place["y"] + place["height"] / 2]
    assert phone.evaluate(at, middle) == "send-reply"


@pytest.mark.parametrize("chosen", ["Keep mine", "Take that"])
def test_words_that_lost_against_another_device_survive_leaving_the_page(
    page: Page, agent: User, ticket: Ticket, desk: Desk, chosen: str
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    phone.locator("#reply").fill("From my phone, at length")
    phone.goto("/q/mine/")
    phone.goto(f"/t/{ticket.pk}/")
    expect(phone.locator("#reply")).to_have_value("From my phone, at length")
    expect(phone.locator(".elsewhere")).to_contain_text("From my desk")
    assert drafted(agent) == "From my desk"
    phone.get_by_role("button", name=chosen).click()
    kept = "From my phone, at length" if chosen == "Keep mine" else "From my desk"
    expect(phone.locator("#reply")).to_have_value(kept)
    if chosen == "Keep mine":
        expect(phone.locator("#reply-state")).to_have_text("Saved")
    assert drafted(agent) == kept
    phone.reload()
    expect(phone.locator("#reply")).to_have_value(kept)
    expect(phone.locator(".elsewhere")).to_have_count(0)


def test_a_conflict_found_on_the_way_to_another_ticket_loses_no_words(
    page: Page, agent: User, ticket: Ticket, desk: Desk, page_on_x: Channel
) -> None:
    other = make_ticket(page_on_x, ticket.department, "Another matter.")
    page.reload()
    expect(page.locator("#reply-box")).to_be_visible()
    phone = desk(agent, f"/t/{ticket.pk}/", viewport={"width": 390, "height": 800})
    phone.locator("#reply-opener").click()
    phone.locator("#reply").fill("From my phone")
    expect(phone.locator("#reply-state")).to_have_text("Saved")
    page.keyboard.press("r")
    page.keyboard.type("From my desk")
    page.locator(f"#row-{other.pk} .row-link").click()
    expect(page.locator("#conversation")).to_contain_text("Another matter.")
    expect(page.locator("#reply")).to_have_value("")
    page.locator(f"#row-{ticket.pk} .row-link").click()
    expect(page.locator("#reply")).to_have_value("From my desk")
    expect(page.locator(".elsewhere")).to_contain_text("From my phone")
    assert drafted(agent) == "From my phone"


def test_words_for_a_draft_that_was_discarded_elsewhere_can_be_dropped(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_role("button", name="Bring it back")).to_be_visible()
    phone.reload()
    expect(phone.locator("#reply")).to_have_value("From my phone")
    expect(phone.locator(".elsewhere")).to_contain_text("sent or discarded")
    phone.get_by_role("button", name="Discard mine").click()
    expect(phone.locator("#reply")).to_have_value("")
    phone.reload()
    expect(phone.locator("#reply")).to_have_value("")


def is_kept_in(tab: Page) -> bool:
    return "From my phone" in str(tab.evaluate("Object.values(sessionStorage).join()"))


def test_words_that_lost_are_forgotten_when_their_author_signs_out(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    another_tab = phone.context.new_page()
    another_tab.goto("/q/mine/")
    assert is_kept_in(phone)
    another_tab.locator(".user-menu summary").click()
    another_tab.get_by_role("button", name="Sign out").click()
    another_tab.wait_for_url("**/login/**")
    assert not is_kept_in(phone)


def test_words_that_lost_are_forgotten_in_the_tab_their_author_signs_out_in(
    page: Page, agent: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    phone.goto("/q/mine/")
    phone.locator(".user-menu summary").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/login/**")
    assert not is_kept_in(phone)


def test_who_signs_in_next_in_the_tab_never_sees_what_another_left_in_it(
    page: Page, agent: User, lead: User, ticket: Ticket, desk: Desk
) -> None:
    phone = typed_on_two_devices(page, agent, ticket, desk)
    phone.goto("/q/mine/")
    assert is_kept_in(phone)
    # The session ended without a word, as it does by itself one day.
    phone.context.clear_cookies()
    phone.goto("/q/mine/")
    expect(phone).to_have_url(re.compile("/login/"))
    assert is_kept_in(phone)
    address = phone.url.partition("/accounts/")[0]
    cookie = {"name": "sessionid", "value": session_of(lead), "url": address}
    phone.context.add_cookies([cookie])  # type: ignore[list-item]
    phone.goto(f"/t/{ticket.pk}/")
    expect(phone.locator("#reply-box")).to_be_visible()
    assert not is_kept_in(phone)
    expect(phone.locator("#reply")).to_have_value("")
    expect(phone.locator(".elsewhere")).to_have_count(0)


def test_what_was_sent_is_not_offered_again(page: Page, agent: User, ticket: Ticket) -> None:
    page.keyboard.press("r")
    page.keyboard.type("We are sorry.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reply")).to_have_value("")
    page.reload()
    expect(page.locator("#reply")).to_have_value("")
    expect(page.locator(".elsewhere")).to_have_count(0)


def test_the_row_says_that_there_is_a_draft_until_it_is_sent(page: Page, ticket: Ticket) -> None:
    mark = page.locator(f"#row-{ticket.pk} .draft-mark")
    expect(mark).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.type("We are sorry.")
    expect(mark).to_have_text("Draft")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reply")).to_have_value("")
    expect(mark).to_have_count(0)


def test_a_discarded_draft_comes_back(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Never mind")
    expect(page.locator("#reply-state")).to_have_text("Saved")
    page.get_by_role("button", name="Discard the draft").click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#reply")).to_have_value("Never mind")
