"""The first hour and "right department", by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from routing.models import Decision, Lesson
from tests.browser.conftest import Desk
from tests.factories import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(channel: Channel, departments: dict[str, Department]) -> list[Ticket]:
    home = departments["customer_service"]
    texts = [
        "My parcel never arrived, where is it?",
        "The advert with the dancing bear is wonderful!",
        "You burn down forests for palm oil. Boycott!",
    ]
    return [
        make_ticket(
            channel,
            home,
            text,
            decision=Decision.objects.create(
                department=home, method="classifier", facts={"text": text}
            ),
        )
        for text in texts
    ]


def test_three_posts_are_answered_with_three_keys(
    admin: User, tickets: list[Ticket], desk: Desk
) -> None:
    page = desk(admin, "/settings/lessons/first-hour/")
    page.get_by_role("button", name="Begin").press("Enter")
    for n, key in enumerate(("1", "s", "x"), 1):
        expect(page.get_by_role("heading", name="Where does this post belong?")).to_be_visible()
        asked = page.locator("input[name=ticket]").get_attribute("value")
        page.keyboard.press(key)
        expect(page.locator(f"input[name=ticket][value='{asked}']")).to_have_count(0)
        assert Lesson.objects.count() == (1 if n < 3 else 2)
    page.get_by_text("No more posts to ask about").wait_for()
    assert {lesson.label for lesson in Lesson.objects.all()} == {"customer_service", "spam"}


def test_y_says_that_the_department_is_right_and_u_takes_it_back(
    agent: User, tickets: list[Ticket], desk: Desk
) -> None:
    page = desk(agent, f"/t/{tickets[0].pk}/?q=customer_service")
    page.locator("#thread").focus()
    page.keyboard.press("y")
    expect(page.locator("p.right-here")).to_contain_text("Right department")
    assert Lesson.objects.get().source == "confirmed"
    page.keyboard.press("u")
    expect(page.locator("form.right-here")).to_be_visible()
    assert not Lesson.objects.standing().exists()
