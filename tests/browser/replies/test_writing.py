"""A reply in a real browser: typed, counted, sent, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from accounts.models import Department, User
from inbox.connectors import base
from inbox.connectors.base import Network
from inbox.models import Ticket
from publishing.models import Macro, Reply
from tests.browser.conftest import Desk
from tests.browser.replies.conftest import drafted

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
