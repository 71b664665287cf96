"""A reply leaves: said once, a post of its thread, and what that means for its ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Department, SlaPolicy, User
from inbox.connectors.types import IncomingPost, OutgoingPost
from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive import receive
from publishing.models import Reply
from publishing.services import deliver, recover, send_reply, settle_uncertain, undo_reply
from tests.publishing.conftest import Draft
from tests.publishing.leaving import let_time_pass, work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db


def test_it_becomes_a_post_of_the_thread(
    leaving: Reply, town: SpeakingTown, ticket: Ticket, burnt: Post
) -> None:
    assert work_all() == 1
    leaving.refresh_from_db()
    post = leaving.post
    assert post is not None
    assert (leaving.state, leaving.external_id) == ("sent", "own-1")
    assert (post.ticket, post.text, post.is_own) == (ticket, "We are sorry.", True)
    assert (post.parent, post.details) == (burnt, {"where": "square"})
    assert town.said["own-1"].in_reply_to == burnt.external_id


def test_it_does_not_leave_within_the_undo_window(leaving: Reply, town: SpeakingTown) -> None:
    assert not deliver(reply=leaving)
    assert town.said == {}


def test_what_was_undone_never_leaves(leaving: Reply, agent: User, town: SpeakingTown) -> None:
    undo_reply(reply=leaving, by=agent)
    assert work_all() == 0
    assert town.said == {}


def test_the_network_gets_the_key_of_the_reply(leaving: Reply, town: SpeakingTown) -> None:
    work_all()
    assert town.keys == [str(leaving.idempotency_key)]


def test_the_second_worker_finds_nothing_to_do(leaving: Reply, town: SpeakingTown) -> None:
    let_time_pass()
    twins = [Reply.objects.get(pk=leaving.pk) for _ in range(2)]
    assert [deliver(reply=twin) for twin in twins] == [True, False]
    assert len(town.said) == 1


def test_a_post_that_came_in_first_is_not_doubled(
    leaving: Reply, town: SpeakingTown, square: Channel, burnt: Post
) -> None:
    echo = IncomingPost(
        "own-1", text="We are sorry.", posted_at=timezone.now(), is_own=True,
        parent_external_id=burnt.external_id,
    )  # fmt: skip
    town.on_publish = lambda: receive(square, [echo])
    work_all()
    leaving.refresh_from_db()
    assert leaving.post == Post.objects.get(external_id="own-1")
    receive(square, [echo])
    assert Post.objects.filter(is_own=True).count() == 1


def test_the_ticket_waits_for_the_contact(leaving: Reply, ticket: Ticket) -> None:
    work_all()
    ticket.refresh_from_db()
    assert (ticket.state, ticket.is_answered, ticket.post_count) == ("pending", True, 2)
    kinds = list(ticket.events.order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == [TicketEvent.Kind.ANSWERED, TicketEvent.Kind.PENDING]


@pytest.mark.parametrize(("afterwards", "state"), [("resolved", "resolved"), ("open", "open")])
def test_send_and_resolve(
    draft: Draft, agent: User, ticket: Ticket, afterwards: str, state: str
) -> None:
    send_reply(reply=draft(), by=agent, afterwards=afterwards)
    work_all()
    ticket.refresh_from_db()
    assert ticket.state == state


def test_a_ticket_on_which_the_contact_writes_meanwhile_stays_open(
    leaving: Reply, town: SpeakingTown, ticket: Ticket, answered_again: Callable[..., Post]
) -> None:
    town.late_faults.append(RuntimeError("dies after it spoke"))
    work_all()
    answered_again("And my rolls, too!")
    work_all()
    ticket.refresh_from_db()
    leaving.refresh_from_db()
    assert (leaving.state, ticket.state) == ("sent", "open")


def test_the_clock_of_the_first_response_stops(
    leaving: Reply, ticket: Ticket, departments: dict[str, Department]
) -> None:
    policy = SlaPolicy.objects.create(name="Fast", slug="fast", first_response_minutes=60)
    begun = timezone.now() - timedelta(minutes=5)
    Ticket.objects.filter(pk=ticket.pk).update(
        sla_policy=policy, opened_at=begun, sla_running_since=begun,
        first_response_due_at=begun + timedelta(hours=1), due_at=begun + timedelta(hours=1),
    )  # fmt: skip
    work_all()
    ticket.refresh_from_db()
    assert ticket.first_responded_at is not None


def test_a_worker_that_died_leaves_it_uncertain_and_the_network_tells(
    leaving: Reply, town: SpeakingTown
) -> None:
    town.said["own-9"] = _as_sent(leaving)
    _died(leaving)
    assert recover(reply=leaving)
    assert leaving.state == Reply.State.UNCERTAIN
    assert settle_uncertain(reply=leaving)
    leaving.refresh_from_db()
    assert (leaving.state, leaving.external_id, town.keys) == ("sent", "own-9", [])


def test_what_certainly_did_not_arrive_is_said_again_with_the_same_key(
    leaving: Reply, town: SpeakingTown
) -> None:
    _died(leaving)
    work_all()
    work_all()
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.APPROVED
    work_all()
    assert town.keys == [str(leaving.idempotency_key)]


def test_a_worker_that_lives_is_not_taken_for_dead(leaving: Reply) -> None:
    _died(leaving, seconds_left=100)
    assert not recover(reply=leaving)


def test_a_known_id_needs_no_search(leaving: Reply, town: SpeakingTown) -> None:
    _died(leaving)
    Reply.objects.filter(pk=leaving.pk).update(external_id="own-5", published_at=timezone.now())
    work_all()
    work_all()
    leaving.refresh_from_db()
    assert leaving.state == Reply.State.SENT
    assert leaving.post is not None


def _as_sent(reply: Reply) -> OutgoingPost:
    assert reply.in_reply_to is not None
    return OutgoingPost(reply.text, reply.in_reply_to.external_id)


def _died(reply: Reply, *, seconds_left: int = -1) -> None:
    """A worker claimed it, and was never heard of again."""
    now = timezone.now()
    Reply.objects.filter(pk=reply.pk).update(
        state="sending", claimed_at=now, next_attempt_at=now + timedelta(seconds=seconds_left)
    )
    reply.refresh_from_db()
