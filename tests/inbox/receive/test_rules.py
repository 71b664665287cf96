"""What rules ask for is done when a ticket opens, and they are told what is around a post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Department, SlaPolicy, User
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, Tag, Ticket
from inbox.services.receive import deciding, receive
from routing import queries, services
from routing.models import Rule
from routing.services import decide_batch
from tests.factories import make_ticket
from tests.inbox.receive.conftest import minutes, own, post

pytestmark = pytest.mark.django_db
Make = Callable[..., Rule]


@pytest.fixture(autouse=True)
def real_rules(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """Rules decide, without a classifier."""
    settings.MODEL_DIR = tmp_path
    monkeypatch.setattr(deciding, "decide_batch", decide_batch)
    monkeypatch.setattr(queries, "_current", None)


@pytest.fixture
def rule(departments: dict[str, Department]) -> Make:
    """Makes a rule; by default it sends parcels to customer service."""

    def make(node: dict[str, Any] | None = None, **values: Any) -> Rule:
        tree = {"all": [node or {"phrase": ["parcel"]}]}
        home = departments["customer_service"]
        wanted = {"name": "Parcels", "department": home, "conditions": {"format": 1, "tree": tree}}
        return services.create_rule(by=None, **{**wanted, **values})

    return make


@pytest.fixture
def api_client(agent: User) -> Client:
    client = Client()
    client.force_login(agent)
    return client


def only() -> Ticket:
    return Ticket.objects.get()


def tags(ticket: Ticket) -> set[str]:
    return set(ticket.tags.values_list("name", flat=True))


def test_a_ticket_opens_with_its_tags_priority_and_assignee(
    channel: Channel, rule: Make, agent: User
) -> None:
    Tag.objects.create(name="LATE")
    rule(tags=["late", "parcel"], priority=3, assignee=agent)
    receive(channel, [post("a")])
    assert tags(only()) == {"LATE", "parcel"}
    assert (only().priority, only().assignee) == (3, agent)
    routed = only().events.get(kind="routed")
    assert routed.data["tags"] == ["late", "parcel"]
    assert routed.data["assignee"] == agent.pk


def test_nobody_gets_a_ticket_they_may_not_work(
    channel: Channel, rule: Make, agent: User, pr_officer: User, departments: dict[str, Department]
) -> None:
    rule(assignee=agent)
    agent.memberships.all().delete()
    receive(channel, [post("a")])
    assert only().assignee is None


def test_a_reworded_opening_follows_its_new_rule(
    channel: Channel, rule: Make, agent: User, departments: dict[str, Department]
) -> None:
    rule(tags=["late"], assignee=agent)
    boycott = {"phrase": ["boycott"]}
    rule(boycott, name="Boycott", department=departments["pr"], tags=["anger"])
    receive(channel, [post("a")])
    receive(channel, [post("a", "A boycott!", edited_at=minutes(5))])
    assert only().department == departments["pr"]
    assert only().assignee is None
    assert tags(only()) == {"late", "anger"}


def test_a_ticket_is_marked_for_approval_and_promised_what_the_rule_says(
    channel: Channel, rule: Make, departments: dict[str, Department], api_client: Client
) -> None:
    policy = SlaPolicy.objects.create(name="Fast", slug="fast", resolution_minutes=60)
    rule(approval_by=departments["pr"], approval_by_leads=True, sla_policy=policy)
    receive(channel, [post("a", posted_at=timezone.now())])
    ticket = only()
    assert (ticket.approval_by, ticket.approval_by_leads) == (departments["pr"], True)
    assert ticket.sla_policy == policy
    told = api_client.get(f"/api/tickets/{ticket.pk}").json()
    assert told["approval"] == {"department": "pr", "leads": True}
    assert told["promise"]["policy"] == "fast"
    page = api_client.get(f"/t/{ticket.pk}/").content.decode()
    assert "Leads of PR approve replies" in page


def test_replies_to_a_ticket_change_none_of_it(channel: Channel, rule: Make) -> None:
    rule({"phrase": ["boycott"]}, tags=["anger"])
    receive(channel, [post("a"), post("b", "boycott", under="a", at=1)])
    assert tags(only()) == set()


def test_spam_waits_in_triage(channel: Channel, rule: Make) -> None:
    rule(place="spam", department=None)
    receive(channel, [post("a")])
    assert (only().department, only().priority) == (None, Ticket.Priority.LOW)
    assert only().decision.effects == {"spam": "Parcels"}  # type: ignore[union-attr]


def test_tags_cost_no_more_queries_for_more_posts(channel: Channel, rule: Make) -> None:
    rule(tags=["late", "parcel"])
    receive(channel, [post("warm")])
    counts = []
    for size in (1, 30):
        with CaptureQueriesContext(connection) as captured:
            receive(channel, [post(f"n{size}-{n}", at=n) for n in range(size)])
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def fired(channel: Channel, *posts: IncomingPost) -> bool:
    """Whether the rule fired for the ticket the last of `posts` opened."""
    receive(channel, list(posts))
    ticket = Ticket.objects.latest("pk")
    return bool(ticket.decision and ticket.decision.fired)


def test_followers_are_told_by_the_post_or_known_already(channel: Channel, rule: Make) -> None:
    rule({"followers": {"at_least": 1000}})
    loud = IncomingAuthor("u-loud", handle="loud", followers=5000)
    assert fired(channel, post("a", author=loud))
    assert fired(channel, post("b", author=IncomingAuthor("u-loud", handle="loud")))
    assert not fired(channel, post("c", author=IncomingAuthor("u-new", handle="new")))


def test_a_comment_under_the_pages_own_post_is_told_from_others(
    channel: Channel, rule: Make
) -> None:
    rule({"kind": ["own_post_comment"]})
    receive(channel, [own("campaign", "Our new bread!")])
    assert fired(channel, post("a", under="campaign", kind="comment", at=1))
    assert not fired(channel, post("b", kind="comment", at=2))
    comment = post("a", "Changed.", under="campaign", kind="comment", edited_at=minutes(9))
    receive(channel, [comment])
    assert Ticket.objects.get(opening_post__external_id="a").decision.fired  # type: ignore[union-attr]


def test_a_follow_up_is_told_from_a_new_conversation(channel: Channel, rule: Make) -> None:
    rule({"thread": ["follow_up"]})
    assert not fired(channel, post("a"))
    Ticket.objects.update(state="resolved", resolved_at=minutes(10))
    late = 60 * 24 * 30
    assert fired(channel, post("b", "Again!", under="a", at=late))


def test_the_earlier_department_is_the_one_before_this_ticket(
    channel: Channel, rule: Make, departments: dict[str, Department]
) -> None:
    rule({"earlier": ["pr"]}, department=departments["marketing"])
    assert not fired(channel, post("a"))
    Ticket.objects.update(department=departments["pr"])
    assert fired(channel, post("b", at=5))
    receive(channel, [post("a", "Changed.", edited_at=minutes(9))])
    assert not Ticket.objects.get(opening_post__external_id="a").decision.fired  # type: ignore[union-attr]


def test_a_confidential_department_is_never_told_as_the_earlier_one(
    channel: Channel, rule: Make, departments: dict[str, Department]
) -> None:
    rule({"earlier": ["hr"]})
    receive(channel, [post("a", at=-20)])
    Ticket.objects.update(department=departments["marketing"])
    contact = only().contact
    make_ticket(channel, departments["hr"], contact=contact, at=minutes(-10))
    assert not fired(channel, post("b"))
    decision = Ticket.objects.latest("pk").decision
    assert decision
    assert decision.facts["earlier_department"] == "marketing"


def test_hours_are_those_of_the_post(channel: Channel, rule: Make) -> None:
    rule({"hour": {"from": 22, "to": 6}})
    assert fired(channel, post("a", posted_at=datetime(2026, 3, 1, 23, tzinfo=UTC)))
    assert not fired(channel, post("b", posted_at=datetime(2026, 3, 1, 12, tzinfo=UTC)))
