"""What is older than the days of work comes in as history, and sets nothing going."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from accounts.models import Department, SlaDefault, SlaPolicy, User
from inbox import live
from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Backfill, Channel, ChannelState, RawPayload, Ticket, TicketEvent
from inbox.models.promises import NEVER
from inbox.services import backfills
from inbox.services.receive import deciding, receive
from inbox.services.reparsing import reparse
from inbox.timeline import sentence_of
from routing import queries
from routing.facts import Facts
from routing.models import Decision
from tests.inbox.backfills.conftest import Past, said

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _eager_rules(
    monkeypatch: pytest.MonkeyPatch, departments: dict[str, Department], agent: User
) -> None:
    """Rules that give every ticket to the agent, urgently, with a tag."""
    effects = {"assignee": agent.pk, "tags": ["hot"]}

    def decide(facts: list[Facts]) -> list[Decision]:
        home = departments["customer_service"]
        return [
            Decision(department=home, method="rule", confidence=1, priority=3, effects=effects)
            for _ in facts
        ]

    monkeypatch.setattr(deciding, "decide_batch", decide)


def take(channel: Channel, *posts: IncomingPost) -> None:
    receive(channel, posts, history_before=timezone.now() - 2 * DAY)


def test_old_posts_are_history_and_new_ones_work(task: Backfill, agent: User) -> None:
    backfills.run(task=task)
    work = Ticket.objects.filter(state="open")
    assert sorted(work.values_list("opening_post__external_id", flat=True)) == ["p0", "p1"]
    assert {ticket.assignee for ticket in work} == {agent}
    history = Ticket.objects.filter(state="resolved")
    assert history.count() == 8


def test_what_reading_again_finds_of_history_is_history(task: Backfill, past: Past) -> None:
    backfills.run(task=task)
    assert RawPayload.objects.filter(how="fetch").count() == 4
    past.posts += [said("old", 5 * DAY), said("new", DAY / 4)]
    found = reparse(channel=task.channel, since=timezone.now() - DAY)
    assert found.new == 2
    states = Ticket.objects.filter(opening_post__external_id__in=["old", "new"])
    assert dict(states.values_list("opening_post__external_id", "state")) == {
        "old": "resolved", "new": "open",
    }  # fmt: skip


def test_history_is_sorted_and_nothing_else(channel: Channel) -> None:
    take(channel, said("a", 5 * DAY))
    ticket = Ticket.objects.get()
    assert ticket.department is not None
    assert ticket.department.slug == "customer_service"
    assert (ticket.state, ticket.assignee, ticket.priority) == ("resolved", None, 1)
    assert ticket.resolved_at == ticket.last_post_at
    assert not ticket.tags.exists()


def test_history_has_no_clock_and_work_has(
    channel: Channel, departments: dict[str, Department], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_current", None)
    policy = SlaPolicy.objects.create(name="Soon", slug="soon", first_response_minutes=60)
    home = departments["customer_service"]
    SlaDefault.objects.create(department=home, priority=None, policy=policy)
    take(channel, said("old", 2 * DAY + timedelta(hours=1)), said("new", DAY))
    old, new = Ticket.objects.order_by("opened_at")
    assert (old.sla_policy, old.due_at) == (None, NEVER)
    assert new.sla_policy == policy


def test_history_is_told_to_nobody(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    def listen(changes: list[object], **_: object) -> list[object]:
        told.extend(changes)
        return []

    monkeypatch.setattr(live, "messages", listen)
    take(channel, said("a", 5 * DAY), said("b", 6 * DAY))
    assert told == []
    take(channel, said("c", DAY))
    assert len(told) == 1


def test_the_timeline_says_that_it_was_brought_in(channel: Channel) -> None:
    take(channel, said("a", 5 * DAY))
    event = TicketEvent.objects.get(kind="received")
    assert sentence_of(event, {}) == "Brought in as history, resolved"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_conversation_told_in_any_order_is_one_resolved_ticket(
    channel: Channel, order: tuple[int, ...]
) -> None:
    posts = [
        said("a", 9 * DAY),
        said("b", 8 * DAY, parent_external_id="a"),
        said("c", 3 * DAY, parent_external_id="b"),
    ]
    for n in order:
        take(channel, posts[n])
    ticket = Ticket.objects.current().get()
    assert (ticket.state, ticket.post_count, ticket.assignee) == ("resolved", 3, None)


def test_an_old_reply_opens_nothing_again(channel: Channel) -> None:
    receive(channel, [said("a", 20 * DAY)])
    Ticket.objects.update(state="resolved", resolved_at=timezone.now() - 19 * DAY, assignee=None)
    take(channel, said("b", 3 * DAY, parent_external_id="a"))
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.post_count) == ("resolved", 2)


def test_an_old_parent_changes_nothing_for_who_works_on_its_reply(
    channel: Channel, colleague: User
) -> None:
    receive(channel, [said("b", timedelta(hours=1), parent_external_id="a")])
    Ticket.objects.update(assignee=colleague, priority=2)
    take(channel, said("a", 9 * DAY))
    ticket = Ticket.objects.current().get()
    assert (ticket.state, ticket.assignee, ticket.priority) == ("open", colleague, 2)


def test_a_new_reply_to_history_is_work(channel: Channel) -> None:
    take(channel, said("a", 5 * DAY))
    receive(channel, [said("b", timedelta(minutes=1), parent_external_id="a")])
    assert Ticket.objects.get().state == "open"


def test_the_pages_own_old_posts_open_nothing(channel: Channel) -> None:
    own = IncomingAuthor("page", handle="kestrel")
    take(channel, said("o", 5 * DAY, author=own, is_own=True))
    assert not Ticket.objects.exists()


def test_history_does_not_say_that_the_channel_is_alive(channel: Channel) -> None:
    take(channel, said("a", 5 * DAY))
    assert not ChannelState.objects.filter(last_received_at__isnull=False).exists()
