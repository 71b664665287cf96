"""The page of one ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from inbox.models import Channel, Mention, Note, PostVersion, Ticket
from inbox.services.notes import add_note
from inbox.services.tickets import claim, set_priority, snooze
from routing.models import Decision
from routing.services import create_rule
from tests.factories import make_note, make_post, make_ticket
from tests.inbox.views.conftest import Browser
from tests.routing.trees import word

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_conversation_beside_the_list(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert 'id="thread"' in page
    assert f'id="row-{ticket.pk}"' in page
    assert "My bread came burnt." in page


def test_with_htmx_only_the_ticket_is_sent(agent: User, ticket: Ticket, browser: Browser) -> None:
    page = browser(agent, htmx=True).get(f"/t/{ticket.pk}/?q=all").content.decode()
    assert 'id="thread"' in page
    assert "<html" not in page
    assert 'id="rows"' not in page


def test_an_outsider_gets_404(
    admin: User, outsider: User, hr_ticket: Ticket, browser: Browser
) -> None:
    for person in (admin, outsider):
        answer = browser(person).get(f"/t/{hr_ticket.pk}/")
        assert answer.status_code == 404
        assert "My manager" not in answer.content.decode()


def test_the_page_costs_few_queries(
    agent: User,
    colleague: User,
    ticket: Ticket,
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(9):
        make_post(ticket, f"And another thing, {number}.")
    make_note(ticket, colleague)
    page = browser(agent)
    with django_assert_max_num_queries(24):
        page.get(f"/t/{ticket.pk}/")


def test_posts_stand_in_order_with_the_page_s_own_post_above(
    agent: User, channel: Channel, departments: dict[str, Department], browser: Browser
) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    root = make_post(None, "Three new biscuits.", channel=channel, is_own=True, posted_at=long_ago)
    ticket = make_ticket(channel, departments["customer_service"], "Too sweet.")
    assert ticket.opening_post
    ticket.opening_post.parent = root
    ticket.opening_post.save()
    make_post(ticket, "We are sorry.", is_own=True, parent=ticket.opening_post)
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert (
        page.index("Three new biscuits.") < page.rindex("Too sweet.") < page.index("We are sorry.")
    )
    assert "post root" in page
    assert "post own" in page


def test_edits_and_deletions_are_visible(agent: User, ticket: Ticket, browser: Browser) -> None:
    now = timezone.now()
    post = make_post(ticket, "It was fine after all.", edited_at=now, deleted_at=now)
    PostVersion.objects.create(post=post, text="It was horrible.", written_at=now)
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert "1 earlier wording" in page
    assert "It was horrible." in page
    assert "deleted on the network" in page


def test_a_private_message_is_named_so(agent: User, ticket: Ticket, browser: Browser) -> None:
    make_post(ticket, "My address is 1 High Street.", is_private=True, kind="direct_message")
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert "Private message" in page


def test_hostile_posts_do_nothing(agent: User, ticket: Ticket, browser: Browser) -> None:
    make_post(
        ticket,
        '<script>alert(1)</script> javascript:alert(2) https://evil.example/"onmouseover="x',
        url="javascript:alert(3)",
        attachments=[{"type": "image", "url": "javascript:alert(4)", "alt": "<b>look</b>"}],
    )
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert 'href="javascript' not in page
    assert 'rel="noopener noreferrer nofollow ugc"' in page
    assert "<b>look" not in page


def test_a_very_long_post_is_folded(agent: User, ticket: Ticket, browser: Browser) -> None:
    make_post(ticket, "word " * 10_000 + "the end")
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert "Show all (50,000 characters)" in page
    assert "the end" in page


def test_the_timeline_tells_who_did_what(
    agent: User, colleague: User, ticket: Ticket, browser: Browser
) -> None:
    claim(ticket=ticket, by=agent)
    set_priority(ticket=ticket, priority=3, by=agent)
    page = browser(colleague).get(f"/t/{ticket.pk}/").content.decode()
    assert "Maya Adeyemi claimed it" in page
    assert "Maya Adeyemi set the priority to Urgent" in page


def test_a_snooze_is_told_in_the_readers_time_zone(
    agent: User, ticket: Ticket, browser: Browser
) -> None:
    agent.time_zone = "Asia/Tokyo"
    agent.save()
    until = (timezone.now() + timedelta(days=2)).replace(hour=1, minute=30)
    snooze(ticket=ticket, until=until, by=agent)
    assert "10:30" in browser(agent).get(f"/t/{ticket.pk}/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"method": "classifier", "confidence": 0.91}, "Customer service, 91 % sure, because of"),
        ({"method": "triage", "confidence": 0.4, "department": None}, "Triage: best guess"),
        ({"method": "rule", "confidence": 1}, "by the rule"),
    ],
)
def test_why_here_says_who_decided_and_how_sure(
    agent: User,
    ticket: Ticket,
    departments: dict[str, Department],
    browser: Browser,
    fields: dict[str, object],
    words: str,
) -> None:
    defaults = {
        "department": departments["customer_service"],
        "probabilities": {"customer_service": 0.91, "pr": 0.09},
        "reasons": [{"word": "burnt", "weight": 1.5}],
        "runner_up": "pr",
    }
    ticket.decision = Decision.objects.create(**{**defaults, **fields})
    ticket.save()
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert words in page
    assert "burnt</mark>" in page
    assert 'aria-label="Customer service 91 %, PR 9 %"' in page


def test_leads_are_led_to_the_version_of_the_rule_that_fired(
    agent: User, lead: User, ticket: Ticket, browser: Browser
) -> None:
    rule = create_rule(by=None, name="Burnt & cold", conditions=word("burnt"))
    told = {"name": rule.name, "rule": rule.pk, "version": 1, "reasons": ["burnt"]}
    ticket.decision = Decision.objects.create(method="rule", confidence=1, fired=[told])
    ticket.save()
    link = f'<a href="/settings/rules/{rule.pk}/history/#v1">Burnt &amp; cold, version 1</a>'
    assert link in browser(lead).get(f"/t/{ticket.pk}/").content.decode()
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert "Burnt &amp; cold, version 1" in page
    assert link not in page


@pytest.mark.parametrize(("method", "is_by_rule"), [("rule", True), ("classifier", False)])
def test_a_rule_found_its_words_and_weighed_none(
    agent: User, ticket: Ticket, browser: Browser, method: str, is_by_rule: bool
) -> None:
    ticket.decision = Decision.objects.create(
        department=ticket.department,
        method=method,
        probabilities={"customer_service": 0.91},
        reasons=[{"word": "burnt", "weight": 1.0}],
    )
    ticket.save()
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert ("Words the rule found" in page) == is_by_rule
    assert ("What the classifier would have said" in page) == is_by_rule
    assert ("<td>1.00</td>" in page) != is_by_rule


def test_opening_a_ticket_reads_its_mentions(
    agent: User, colleague: User, ticket: Ticket, browser: Browser
) -> None:
    add_note(ticket=ticket, text="@maya please look", by=colleague)
    assert browser(agent).get("/q/mentions/").context["nav"].queue("mentions").count == 1
    browser(agent).get(f"/t/{ticket.pk}/")
    assert Mention.objects.get().read_at is not None


def test_an_observer_reads_and_is_told_why_the_actions_are_off(
    observer: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(observer).get(f"/t/{ticket.pk}/").content.decode()
    assert "You are an observer" in page
    assert 'id="compose"' not in page
    assert f"/t/{ticket.pk}/claim/" not in page


def test_a_colleague_of_another_department_may_write_notes_only(
    pr_officer: User, ticket: Ticket, browser: Browser
) -> None:
    page = browser(pr_officer).get(f"/t/{ticket.pk}/").content.decode()
    assert "Only Customer service acts on this ticket" in page
    assert 'id="compose"' in page


def test_a_merged_ticket_leads_to_where_it_went(
    agent: User,
    ticket: Ticket,
    channel: Channel,
    departments: dict[str, Department],
    browser: Browser,
) -> None:
    other = make_ticket(channel, departments["customer_service"])
    other.merged_into = ticket
    other.save()
    assert browser(agent).get(f"/t/{other.pk}/").headers["Location"] == f"/t/{ticket.pk}/"


def test_viewers_see_each_other(
    agent: User, colleague: User, ticket: Ticket, browser: Browser
) -> None:
    browser(colleague).post(f"/t/{ticket.pk}/presence/")
    seen = browser(agent).post(f"/t/{ticket.pk}/presence/").content.decode()
    assert "Tom Brandt is viewing" in seen
    assert "Maya" not in seen
    browser(colleague).post(f"/t/{ticket.pk}/presence/", {"left": "1"})
    assert "Tom" not in browser(agent).get(f"/t/{ticket.pk}/presence/").content.decode()


def test_mentions_suggest_only_people_who_see_the_ticket(
    hr_partner: User, agent: User, hr_ticket: Ticket, browser: Browser
) -> None:
    answer = browser(hr_partner).get(f"/t/{hr_ticket.pk}/people/").json()
    assert [person["handle"] for person in answer["people"]] == ["hana"]
    assert browser(agent).get(f"/t/{hr_ticket.pk}/people/").status_code == 404


def test_names_in_notes_are_marked(agent: User, ticket: Ticket, browser: Browser) -> None:
    Note.objects.create(ticket=ticket, author=agent, text="ask @tom <b> tom@mail.example")
    page = browser(agent).get(f"/t/{ticket.pk}/").content.decode()
    assert '<span class="mention">@tom</span>' in page
    assert '<span class="mention">@mail' not in page
