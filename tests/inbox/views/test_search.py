"""The search page, receipts and keys."""

from __future__ import annotations

import pytest

from accounts.models import User
from inbox.models import Ticket
from tests.factories import make_note
from tests.inbox.views.conftest import Browser

pytestmark = pytest.mark.django_db


def test_without_words_the_page_explains_the_query_language(agent: User, browser: Browser) -> None:
    page = browser(agent).get("/search/").content.decode()
    assert "What are you looking for?" in page
    assert "deliv*" in page


def test_findings_are_highlighted_and_grouped_by_ticket(
    agent: User, colleague: User, ticket: Ticket, browser: Browser
) -> None:
    make_note(ticket, colleague, "The bread again.", search_config="english")
    page = browser(agent).get("/search/", {"q": "breads"}).content.decode()
    assert page.count('class="hit"') == 1
    assert "<mark>bread</mark>" in page


def test_what_cannot_be_seen_is_not_found(admin: User, hr_ticket: Ticket, browser: Browser) -> None:
    page = browser(admin).get("/search/", {"q": "manager"}).content.decode()
    assert "Nothing found that you can see" in page


@pytest.mark.parametrize("text", ['"', "*", "-", "#", "a" * 5000, "<script>", "\0", "' OR 1=1"])
def test_nonsense_is_survived(agent: User, browser: Browser, text: str) -> None:
    answer = browser(agent).get("/search/", {"q": text})
    assert answer.status_code == 200
    assert "<script>&" not in answer.content.decode()


def test_the_keys_are_on_a_page(agent: User, browser: Browser) -> None:
    page = browser(agent).get("/keyboard/").content.decode()
    assert "Hand over" in page


def test_an_empty_box_of_receipts_says_how_to_fill_it(agent: User, browser: Browser) -> None:
    assert "handed over nothing yet" in browser(agent).get("/receipts/").content.decode()
