"""On a phone: one pane at a time, nothing beyond the edge, nothing too small for a thumb.

On a small desk nothing is beyond the edge either.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Department, SlaPolicy, User
from accounts.services.sla import save_policy
from inbox.models import Channel, ChannelQuota, ChannelState, Ticket
from inbox.services.tickets import hand_over
from publishing.models import Macro
from routing.models import Incident
from routing.services import create_rule, save_incident
from tests.browser.conftest import Desk
from tests.factories import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TOO_SMALL = """() => [...document.querySelectorAll(
    'a, button, summary, select, label:has(input), input:not([type=hidden], label input)')]
  .filter((el) => el.checkVisibility({visibilityProperty: true}))
  .filter((el) => !el.closest('.sr-only, p, .user-text'))
  .filter((el) => !el.matches('.sr-only, .row-link, .hit a'))
  .map((el) => [el.getBoundingClientRect(), el])
  .filter(([box]) => box.height > 0 && box.height < 43.5)
  .map(([box, el]) => `${el.outerHTML.slice(0, 90)} ${box.height}`)"""
TABLES = [
    *("/incidents/", "/receipts/", "/settings/departments/", "/settings/people/"),
    *("/settings/skills/", "/settings/sla/", "/settings/channels/", "/settings/rules/"),
    *("/settings/macros/", "/settings/health/", "/settings/audit/"),
]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    return make_ticket(channel, departments["customer_service"], "Please help me. " + "w" * 300)


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_one_pane_at_a_time_and_back(agent: User, ticket: Ticket, desk: Desk) -> None:
    page = desk(agent, **PHONE)
    expect(page.locator("#ticket")).to_be_hidden()
    page.get_by_role("link", name=str(ticket.contact)).click()
    expect(page.locator("#thread")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_role("link", name="Back to Customer service").click()
    expect(page.locator("#list")).to_be_visible()
    expect(page).to_have_url(re.compile("/q/customer_service/"))
    page.go_back()
    expect(page.locator("#thread")).to_be_visible()


def test_the_story_of_the_contact_is_a_drawer(agent: User, ticket: Ticket, desk: Desk) -> None:
    page = desk(agent, f"/t/{ticket.pk}/", **PHONE)
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("link", name="Contact, tags and timeline").click()
    expect(page.locator("#side")).to_be_visible()
    page.locator("#side").get_by_role("link", name="Close").click()
    expect(page.locator("#side")).to_be_hidden()


def test_the_bottom_bar_leads_to_the_queues(agent: User, ticket: Ticket, desk: Desk) -> None:
    page = desk(agent, **PHONE)
    page.get_by_role("navigation", name="Main queues").get_by_role("link", name="Queues").click()
    page.locator("#queues").get_by_role("link", name="Marketing").click()
    expect(page).to_have_url(re.compile("/q/marketing/"))


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize(
    "path", ["/q/customer_service/", "/t/{pk}/", "/search/?q=help", "/receipts/", "/keyboard/"]
)
def test_nothing_is_beyond_the_edge_or_too_small(
    agent: User, ticket: Ticket, desk: Desk, path: str, width: int
) -> None:
    phone = {**PHONE, "viewport": {"width": width, "height": 700}}
    page = desk(agent, path.format(pk=ticket.pk), **phone)
    assert overflow(page) <= 0
    assert page.evaluate(TOO_SMALL) == []


@pytest.fixture
def tables(ticket: Ticket, departments: dict[str, Department], agent: User, admin: User) -> None:
    """A row for each table, with words that are too long for a column."""
    hand_over(ticket=ticket, to=departments["pr"], by=agent, reason="About palm oil. " * 9)
    save_incident(incident=Incident(), by=admin, title="Palm oil at Varu Mills", phrases=["palm"])
    policy = {"first_response_minutes": 60, "resolution_minutes": None}
    save_policy(policy=SlaPolicy(name="Press and public, day and night"), by=admin, **policy)
    Macro.objects.create(name="Please write to us in private", shortcut="private", text="Hi " * 40)
    words = {"format": 1, "tree": {"all": [{"phrase": ["palm oil", "w" * 60]}]}}
    create_rule(by=admin, name="To PR", conditions=words, department=departments["pr"])


@pytest.mark.parametrize("width", [320, 390])
def test_no_table_scrolls_sideways(
    admin: User, agent: User, tables: None, desk: Desk, width: int
) -> None:
    phone = {**PHONE, "viewport": {"width": width, "height": 700}}
    pages = {admin: desk(admin, **phone), agent: desk(agent, **phone)}
    for path in TABLES:
        page = pages[agent if path == "/receipts/" else admin]
        page.goto(path)
        boxes = page.locator(".table-scroll, .card:has(> .table)")
        assert boxes.count(), path
        for box in boxes.all():
            assert box.evaluate("(el) => el.scrollWidth - el.clientWidth") <= 0, path
        assert overflow(page) <= 0, path
        assert page.evaluate(TOO_SMALL) == [], path


def test_no_table_scrolls_sideways_on_a_small_desk(
    admin: User, agent: User, tables: None, channel: Channel, desk: Desk
) -> None:
    ChannelState.objects.update_or_create(channel=channel, defaults={"last_error": "answers 503"})
    ChannelQuota.objects.create(channel=channel, name="application", limit=5000, remaining=4999)
    small = {"viewport": {"width": 1024, "height": 768}}
    pages = {admin: desk(admin, **small), agent: desk(agent, **small)}
    for path in TABLES:
        page = pages[agent if path == "/receipts/" else admin]
        page.goto(path)
        for box in page.locator(".table-scroll, .card:has(> .table)").all():
            assert box.evaluate("(el) => el.scrollWidth - el.clientWidth") <= 0, path
        assert overflow(page) <= 0, path


def test_a_card_of_a_table_names_its_cells_and_is_read_as_a_table(
    admin: User, tables: None, desk: Desk
) -> None:
    page = desk(admin, "/incidents/", **PHONE)
    row = page.get_by_role("row").filter(has_text="Palm oil")
    state = row.get_by_role("cell").first
    drawn = "(el) => getComputedStyle(el, '::before').content"
    assert str(state.evaluate(drawn)).startswith('"State"')
    head = row.get_by_role("rowheader").bounding_box()
    cell = state.bounding_box()
    assert head
    assert cell
    assert cell["y"] >= head["y"] + head["height"] - 1
    tree = page.locator("table").aria_snapshot()
    assert '- columnheader "State"' in tree
    assert '- cell "Open"' in tree
