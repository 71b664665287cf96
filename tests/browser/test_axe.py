"""axe-core finds nothing on any page, light or dark, wide or narrow."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from accounts.models import Department, User
from inbox.models import Channel, PostVersion, Tag, Ticket
from inbox.services.notes import add_note
from inbox.services.tickets import claim, hand_over, set_priority, snooze
from inbox.settings_menu import ENTRIES
from publishing.models import Macro
from publishing.services import add_upload, save_draft
from routing.models import Decision
from tests.browser.axe import in_every_look
from tests.browser.conftest import Desk
from tests.factories import make_post, make_ticket

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]
DESK_AND_PHONE = (1440, 390)


@pytest.fixture
def ticket(
    channel: Channel, departments: dict[str, Department], agent: User, colleague: User
) -> Ticket:
    """A ticket with one of everything."""
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    home = departments["customer_service"]
    ticket = make_ticket(channel, home, "Please help me, the bread was burnt.")
    ticket.decision = Decision.objects.create(
        department=home,
        method="classifier",
        confidence=0.9,
        probabilities={"customer_service": 0.9, "pr": 0.1},
        reasons=[{"word": "burnt", "weight": 1.0}],
    )
    ticket.save()
    ticket.tags.add(*(Tag.objects.create(name=f"tag {n}") for n in range(15)))
    post = make_post(ticket, "Long. " * 400, edited_at=now, counts={"likes": 3})
    PostVersion.objects.create(post=post, text="Before.", written_at=now)
    make_post(ticket, "Gone.", deleted_at=now, rating=2, url="https://network.example/1")
    make_post(ticket, "مرحبا", is_private=True)
    make_post(ticket, "We are sorry.", is_own=True, parent=post)
    add_note(ticket=ticket, text="@tom please look", by=agent)
    claim(ticket=ticket, by=agent)
    set_priority(ticket=ticket, priority=3, by=agent)
    snoozed = make_ticket(channel, home, "Later.", is_private=True)
    snooze(ticket=snoozed, until=now + timedelta(days=1), by=agent)
    moved = make_ticket(channel, home, "Elsewhere.")
    hand_over(ticket=moved, to=departments["hr"], by=agent, reason="About a colleague.")
    return ticket


def test_axe_finds_nothing_on_the_pages_of_an_agent(
    agent: User, ticket: Ticket, desk: Desk
) -> None:
    paths = ["/q/customer_service/", f"/t/{ticket.pk}/", "/q/mine/", "/queues/", "/q/snoozed/"]
    paths += ["/q/all/?language=fi", "/q/all/filters/", f"/t/{ticket.pk}/assign/"]
    paths += ["/search/", "/search/?q=bread", "/search/?q=nothing", "/receipts/", "/keyboard/"]
    paths += ["/t/999999/"]
    page = desk(agent)
    for path in paths:
        page.goto(path)
        assert in_every_look(page) == [], path


def test_axe_finds_nothing_in_open_menus_and_messages(
    agent: User, ticket: Ticket, desk: Desk
) -> None:
    page = desk(agent, f"/t/{ticket.pk}/?q=customer_service")
    for menu in ("assign", "snooze", "hand-over"):
        page.locator(f"[data-menu={menu}] > summary").click()
        expect(page.locator(f"[data-menu={menu}] form").first).to_be_visible()
        assert in_every_look(page, [1440]) == [], menu
    page.locator("[data-menu=hand-over] > summary").click()
    page.locator(".why summary").click()
    page.locator("#tags-editor summary").click()
    page.locator("#note").fill("@t")
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()
    assert in_every_look(page, [1440]) == []
    page.get_by_role("button", name="Low").click()
    expect(page.locator(".toast")).to_be_visible()
    assert in_every_look(page, [1440]) == []
    page.keyboard.press("Escape")
    page.locator("#thread").focus()
    page.keyboard.press("?")
    assert in_every_look(page, [1440]) == []


def test_axe_finds_nothing_in_the_composer(agent: User, ticket: Ticket, desk: Desk) -> None:
    Channel.objects.update(network="x", connector="demo-x")
    Macro.objects.create(name="Late", shortcut="late", text="Hi {{ contact.first_name }}")
    draft = save_draft(ticket=ticket, author=agent, text="Sorry! " * 50)
    picture = BytesIO()
    Image.new("RGB", (8, 8), "brown").save(picture, "PNG")
    add_upload(reply=draft, content=picture.getvalue(), name="loaf.png", by=agent)
    page = desk(agent, f"/t/{ticket.pk}/")
    expect(page.locator("#reply")).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.locator("#reply").fill("Sorry /l")
    expect(page.locator("#reply-suggestions [role=option]").first).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_be_visible()
    page.locator("#macro-menu > summary").click()
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.keyboard.press("Escape")
    page.locator("#send-reply").click()
    expect(page.locator("#reply-alert")).to_be_visible()
    assert in_every_look(page, DESK_AND_PHONE) == []
    page.goto(f"/tickets/{ticket.pk}/composer/")
    assert in_every_look(page, DESK_AND_PHONE) == []


def test_axe_finds_nothing_for_an_observer(observer: User, ticket: Ticket, desk: Desk) -> None:
    page = desk(observer, f"/t/{ticket.pk}/")
    assert in_every_look(page, [1440]) == []


def test_axe_finds_nothing_on_the_settings_and_at_the_entrance(
    admin: User, ticket: Ticket, desk: Desk
) -> None:
    entrance = desk(None, "/accounts/login/")
    assert in_every_look(entrance, DESK_AND_PHONE) == []
    page = desk(admin, "/settings/departments/")
    others = (
        *("inbox:contradictions", "inbox:first_hour", "inbox:lesson_imports"),
        "publishing:macro_create",
    )
    for path in [reverse(name) for name in (*(entry.url_name for entry in ENTRIES), *others)]:
        page.goto(path)
        assert in_every_look(page, DESK_AND_PHONE) == [], path
