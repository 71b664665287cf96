"""Two people, two browsers, one ticket."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Department, User
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Ticket
from inbox.services import receive
from inbox.services.tickets import resolve
from tests.browser.conftest import Desk
from tests.browser.renewing import renew_before_the_answer
from tests.factories import make_ticket

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live_process"),
]


@pytest.fixture
def ticket(channel: Channel, departments: dict[str, Department]) -> Ticket:
    at = timezone.now() - timedelta(hours=1)
    ticket = make_ticket(channel, departments["customer_service"], "Please help me.", at=at)
    assert ticket.opening_post
    ticket.opening_post.external_id = "first"
    ticket.opening_post.save()
    return ticket


def settled(page: Page) -> Page:
    """The page once its stream is open."""
    streams = "performance.getEntriesByType('resource').filter(e => e.name.includes('/live/?'))"
    for _ in range(100):
        if page.evaluate(f"document.readyState === 'complete' || {streams}.length > 0"):
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(800)
    return page


def reply(channel: Channel, text: str) -> None:
    author = IncomingAuthor(external_id="anna", name="Anna Berg")
    post = IncomingPost(
        external_id=text,
        text=text,
        author=author,
        posted_at=timezone.now(),
        parent_external_id="first",
        kind="comment",
    )
    receive(channel, [post])


def test_two_claim_the_same_ticket_and_one_is_told_who_was_first(
    agent: User, colleague: User, ticket: Ticket, desk: Desk
) -> None:
    path = f"/t/{ticket.pk}/?q=customer_service"
    tom = desk(colleague, path)
    maya = desk(agent, path)
    # Maya's page hears nothing of Tom's claim, as on a slow line.
    maya.evaluate("() => { window.crossdesk.renewTicket = () => {}; }")
    tom.get_by_role("button", name="Claim").click()
    expect(tom.locator("#toasts")).to_contain_text("is yours")
    maya.get_by_role("button", name="Claim").click()
    alert = maya.get_by_role("alert")
    expect(alert).to_contain_text("Tom Brandt claimed this ticket")
    expect(maya.locator("#actions")).to_contain_text("Tom Brandt")
    assert Ticket.objects.get(pk=ticket.pk).assignee == colleague


def test_what_was_done_is_said_though_the_ticket_was_drawn_anew_meanwhile(
    agent: User, ticket: Ticket, desk: Desk
) -> None:
    page = desk(agent, f"/t/{ticket.pk}/?q=customer_service")

    renew_before_the_answer(page, "**/claim/**")
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#toasts")).to_contain_text("is yours")


def test_a_post_arrives_on_both_screens_within_a_second(
    agent: User, colleague: User, ticket: Ticket, channel: Channel, desk: Desk
) -> None:
    path = f"/t/{ticket.pk}/?q=customer_service"
    pages = [settled(desk(person, path)) for person in (agent, colleague)]
    pages[0].locator("#note").fill("Half a thou")
    started = time.monotonic()
    reply(channel, "Any news?")
    for page in pages:
        expect(page.locator("#thread")).to_contain_text("Any news?")
        expect(page.locator(f"#row-{ticket.pk}")).to_contain_text("Any news?")
    assert time.monotonic() - started < 3
    expect(pages[0].locator("#note")).to_have_value("Half a thou")
    expect(pages[0].locator("#thread .post")).to_have_count(2)


def test_a_new_ticket_joins_the_list_and_the_counts_without_a_reload(
    agent: User, ticket: Ticket, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    page = settled(desk(agent))
    page.evaluate("window.isTheSamePage = true")
    other = make_ticket(channel, departments["customer_service"], "Me too.")
    resolve(ticket=ticket, by=agent)
    from inbox import live

    live.publish([(other.pk, other.department_id, None)], kind="post")
    expect(page.locator(f"#row-{other.pk}")).to_contain_text("Me too.")
    expect(page.locator(f"#row-{ticket.pk}")).to_have_count(0)
    expect(page.locator("#queues [data-count=customer_service]")).to_have_text("1")
    assert page.evaluate("window.isTheSamePage")


def test_new_rows_above_a_scrolled_list_wait_behind_a_button(
    agent: User, channel: Channel, departments: dict[str, Department], desk: Desk
) -> None:
    from inbox import live

    home = departments["customer_service"]
    start = timezone.now() - timedelta(days=1)
    for n in range(30):
        make_ticket(channel, home, f"Number {n}.", at=start + timedelta(minutes=n))
    page = settled(desk(agent))
    page.locator("#scroller").evaluate("el => el.scrollTop = 600")
    seen = "document.elementFromPoint(400, 500).closest('.row').id"
    before = page.evaluate(seen)
    fresh = make_ticket(channel, home, "News!")
    live.publish([(fresh.pk, home.pk, None)], kind="post")
    expect(page.get_by_role("button", name="1 new ticket")).to_be_visible()
    assert page.evaluate(seen) == before
    page.get_by_role("button", name="1 new ticket").click()
    expect(page.locator(f"#row-{fresh.pk}")).to_be_in_viewport()


def test_a_ticket_handed_into_hr_leaves_the_screens_of_others(
    agent: User,
    colleague: User,
    ticket: Ticket,
    departments: dict[str, Department],
    desk: Desk,
) -> None:
    page = settled(desk(agent, f"/t/{ticket.pk}/?q=customer_service"))
    from inbox.services.tickets import hand_over

    hand_over(ticket=ticket, to=departments["hr"], by=colleague, reason="Private.")
    expect(page.locator("#toasts")).to_contain_text("You can no longer see this ticket")
    expect(page.locator("body")).not_to_contain_text("Please help me.")


def test_colleagues_see_who_else_is_looking(
    agent: User, colleague: User, ticket: Ticket, desk: Desk
) -> None:
    path = f"/t/{ticket.pk}/?q=customer_service"
    maya = settled(desk(agent, path))
    tom = desk(colleague, path)
    expect(maya.locator("#presence")).to_contain_text("Tom Brandt is viewing")
    expect(tom.locator("#presence")).to_contain_text("Maya Adeyemi is viewing")
    tom.goto("/q/mine/")
    expect(maya.locator("#presence")).not_to_contain_text("Tom")


def test_after_a_lost_connection_the_page_catches_up_and_says_so(
    agent: User, ticket: Ticket, channel: Channel, desk: Desk
) -> None:
    page = settled(desk(agent, f"/t/{ticket.pk}/?q=customer_service"))
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("Connection lost")
    reply(channel, "Are you there?")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_contain_text("Back online")
    expect(page.locator("#thread")).to_contain_text("Are you there?")
    expect(page.locator(f"#row-{ticket.pk}")).to_contain_text("Are you there?")
