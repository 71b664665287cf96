"""Another department is asked and answers, by keyboard, and a bell rings."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Department, User
from inbox.models import Channel, Consult, Ticket
from inbox.services import consults, notes
from tests.browser.conftest import Desk
from tests.browser.renewing import renew_before_the_answer
from tests.factories import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"], "Is it true about the palm oil?")


def test_asking_and_answering_without_the_mouse(
    ticket: Ticket, agent: User, pr_officer: User, desk: Desk, live_process: None
) -> None:
    page, other = desk(agent, f"/t/{ticket.pk}/"), desk(pr_officer, "/q/all/")
    expect(other.locator("#rows .row")).to_have_count(1)
    page.keyboard.press("q")
    press_until(page, "Space", "input[name=department][value=pr]")
    page.locator("#question").focus()
    page.keyboard.type("May we say when it ends?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("PR is asked")
    expect(page.locator("#consults")).to_contain_text("Maya Adeyemi asks PR")
    # The other browser hears of it by itself.
    expect(other.locator("#bell [data-count]")).to_have_text("1")
    expect(other.locator("#queues [data-count=consults]")).to_have_text("1")
    other.keyboard.press("g")
    other.keyboard.press("c")
    other.wait_for_url("**/q/consults/")
    other.keyboard.press("j")
    other.keyboard.press("Enter")
    expect(other.locator("#consults")).to_contain_text("May we say when it ends?")
    other.keyboard.press("q")
    expect(other.locator("#consults textarea")).to_be_focused()
    other.keyboard.type("By the end of March.")
    other.keyboard.press("Tab")
    other.keyboard.press("Enter")
    expect(other.locator("#toasts")).to_contain_text("Answered")
    expect(page.locator("#side")).to_contain_text("By the end of March.")
    assert Consult.objects.get().answer == "By the end of March."


def test_the_answer_is_confirmed_though_its_question_was_taken_off_the_page_meanwhile(
    ticket: Ticket, agent: User, pr_officer: User, departments: dict[str, Department], desk: Desk
) -> None:
    consults.ask(ticket=ticket, department=departments["pr"], question="May we?", by=agent)
    page = desk(pr_officer, f"/t/{ticket.pk}/")

    renew_before_the_answer(page, "**/answer/**")
    page.keyboard.press("q")
    page.locator("#consults textarea").fill("By the end of March.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Answered")
    expect(page.locator("#consults")).to_have_count(0)


def test_the_bell_opens_on_any_page_and_rings_there(
    ticket: Ticket, agent: User, colleague: User, desk: Desk, live_process: None
) -> None:
    page = desk(agent, "/keyboard/")
    expect(page.locator("#bell [data-count]")).to_be_hidden()
    notes.add_note(ticket=ticket, text="@maya do you know this?", by=colleague)
    expect(page.locator("#bell [data-count]")).to_have_text("1")
    page.locator("#bell summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#bell .notice")).to_contain_text("Tom Brandt mentioned you")
    page.locator("#bell .notice a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("do you know this?")


def press_until(page: Page, key: str, selector: str) -> None:
    """Go to a control by keyboard and press `key` there."""
    page.locator(selector).focus()
    page.keyboard.press(key)
    expect(page.locator(selector)).to_be_checked()
