"""What stops a reply, and sending it in spite of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Post, Ticket, TicketEvent
from publishing.models import Reply
from publishing.queries import Change, changes_since
from publishing.services import Stopped, send_reply
from tests.publishing.conftest import Draft
from tests.publishing.leaving import work_all
from tests.publishing.speaking import SpeakingTown

pytestmark = pytest.mark.django_db
Write = Callable[..., Post]


def stopped(reply: Reply, by: User) -> Sequence[Change]:
    with pytest.raises(Stopped) as caught:
        send_reply(reply=reply, by=by)
    return caught.value.changes


def test_the_customer_wrote_again(draft: Draft, agent: User, answered_again: Write) -> None:
    reply = draft()
    post = answered_again("Hello? Is anybody there?")
    (change,) = stopped(reply, agent)
    assert (change.kind, change.text, change.post) == ("written", post.text, post)
    reply.refresh_from_db()
    assert (reply.state, reply.text) == ("draft", "We are sorry.")


def test_somebody_answered_on_the_network(draft: Draft, agent: User, answered_again: Write) -> None:
    reply = draft()
    answered_again("Already on it!", is_own=True)
    (change,) = stopped(reply, agent)
    assert (change.kind, change.text) == ("answered", "Already on it!")


def test_the_post_was_deleted(draft: Draft, agent: User, burnt: Post) -> None:
    reply = draft()
    Post.objects.filter(pk=burnt.pk).update(deleted_at=timezone.now())
    (change,) = stopped(Reply.objects.get(pk=reply.pk), agent)
    assert (change.kind, change.text) == ("deleted", burnt.text)


def test_the_thread_moved_to_another_department(
    draft: Draft, ticket: Ticket, departments: dict[str, Department], admin: User
) -> None:
    reply = draft(author=admin)
    Ticket.objects.filter(pk=ticket.pk).update(department=departments["pr"])
    (change,) = stopped(reply, admin)
    assert change.kind == "moved"
    assert departments["pr"].name in change.sentence


def test_of_two_agents_at_once_one_wins_and_the_other_is_told(
    draft: Draft, agent: User, colleague: User
) -> None:
    mine, theirs = draft(), draft("Sorry, Tom here.", author=colleague)
    send_reply(reply=mine, by=agent)
    (change,) = stopped(theirs, colleague)
    assert (change.kind, change.text) == ("answering", "We are sorry.")
    assert "Maya" in change.sentence


def test_ones_own_first_answer_is_no_news(draft: Draft, agent: User, town: SpeakingTown) -> None:
    send_reply(reply=draft("First."), by=agent)
    send_reply(reply=draft("Second."), by=agent)
    work_all()
    assert {out.text for out in town.said.values()} == {"First.", "Second."}


def test_send_anyway_says_what_was_seen(
    draft: Draft, agent: User, answered_again: Write, town: SpeakingTown
) -> None:
    reply = draft()
    post = answered_again()
    (change,) = stopped(reply, agent)
    send_reply(reply=reply, by=agent, acknowledge=[change.key])
    work_all()
    reply.refresh_from_db()
    assert (reply.state, reply.acknowledged) == ("sent", [f"post:{post.pk}"])


def test_send_anyway_covers_only_what_was_shown(
    draft: Draft, agent: User, answered_again: Write
) -> None:
    reply = draft()
    answered_again("One more thing")
    (change,) = stopped(reply, agent)
    answered_again("And another")
    with pytest.raises(Stopped) as caught:
        send_reply(reply=reply, by=agent, acknowledge=[change.key])
    assert [c.text for c in caught.value.changes] == ["And another"]


def test_what_happens_in_the_undo_window_stops_it_too(
    leaving: Reply, answered_again: Write, town: SpeakingTown, ticket: Ticket
) -> None:
    answered_again("Never mind, it was my oven.")
    work_all()
    leaving.refresh_from_db()
    assert (leaving.state, leaving.error_code, town.said) == ("draft", "conflict", {})
    assert [c.text for c in changes_since(leaving, ticket)] == ["Never mind, it was my oven."]
    assert ticket.events.filter(kind=TicketEvent.Kind.REPLY_STOPPED).exists()


def test_a_merged_ticket_takes_its_replies_along(
    leaving: Reply, ticket: Ticket, square: object, departments: dict[str, Department]
) -> None:
    from tests.factories import make_ticket

    other = make_ticket(square, departments["customer_service"])  # type: ignore[arg-type]
    ticket.posts.update(ticket=other)
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=other)
    work_all()
    leaving.refresh_from_db()
    assert leaving.ticket == other
