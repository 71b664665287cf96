"""Building a rule by keyboard alone, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Department, User
from routing import services
from routing.models import Rule
from tests.browser.axe import in_every_look, violations
from tests.browser.conftest import Desk
from tests.routing.trees import all_of, phrase, word

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def rules(departments: dict[str, Department], pr_officer: User) -> list[Rule]:
    pr = departments["pr"]
    names = ("One", "Two", "Three")
    return [services.create_rule(by=None, name=n, conditions=word(n), department=pr) for n in names]


def order() -> list[str]:
    return list(Rule.objects.values_list("name", flat=True))


def tab_to(page: Page, name: str, *, key: str = "Tab", most: int = 80) -> None:
    """Press Tab until what is called `name` has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        called = page.evaluate(
            "(e => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent)"
            "(document.activeElement)"
        )
        if name == " ".join((called or "").split()):
            return
    raise AssertionError(f"“{name}” was not reached.")


def choose(page: Page, label: str) -> None:
    """Press the arrow key in the focused list until `label` is chosen."""
    for _ in range(30):
        if page.evaluate("document.activeElement.selectedOptions[0].label") == label:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"“{label}” cannot be chosen.")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_rule_is_built_by_keyboard_alone(
    admin: User, rules: list[Rule], desk: Desk, scripts: bool
) -> None:
    page = desk(admin, "/settings/rules/", java_script_enabled=scripts)
    if not scripts:
        build_without_scripts(page)
        return
    build_by_keyboard(page)
    rule = Rule.objects.get(name="Palm oil")
    near = {"near": {"words": ["palm", "forest"], "within": 5}}
    assert rule.conditions == all_of({"phrase": ["palm oil"]}, {"any": [near]})
    assert rule.department
    assert rule.department.slug == "pr"


def build_by_keyboard(page: Page) -> None:
    tab_to(page, "Add a rule")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rules/new/"))
    tab_to(page, "Name")
    page.keyboard.type("Palm oil")
    tab_to(page, "says one of these phrases")
    page.keyboard.type("palm oil")
    tab_to(page, "Add group")
    page.keyboard.press("Enter")
    expect(page.locator("#n1-add")).to_be_focused()
    choose(page, "has two words close together")
    tab_to(page, "Add condition to group 2")
    page.keyboard.press("Enter")
    expect(page.locator("#n1-1-one")).to_be_focused()
    page.keyboard.type("palm")
    tab_to(page, "The other word")
    page.keyboard.type("forest")
    tab_to(page, "Remove condition 2.1 (says one of these phrases)", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#n1 .node")).to_have_count(1)
    tab_to(page, "Then the post")
    choose(page, "goes to PR")
    tab_to(page, "A text")
    page.keyboard.type("No palm oil, save the palm and its forest!")
    tab_to(page, "Check the rule")
    page.keyboard.press("Enter")
    expect(page.locator("#n0-lit")).to_contain_text("fits")
    expect(page.locator("#builder-verdict")).to_contain_text("The text fits this rule")
    assert violations(page) == []
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The rule is in force.")


def build_without_scripts(page: Page) -> None:
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Name").fill("Palm oil")
    page.locator("#n0-entries").fill("palm oil")
    page.locator("#n-group-button").click()
    page.locator("#n1-0-entries").fill("forest")
    page.get_by_role("textbox", name="A text").fill("palm oil")
    page.get_by_role("button", name="Check the rule").click()
    expect(page.locator("#n0-lit")).to_contain_text("fits")
    expect(page.locator("#n1-lit")).to_contain_text("does not fit")
    page.get_by_label("Then the post").select_option("goes to PR")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("The rule is in force.")
    tree = all_of({"phrase": ["palm oil"]}, {"any": [{"phrase": ["forest"]}]})
    assert Rule.objects.get(name="Palm oil").conditions == tree


def test_rules_are_reordered_by_keyboard(admin: User, rules: list[Rule], desk: Desk) -> None:
    page = desk(admin, "/settings/rules/")
    tab_to(page, "Move Three up")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rule]").nth(1)).to_contain_text("Three")
    assert order() == ["One", "Three", "Two"]


def test_a_rule_is_moved_far_by_pressing_one_key_again(
    admin: User, rules: list[Rule], desk: Desk
) -> None:
    page = desk(admin, "/settings/rules/")
    up, down = (page.get_by_role("button", name=f"Move Three {way}") for way in ("up", "down"))
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("“Three” is number 2 of 3 now.")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-rule]").nth(0)).to_contain_text("Three")
    expect(down).to_be_focused()
    assert order() == ["Three", "One", "Two"]


def test_who_switches_a_rule_stays_on_its_switch(
    admin: User, rules: list[Rule], desk: Desk
) -> None:
    page = desk(admin, "/settings/rules/")
    page.get_by_role("button", name="Switch Two off", exact=True).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("“Two” is off.")
    expect(page.get_by_role("button", name="Switch Two on", exact=True)).to_be_focused()


def test_rules_are_dragged_into_another_order(admin: User, rules: list[Rule], desk: Desk) -> None:
    page = desk(admin, "/settings/rules/")
    rows = page.locator("[data-rule]")
    with page.expect_navigation():
        rows.nth(2).locator("td").first.drag_to(rows.nth(0).locator("td").first)
    expect(rows.nth(0)).to_contain_text("Three")
    assert order() == ["Three", "One", "Two"]
    with page.expect_navigation():
        rows.nth(0).locator("td").first.drag_to(rows.nth(1).locator("td").first)
    expect(rows.nth(1)).to_contain_text("Three")
    assert order() == ["One", "Three", "Two"]


def test_faults_show_while_editing(admin: User, rules: list[Rule], desk: Desk) -> None:
    services.create_rule(by=None, name="Oil", conditions=phrase("oil"))
    page = desk(admin, "/settings/rules/new/")
    page.locator("#n0-entries").fill("palm oil")
    page.locator("#n0-entries").press("Tab")
    expect(page.locator("#builder-verdict")).to_contain_text("It is never reached: “Oil”")
    page.locator("#n-add").select_option("pattern")
    page.locator("#n-add-button").click()
    page.locator("#n1-entries").fill("price [9-0]")
    page.locator("#n1-entries").press("Tab")
    expect(page.locator("#n1-lit")).to_contain_text("At character 8, “9-0”")


def test_a_slow_check_takes_nothing_back_that_was_written_meanwhile(
    admin: User, desk: Desk
) -> None:
    page = desk(admin, "/settings/rules/new/")
    page.locator("#n0-entries").fill("palm oil")
    page.get_by_role("textbox", name="A text").fill("palm oil!")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/rules/new/", hold)
    with page.expect_request("**/rules/new/"):
        page.get_by_role("button", name="Check the rule").press("Enter")
    page.get_by_label("Why this change?").fill("It begins.")
    held[0].continue_()
    expect(page.locator("#n0-lit")).to_contain_text("fits")
    expect(page.locator("#builder-verdict")).to_contain_text("The text fits this rule")
    expect(page.get_by_label("Why this change?")).to_have_value("It begins.")


def test_axe_finds_nothing_on_the_pages_of_rules(
    admin: User, rules: list[Rule], desk: Desk
) -> None:
    services.update_rule(rule=rules[0], by=admin, tags=["x"], reason="why")
    services.propose_rule(by=admin, reason="why", rule=rules[1], priority=3)
    row = services.save_author_list(name="Press", handles=["kate"])
    page = desk(admin, f"/settings/rules/{rules[0].pk}/")
    assert in_every_look(page, [1440, 390]) == []
    proposal = rules[1].proposals.get().pk
    paths = ["", "new/", f"{rules[0].pk}/history/", f"proposals/{proposal}/", f"lists/{row.pk}/"]
    for path in paths:
        page.goto(f"/settings/rules/{path}")
        assert in_every_look(page, [1440, 390]) == [], path
