"""Rehearsing a rule by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from routing import queries, services
from routing.facts import Facts
from routing.models import Rehearsal, Rule
from tests.browser.axe import violations
from tests.browser.conftest import Desk
from tests.browser.test_rule_builder import choose, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _posts(
    departments: dict[str, Department], channel: Channel, settings: Any, tmp_path: Path
) -> None:
    settings.MODEL_DIR = tmp_path
    queries._current = None
    for text in ("Palm oil is bad", "I love this bread", "No palm oil please"):
        decision = services.decide(Facts(text=text))
        Ticket.objects.create(channel=channel, decision=decision, excerpt=text)


def test_a_rule_is_rehearsed_and_saved_by_keyboard_alone(admin: User, desk: Desk) -> None:
    page = desk(admin, "/settings/rules/new/")
    tab_to(page, "Name")
    page.keyboard.type("Palm oil")
    tab_to(page, "says one of these phrases")
    page.keyboard.type("palm oil")
    tab_to(page, "Then the post")
    choose(page, "goes to PR")
    tab_to(page, "Rehearse")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/rehearsals/\d+/"))
    expect(page.get_by_label("Waiting for a worker")).to_be_visible()
    services.run_rehearsal(rehearsal=Rehearsal.objects.get())
    # The progress sees that it is done and draws the page anew.
    expect(page.get_by_text("Of 3 posts, 2 would go somewhere else.")).to_be_visible()
    assert violations(page) == []
    tab_to(page, "2 from Triage to PR: show examples")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=&to=pr"))
    expect(page.locator("#examples li")).to_have_count(2)
    tab_to(page, "Save this change", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved: what was rehearsed is in force.")
    assert Rule.objects.get().name == "Palm oil"
