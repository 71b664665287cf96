"""Moving conditions and groups of a rule from group to group: by keyboard, by drag, by touch."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from routing import services
from routing.models import Rule, RuleVersion
from tests.browser.axe import in_every_look
from tests.browser.conftest import Desk
from tests.routing.trees import all_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]
PALM, OIL, FOREST, RAIN = ({"phrase": [text]} for text in ("palm", "oil", "forest", "rain"))


@pytest.fixture
def rule(admin: User) -> Rule:
    """Palm, and any of oil and forest, and no rain."""
    tree = all_of(PALM, {"any": [OIL, FOREST]}, {"none": [RAIN]})
    return services.create_rule(by=admin, name="Palm", conditions=tree)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")


def kept(rule: Rule) -> object:
    return Rule.objects.get(pk=rule.pk).conditions


def is_focused(page: Page, name: str) -> None:
    expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()


def drag(page: Page, place: str, to: Locator, *, at: float) -> None:
    """Drag what stands at `place` by its handle, to so far down in `to`: 0 to 1."""
    page.locator(f"#{place} > .node-head [data-grip]").hover()
    page.mouse.down()
    box = to.bounding_box()
    assert box
    for step in (4, 2, 0):
        page.mouse.move(box["x"] + 200 + step, box["y"] + box["height"] * at, steps=2)
    page.mouse.up()


def landed(page: Page, said: str) -> None:
    expect(page.locator("[data-said]")).to_have_text(said)
    # Moves that follow each other quickly are announced together.
    expect(page.locator("#announcer")).to_contain_text(said)


def test_a_condition_goes_through_the_groups_by_one_key(
    admin: User, rule: Rule, desk: Desk
) -> None:
    page = desk(admin, f"/settings/rules/{rule.pk}/")
    page.get_by_role("textbox", name="A text").fill("palm and forest")
    page.get_by_role("button", name="Move condition 1 (says one of these phrases) down").focus()
    page.keyboard.press("Enter")
    landed(page, "Now number 1 of 3 in group 1, “Any of these”.")
    is_focused(page, "Move condition 1.1 (says one of these phrases) down")
    for name in ("1.2", "1.3", "2"):
        page.keyboard.press("Enter")
        is_focused(page, f"Move condition {name} (says one of these phrases) down")
    landed(page, "Now number 2 of 3, in no group.")
    page.keyboard.press("Enter")
    is_focused(page, "Move condition 2.1 (says one of these phrases) down")
    expect(page.locator("#n1-0-lit")).to_contain_text("fits")
    expect(page.locator("#builder-verdict")).to_contain_text("does not fit this rule")
    save(page)
    assert kept(rule) == all_of({"any": [OIL, FOREST]}, {"none": [PALM, RAIN]})
    assert RuleVersion.objects.filter(rule=rule.pk).count() == 2


def test_a_group_goes_into_a_group_by_keyboard_and_comes_back(
    admin: User, rule: Rule, desk: Desk
) -> None:
    page = desk(admin, f"/settings/rules/{rule.pk}/")
    page.get_by_role("button", name="Move group 3 up").focus()
    page.keyboard.press("Enter")
    landed(page, "Now number 3 of 3 in group 2, “Any of these”.")
    is_focused(page, "Move group 2.3 up")
    page.keyboard.press("Tab")
    is_focused(page, "Move group 2.3 down")
    page.keyboard.press("Enter")
    landed(page, "Now number 3 of 3, in no group.")
    is_focused(page, "Move group 3 up")
    save(page)
    assert kept(rule) == all_of(PALM, {"any": [OIL, FOREST]}, {"none": [RAIN]})


def test_conditions_and_groups_are_dragged_into_groups_and_out(
    admin: User, rule: Rule, desk: Desk
) -> None:
    page = desk(admin, f"/settings/rules/{rule.pk}/", viewport={"width": 1440, "height": 1400})
    drag(page, "n0", page.locator("#n1-1"), at=0.2)
    landed(page, "Now number 2 of 3 in group 1, “Any of these”.")
    drag(page, "n0-0", page.locator("#n1"), at=0.01)
    landed(page, "Now number 2 of 3, in no group.")
    drag(page, "n2", page.locator("#n0-1"), at=0.9)
    landed(page, "Now number 3 of 3 in group 1, “Any of these”.")
    is_focused(page, "Move group 1.3 up")
    save(page)
    assert kept(rule) == all_of({"any": [PALM, FOREST, {"none": [RAIN]}]}, OIL)


def test_a_group_is_not_dragged_into_itself(admin: User, rule: Rule, desk: Desk) -> None:
    page = desk(admin, f"/settings/rules/{rule.pk}/", viewport={"width": 1440, "height": 1400})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    drag(page, "n1", page.locator("#n1-1"), at=0.9)
    drag(page, "n0", page.locator("#n0"), at=0.9)
    expect(page.locator(".held, .drop-before, .drop-after, .drop-into")).to_have_count(0)
    assert "POST" not in asked
    save(page)
    assert kept(rule) == all_of(PALM, {"any": [OIL, FOREST]}, {"none": [RAIN]})


def test_what_would_be_too_deep_stays_and_says_why(admin: User, rule: Rule, desk: Desk) -> None:
    deep: dict[str, Any] = OIL
    for _ in range(5):
        deep = {"any": [deep]}
    services.update_rule(rule=rule, by=admin, conditions=all_of({"none": [RAIN]}, deep))
    page = desk(admin, f"/settings/rules/{rule.pk}/", viewport={"width": 1440, "height": 1600})
    drag(page, "n0", page.locator("#n1-0-0-0-0-0"), at=0.2)
    landed(page, "It stays here. Groups are nested at most 6 deep.")
    save(page)
    assert kept(rule) == all_of({"none": [RAIN]}, deep)


def test_on_a_phone_buttons_move_it(admin: User, rule: Rule, desk: Desk) -> None:
    phone = {"width": 390, "height": 844}
    page = desk(admin, f"/settings/rules/{rule.pk}/", viewport=phone, has_touch=True)
    page.get_by_role("button", name="Move condition 2.1 (says one of these phrases) up").tap()
    landed(page, "Now number 2 of 4, in no group.")
    button = page.get_by_role("button", name="Move condition 2 (says one of these phrases) up")
    expect(button).to_be_in_viewport()
    assert in_every_look(page, [390, 1440]) == []
    save(page)
    assert kept(rule) == all_of(PALM, OIL, {"any": [FOREST]}, {"none": [RAIN]})


def test_it_moves_without_scripts(admin: User, rule: Rule, desk: Desk) -> None:
    page = desk(admin, f"/settings/rules/{rule.pk}/", java_script_enabled=False)
    page.get_by_role("button", name="Move condition 2.2 (says one of these phrases) down").click()
    expect(page.locator("#n2-lit")).to_contain_text("Now number 3 of 4, in no group.")
    save(page)
    assert kept(rule) == all_of(PALM, {"any": [OIL]}, FOREST, {"none": [RAIN]})
