"""From the sign-in to the resolved ticket, by a person of each department."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from tests.browser.conftest import Desk
from tests.factories import make_ticket
from tests.personas import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = [
    ("agent", "customer_service", "pr"),
    ("pr_officer", "pr", "customer_service"),
    ("triager", "marketing", "pr"),
    ("hr_partner", "hr", "customer_service"),
]


@pytest.mark.parametrize(("persona", "home", "elsewhere"), PEOPLE)
def test_a_person_of_each_department_works_a_ticket_from_sign_in_to_resolved(
    persona: str,
    home: str,
    elsewhere: str,
    request: pytest.FixtureRequest,
    departments: dict[str, Department],
    channel: Channel,
    desk: Desk,
) -> None:
    person: User = request.getfixturevalue(persona)
    ticket = make_ticket(channel, departments[home], "Please help me.")
    page = desk(None)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"/q/{home}/"))

    page.get_by_role("link", name=str(ticket.contact)).click()
    expect(page.locator("#thread")).to_contain_text("Please help me.")
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#toasts")).to_contain_text("is yours")
    expect(page.locator("#actions")).to_contain_text("Me")

    page.get_by_label("Internal note").fill("Looking into it.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#thread .note")).to_contain_text("Looking into it.")

    page.locator("summary", has_text="Hand over").click()
    page.locator(f"input[name=to][value={elsewhere}]").check()
    page.get_by_label("Reason").fill("Wrong department")
    page.get_by_role("button", name="Hand over").click()
    toast = page.locator(".toast", has_text="handed over")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    expect(page.locator("#ticket-title")).to_contain_text(str(ticket.contact))

    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#toasts")).to_contain_text("is resolved")
    expect(page.locator("#list-empty")).to_be_visible()
    expect(page.locator(f"#row-{ticket.pk}")).to_have_count(0)
    ticket.refresh_from_db()
    assert ticket.state == Ticket.State.RESOLVED
    assert ticket.department == departments[home]
