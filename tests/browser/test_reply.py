"""A reply in a real browser: typed, kept, counted, sent, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from accounts.models import Department, User
from inbox.connectors import base
from inbox.connectors.base import Network
from inbox.models import Channel, Ticket
from publishing.models import Macro, Reply
from tests.browser.conftest import Desk, session_of
from tests.factories import make_channel, make_contact, make_post, make_ticket

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_on_x(db: None) -> Channel:
    return make_channel("Kestrel on X", network="x", connector="demo-x", page_name="Kestrel Bakery")


@pytest.fixture
def ticket(page_on_x: Channel, departments: dict[str, Department]) -> Ticket:
    contact = make_contact("Zoë Marsh", network="x", handle="zoe")
    home = departments["customer_service"]
    ticket = make_ticket(page_on_x, home, "My bread came burnt.", contact=contact)
    pia = make_contact("Pia Holm", network="x", handle="piaholm")
    make_post(ticket, "Mine, too.", contact=pia)
    return ticket


@pytest.fixture
def page(agent: User, ticket: Ticket, desk: Desk) -> Page:
    page = desk(agent, f"/t/{ticket.pk}/?q=customer_service")
    expect(page.locator("#reply-box")).to_be_visible()
    return page


def drafted(agent: User) -> str:
    return Reply.objects.get(author=agent, state=Reply.State.DRAFT).text


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


def test_a_reply_is_sent_by_keyboard_and_the_composer_is_empty_again(
    page: Page, agent: User
) -> None:
    page.keyboard.press("r")
    page.keyboard.type("We are sorry.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reply")).to_have_value("")
    reply = Reply.objects.get()
    assert (reply.state, reply.text, reply.is_private) == ("approved", "We are sorry.", False)


def test_the_key_counts_while_the_composer_is_still_on_its_way(page: Page) -> None:
    asked: list[Route] = []
    page.route("**/composer/", lambda route: asked.append(route))  # noqa: PLW0108 - it needs a function
    page.reload()
    page.locator("#composer.htmx-request").wait_for(state="attached")
    page.keyboard.press("r")
    asked[0].continue_()
    expect(page.locator("#reply")).to_be_focused()


def test_what_leaves_stands_at_the_end_of_the_conversation(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.type("We are sorry.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .outgoing")).to_be_in_viewport()


def test_a_reply_is_taken_back_by_one_key_before_it_leaves(page: Page, agent: User) -> None:
    page.keyboard.press("r")
    page.keyboard.type("We are sorry.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#replies [data-key=u]")).to_be_visible()
    page.locator("#thread").focus()
    page.keyboard.press("u")
    expect(page.locator("#reply")).to_have_value("We are sorry.")
    assert drafted(agent) == "We are sorry."


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


def test_length_is_counted_as_the_network_does_and_too_long_is_refused(page: Page) -> None:
    page.keyboard.press("r")
    page.locator("#reply").fill("🥐" * 140)
    expect(page.locator("#reply-count")).to_have_text(re.compile(r"280\s*/ 280"))
    page.locator("#reply").fill("🥐" * 141)
    expect(page.locator("#reply-count")).to_contain_text("2 too long")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reply-alert")).to_contain_text("Too long by 2")
    expect(page.locator("#reply")).to_have_value("🥐" * 141)


@pytest.mark.parametrize("most", [300, None])
def test_a_private_reply_is_held_to_its_own_limit(
    page: Page, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    def limit_for(_self: Network, _settings: object, *, is_message: bool) -> int | None:
        return most if is_message else 280

    monkeypatch.setattr(type(base.network_of("demo-x")), "limit_for", limit_for)
    # What is shown is the page's own count.
    page.route("**/draft/", lambda route: route.abort())
    page.reload()
    page.keyboard.press("r")
    count = page.locator("#reply-count")
    page.locator("#reply").fill("🥐" * 145)
    expect(count).to_contain_text("10 too long")
    page.get_by_label("Private").check()
    expect(count).to_have_text("290 / 300" if most else "290", use_inner_text=True)
    page.locator("#reply").fill("🥐" * 151)
    expect(count).to_have_text("302 / 300: 2 too long" if most else "302", use_inner_text=True)
    page.get_by_label("Public").check()
    expect(count).to_contain_text("22 too long")


def test_the_estimate_and_the_network_agree(page: Page) -> None:
    page.keyboard.press("r")
    text = "See https://kestrel.example/" + "a" * 60 + " 好 é 👨‍👩‍👧"
    page.locator("#reply").fill(text)
    guessed = page.locator("#reply-count [data-count]").text_content()
    expect(page.locator("#reply-state")).to_have_text("Saved")
    expect(page.locator("#reply-count [data-count]")).to_have_text(guessed or "")
    assert int(guessed or 0) == base.network_of("demo-x").length_of(text)  # type: ignore[union-attr]


def test_a_macro_by_its_shortcut_asks_for_what_is_missing(
    page: Page, agent: User, departments: dict[str, Department]
) -> None:
    home = departments["customer_service"]
    text = "Hi {{ contact.first_name }}, this is {{ agent.first_name }}."
    Macro.objects.create(name="Hello", shortcut="hi", text=text, department=home)
    page.reload()
    expect(page.locator("#reply-box")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("/h")
    expect(page.get_by_role("option", name="/hi")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Hi Pia, this is Maya.")
    page.locator("#reply").fill("")
    page.locator("#thread").focus()
    page.keyboard.press("m")
    page.keyboard.type("hell")
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Hi Pia, this is Maya.")


def test_people_of_the_thread_are_suggested(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Thanks @pi")
    expect(page.get_by_role("option", name="@piaholm")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#reply")).to_have_value("Thanks @piaholm ")


def test_private_looks_private(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator(".audience.when-public")).to_be_visible()
    page.get_by_label("Private").check()
    expect(page.locator(".audience.when-private")).to_contain_text("Only Pia Holm can read this.")
    expect(page.locator(".audience.when-public")).to_be_hidden()
    expect(page.get_by_role("button", name="Send in private")).to_be_visible()


def test_a_picture_is_added_described_and_asked_about(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "loaf.png"
    Image.new("RGB", (8, 8), "brown").save(picture)
    page.keyboard.press("r")
    page.keyboard.type("Here is a fresh one")
    page.locator(".attach > summary").click()
    page.locator("#reply-file").set_input_files(str(picture))
    expect(page.get_by_label("What is to be seen in loaf.png?")).to_be_visible()
    expect(page.locator("#reply")).to_have_value("Here is a fresh one")
    page.locator("#send-reply").click()
    expect(page.locator("#reply-alert")).to_contain_text("people who do not see it")
    page.get_by_label("What is to be seen in loaf.png?").fill("A loaf")
    page.locator("#send-reply").click()
    expect(page.locator("#reply")).to_have_value("")
    assert [u.alt for u in Reply.objects.get().uploads.all()] == ["A loaf"]


def test_a_discarded_draft_comes_back(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Never mind")
    expect(page.locator("#reply-state")).to_have_text("Saved")
    page.get_by_role("button", name="Discard the draft").click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#reply")).to_have_value("Never mind")


def test_another_action_on_the_ticket_keeps_what_is_typed(page: Page) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Half a thou")
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#toasts")).to_contain_text("is yours")
    expect(page.locator("#reply")).to_have_value("Half a thou")


def test_escape_leaves_and_an_empty_reply_closes(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reply")).to_be_hidden()
    expect(page.locator("#reply-opener")).to_be_focused()


def test_everything_works_without_javascript(agent: User, ticket: Ticket, desk: Desk) -> None:
    Macro.objects.create(name="Hello", text="Hi {{ contact.first_name }}.")
    page = desk(agent, f"/t/{ticket.pk}/", java_script_enabled=False)
    page.get_by_role("link", name="Write a reply").click()
    page.locator("#reply").fill("Sorry!")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#reply")).to_have_value("Sorry!")
    page.locator("#macro-menu > summary").click()
    page.get_by_role("button", name="Hello").click()
    expect(page.locator("#reply")).to_have_value("Sorry!\n\nHi Pia.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("Hi Pia.")
    page.get_by_role("button", name="Send in public").click()
    page.wait_for_url(f"**/t/{ticket.pk}/")
    assert Reply.objects.get().state == Reply.State.APPROVED
