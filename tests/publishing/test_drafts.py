"""Drafts: one each, on every device the same, and nothing lost."""

from __future__ import annotations

import pytest

from accounts.models import User
from inbox.models import Post, Ticket
from inbox.services.conflicts import Conflict, NotAllowed, Refused
from publishing.models import Reply
from publishing.models.replies import LONGEST_TEXT
from publishing.services import DraftChanged, discard_draft, save_draft, send_reply, undo_reply
from tests.factories import make_post
from tests.publishing.conftest import Draft

pytestmark = pytest.mark.django_db


def test_a_draft_answers_the_newest_post_of_the_contact(draft: Draft, burnt: Post) -> None:
    reply = draft("We are sorry.")
    assert (reply.text, reply.state, reply.version) == ("We are sorry.", "draft", 1)
    assert (reply.in_reply_to, reply.seen_post) == (burnt, burnt)


def test_typing_on_changes_the_same_draft(draft: Draft) -> None:
    first = draft("We are")
    second = draft("We are sorry.", version=first.version)
    assert (second.pk, second.version) == (first.pk, 2)


def test_an_older_device_does_not_overwrite_a_newer_one(draft: Draft) -> None:
    first = draft("We are")
    draft("We are sorry.", version=first.version)
    with pytest.raises(DraftChanged) as caught:
        draft("We", version=first.version)
    assert caught.value.reply is not None
    assert caught.value.reply.text == "We are sorry."


def test_each_person_has_their_own_draft(draft: Draft, colleague: User) -> None:
    assert draft().pk != draft(author=colleague).pk


@pytest.mark.parametrize(
    "text", ["🥐" * 400, "\u202eright to left", "a\u200bb", "a\x00b", "\ud800"]
)
def test_any_text_is_kept(draft: Draft, text: str) -> None:
    reply = draft(text)
    reply.refresh_from_db()
    assert reply.text == text.replace("\x00", "").replace("\ud800", "\ufffd")


def test_what_is_too_long_to_keep_says_by_how_much(draft: Draft) -> None:
    with pytest.raises(Refused, match=str(LONGEST_TEXT + 7)):
        draft("x" * (LONGEST_TEXT + 7))


def test_what_answers_a_private_post_is_private(draft: Draft, ticket: Ticket) -> None:
    letter = make_post(ticket, "My address is …", is_private=True, kind="direct_message")
    assert draft(in_reply_to=letter, is_private=False).is_private


def test_a_post_of_another_ticket_is_not_answered_here(draft: Draft, square: object) -> None:
    stranger = make_post(None, "Elsewhere", channel=square)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        draft(in_reply_to=stranger)


def test_only_who_works_the_ticket_writes(ticket: Ticket, observer: User, hr_partner: User) -> None:
    for stranger in (observer, hr_partner):
        with pytest.raises(NotAllowed):
            save_draft(ticket=ticket, author=stranger, text="Hello")


def test_who_no_longer_sees_the_ticket_is_told_that_it_moved(
    ticket: Ticket, agent: User, departments: dict[str, object]
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(department=departments["hr"])
    with pytest.raises(Conflict, match="moved"):
        save_draft(ticket=ticket, author=agent, text="Hello")


def test_a_discarded_draft_makes_room_for_a_new_one(draft: Draft, agent: User) -> None:
    first = draft()
    discard_draft(reply=first, by=agent)
    assert first.state == Reply.State.CANCELLED
    assert draft().pk != first.pk


def test_nobody_discards_the_draft_of_another(draft: Draft, colleague: User) -> None:
    with pytest.raises(NotAllowed):
        discard_draft(reply=draft(), by=colleague)


def test_undoing_gives_every_word_back(leaving: Reply, agent: User, draft: Draft) -> None:
    newer = draft("And one more thing.")
    undo_reply(reply=leaving, by=agent)
    assert leaving.text == "We are sorry.\n\nAnd one more thing."
    assert (leaving.state, leaving.next_attempt_at) == ("draft", None)
    newer.refresh_from_db()
    assert newer.state == Reply.State.CANCELLED


def test_what_is_being_sent_cannot_be_undone(leaving: Reply, agent: User) -> None:
    Reply.objects.filter(pk=leaving.pk).update(state="sending", claimed_at=leaving.leaves_at)
    with pytest.raises(Refused, match="Too late"):
        undo_reply(reply=leaving, by=agent)


def test_a_reply_leaves_after_the_undo_window(draft: Draft, agent: User) -> None:
    reply = send_reply(reply=draft(), by=agent)
    assert reply.state == Reply.State.APPROVED
    assert reply.leaves_at is not None
    assert reply.next_attempt_at == reply.leaves_at
    assert 9 < (reply.leaves_at - reply.updated_at).total_seconds() < 11


def test_what_the_network_finds_too_long_is_told_by_how_much(draft: Draft, agent: User) -> None:
    with pytest.raises(Refused, match="Too long by 5"):
        send_reply(reply=draft("x" * 105), by=agent)


def test_a_channel_without_answers_says_so(draft: Draft, agent: User, ticket: Ticket) -> None:
    reply = draft()
    reply.channel.connector = "webhook"
    reply.channel.save()
    with pytest.raises(Refused, match="only listens"):
        send_reply(reply=reply, by=agent)
