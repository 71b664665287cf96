"""Every action, by links and forms alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from inbox.models import Ticket
from tests.browser.conftest import Desk
from tests.factories import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticket(channel: object, departments: dict[str, object]) -> Ticket:
    return make_ticket(channel, departments["customer_service"], "Please help me.")  # type: ignore[arg-type]


@pytest.fixture
def page(agent: User, colleague: User, ticket: Ticket, desk: Desk) -> Page:
    return desk(agent, f"/t/{ticket.pk}/?q=customer_service", java_script_enabled=False)


def test_from_the_list_to_the_ticket_and_back(agent: User, ticket: Ticket, desk: Desk) -> None:
    page = desk(agent, java_script_enabled=False, viewport={"width": 390, "height": 800})
    page.get_by_role("link", name=str(ticket.contact)).click()
    expect(page.locator("#thread")).to_contain_text("Please help me.")
    page.get_by_role("link", name="Back to Customer service").click()
    expect(page).to_have_url(re.compile("/q/customer_service/"))


def test_claim_and_undo(page: Page, ticket: Ticket) -> None:
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#toasts")).to_contain_text("is yours")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_assign(page: Page, ticket: Ticket, colleague: User) -> None:
    page.locator("summary", has_text="Assign").click()
    page.get_by_role("link", name="Choose a person").click()
    page.get_by_label("Assign to").select_option(label="Tom Brandt")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("#toasts")).to_contain_text("is now with Tom Brandt")
    assert Ticket.objects.get(pk=ticket.pk).assignee == colleague


def test_note(page: Page) -> None:
    page.get_by_label("Internal note").fill("By hand.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#thread .note")).to_contain_text("By hand.")


def test_tags_and_priority(page: Page, ticket: Ticket) -> None:
    page.locator("summary", has_text="Edit tags").click()
    page.get_by_label("Tags, with commas between").fill("late, parcel")
    page.get_by_role("button", name="Save tags").click()
    expect(page.locator("#side")).to_contain_text("parcel")
    page.get_by_role("button", name="Urgent").click()
    expect(page.locator("#bar")).to_contain_text("Urgent")
    assert Ticket.objects.get(pk=ticket.pk).priority == Ticket.Priority.URGENT


@pytest.mark.parametrize(
    ("button", "state"), [("Tomorrow", "snoozed"), ("Until they write back", "pending")]
)
def test_putting_off(page: Page, ticket: Ticket, button: str, state: str) -> None:
    page.locator("summary", has_text="Snooze").click()
    page.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile("/q/customer_service/"))
    assert Ticket.objects.get(pk=ticket.pk).state == state


def test_hand_over(page: Page, ticket: Ticket) -> None:
    page.locator("summary", has_text="Hand over").click()
    page.get_by_role("radio", name="PR").check()
    page.get_by_label("Reason").fill("Press.")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("#toasts")).to_contain_text("handed over to PR")


def test_resolve_and_reopen(page: Page, ticket: Ticket) -> None:
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#toasts")).to_contain_text("is resolved")
    page.goto(f"/t/{ticket.pk}/")
    page.get_by_role("button", name="Re-open").click()
    expect(page.locator("#toasts")).to_contain_text("is open again")


def test_filter_order_and_search(page: Page) -> None:
    page.locator("#list summary[aria-label=Filter]").click()
    page.get_by_role("link", name="Choose filters").click()
    page.get_by_label("Language").select_option("fi")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#list-empty")).to_contain_text("No ticket matches these filters")
    page.get_by_role("link", name="Clear all").click()
    page.get_by_label("Order").select_option("oldest")
    page.get_by_role("button", name="Sort").click()
    expect(page).to_have_url(re.compile("order=oldest"))
    page.get_by_role("searchbox").fill("help")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".hit")).to_have_count(1)
