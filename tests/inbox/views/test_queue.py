"""The list of a queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from inbox.models import Channel, Tag, Ticket
from tests.factories import make_contact, make_ticket
from tests.inbox.views.conftest import Browser

pytestmark = pytest.mark.django_db
LIST = "/q/customer_service/"


def test_home_is_the_queue_of_ones_own_department(agent: User, browser: Browser) -> None:
    assert browser(agent).get("/").headers["Location"] == LIST


def test_home_of_an_admin_is_everything_open(admin: User, browser: Browser) -> None:
    assert browser(admin).get("/").headers["Location"] == "/q/all/"


def test_a_stranger_is_sent_to_the_sign_in(client: object) -> None:
    answer = client.get(LIST)  # type: ignore[attr-defined]
    assert answer.status_code == 302
    assert "/accounts/login/" in answer.headers["Location"]


def test_the_list_shows_who_wrote_and_what(agent: User, ticket: Ticket, browser: Browser) -> None:
    page = browser(agent).get(LIST).content.decode()
    assert str(ticket.contact) in page
    assert ticket.excerpt in page
    assert f"/t/{ticket.pk}/?q=customer_service" in page


def test_the_list_is_drawn_with_few_queries(
    agent: User,
    channel: Channel,
    departments: dict[str, Department],
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(5):
        make_ticket(channel, departments["customer_service"])
    page = browser(agent)
    with django_assert_max_num_queries(12):
        page.get(LIST)


def test_a_confidential_queue_is_not_there_for_others(admin: User, browser: Browser) -> None:
    assert browser(admin).get("/q/hr/").status_code == 404
    assert 'data-queue="hr"' not in browser(admin).get("/q/all/").content.decode()


def test_triage_is_there_for_those_who_sort_it(
    agent: User, triager: User, browser: Browser
) -> None:
    assert browser(agent).get("/q/triage/").status_code == 404
    assert browser(triager).get("/q/triage/").status_code == 200


def test_a_confidential_ticket_is_on_no_list_of_others(
    admin: User, hr_partner: User, hr_ticket: Ticket, browser: Browser
) -> None:
    assert hr_ticket.excerpt not in browser(admin).get("/q/all/").content.decode()
    assert hr_ticket.excerpt in browser(hr_partner).get("/q/hr/").content.decode()


def test_more_rows_come_by_cursor_without_javascript(
    agent: User, channel: Channel, departments: dict[str, Department], browser: Browser
) -> None:
    start = timezone.now() - timedelta(days=1)
    for minute in range(52):
        at = start + timedelta(minutes=minute)
        make_ticket(channel, departments["customer_service"], f"Post {minute:02}.", at=at)
    first = browser(agent).get(LIST)
    assert b"Post 51." in first.content
    assert b"Post 01." not in first.content
    second = browser(agent).get(first.context["more_url"]).content
    assert b"Post 01." in second
    assert b"Post 51." not in second


def test_with_htmx_only_the_next_rows_are_sent(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent, htmx=True).get(LIST, {"after": ""}).content.decode()
    assert f'id="row-{ticket.pk}"' in page
    assert "<html" not in page


def test_a_filter_narrows_the_list_and_shows_a_chip_to_take_it_off(
    agent: User, channel: Channel, departments: dict[str, Department], browser: Browser
) -> None:
    tagged = make_ticket(channel, departments["customer_service"], "With a label.")
    tagged.tags.add(Tag.objects.create(name="Allergy & co"))
    make_ticket(channel, departments["customer_service"], "Without any.")
    query = {"tag": "allergy & CO", "order": "oldest"}
    answer = browser(agent).get(LIST, query)
    page = answer.content.decode()
    assert "With a label." in page
    assert "Without any." not in page
    assert [chip.url for chip in answer.context["filter_chips"]] == [f"{LIST}?order=oldest"]


@pytest.mark.parametrize("query", ["channel=x", "assignee=99999999999999999999", "since=nonsense"])
@pytest.mark.parametrize("more", ["after=%00%ff", "state=bogus", "tag=%00"])
def test_nonsense_in_the_address_is_survived(
    agent: User, browser: Browser, query: str, more: str
) -> None:
    assert browser(agent).get(f"{LIST}?{query}&{more}").status_code == 200


def test_the_filter_panel_remembers_what_was_chosen(agent: User, browser: Browser) -> None:
    panel = browser(agent).get(f"{LIST}filters/?state=pending&assignee=me").content.decode()
    assert '<option value="pending" selected>' in panel
    assert '<option value="me" selected>' in panel


def test_an_empty_queue_says_what_to_do_next(agent: User, browser: Browser) -> None:
    page = browser(agent).get("/q/mine/").content.decode()
    assert "You have no tickets" in page
    assert "/q/unassigned/" in page


def test_an_empty_filtered_list_offers_to_clear_the_filters(agent: User, browser: Browser) -> None:
    page = browser(agent).get("/q/all/?language=fi").content.decode()
    assert "No ticket matches these filters" in page


def test_hostile_names_and_words_are_escaped(
    agent: User, channel: Channel, departments: dict[str, Department], browser: Browser
) -> None:
    contact = make_contact("<script>alert(1)</script>")
    department = departments["customer_service"]
    make_ticket(channel, department, '"><img src=x onerror=alert(2)>', contact=contact)
    page = browser(agent).get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_phone_has_a_page_of_all_queues(agent: User, browser: Browser) -> None:
    page = browser(agent).get("/queues/").content.decode()
    assert "pane-queues" in page
