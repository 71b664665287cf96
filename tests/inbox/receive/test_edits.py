"""Edits, deletions and reactions: what a post is, and what it was."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from accounts.models import Department
from inbox.connectors.types import IncomingPost
from inbox.models import Channel, Post, PostVersion, Ticket, TicketEvent
from inbox.services.receive import receive
from tests.inbox.receive.conftest import deletion, minutes, own, post, reactions

pytestmark = pytest.mark.django_db
Kind = TicketEvent.Kind

ORIGINAL = post("a", "My parcle is late")
EDIT = post("a", "My parcel is late", edited_at=minutes(5))
LATER = post("a", "My parcel came", edited_at=minutes(9))


def versions() -> list[tuple[str, Any]]:
    return list(PostVersion.objects.values_list("text", "written_at"))


def test_edit_keeps_the_earlier_wording(channel: Channel) -> None:
    receive(channel, [ORIGINAL])
    assert receive(channel, [EDIT]).edited == 1
    edited = Post.objects.get()
    assert (edited.text, edited.edited_at) == ("My parcel is late", minutes(5))
    assert versions() == [("My parcle is late", minutes(0))]


def test_edit_is_told_on_the_ticket(channel: Channel) -> None:
    receive(channel, [ORIGINAL])
    receive(channel, [EDIT])
    assert Ticket.objects.get().excerpt == "My parcel is late"
    assert TicketEvent.objects.get(kind=Kind.EDITED).data == {"post": Post.objects.get().pk}


@pytest.mark.parametrize("order", list(itertools.permutations([ORIGINAL, EDIT, LATER])))
def test_any_order_ends_with_the_latest_wording(
    channel: Channel, order: tuple[IncomingPost, ...]
) -> None:
    for one in order:
        receive(channel, [one])
    assert Post.objects.get().text == "My parcel came"
    assert versions() == [("My parcle is late", minutes(0)), ("My parcel is late", minutes(5))]


def test_original_again_does_not_undo_the_edit(channel: Channel) -> None:
    receive(channel, [ORIGINAL, EDIT])
    assert receive(channel, [ORIGINAL]).duplicates == 1
    assert Post.objects.get().text == "My parcel is late"


def test_unseen_text_without_a_time_is_an_edit_of_now(channel: Channel) -> None:
    receive(channel, [ORIGINAL])
    receive(channel, [post("a", "My parcel!")])
    assert Post.objects.get().text == "My parcel!"
    assert receive(channel, [post("a", "My parcel!"), ORIGINAL]).duplicates == 2
    assert versions() == [("My parcle is late", minutes(0))]


@pytest.mark.parametrize("order", [1, -1])
def test_two_wordings_of_one_moment_end_the_same(channel: Channel, order: int) -> None:
    both = [post("a", text, edited_at=minutes(5)) for text in ("one", "two")]
    for one in [ORIGINAL, *both[::order]]:
        receive(channel, [one])
    assert Post.objects.get().text == "two"


def test_untouched_ticket_follows_the_new_wording(channel: Channel) -> None:
    receive(channel, [post("a", "hm")])
    assert Ticket.objects.get().department is None
    receive(channel, [post("a", "A boycott!", edited_at=minutes(5))])
    department = Ticket.objects.get().department
    assert department
    assert department.slug == "pr"


def test_touched_ticket_stays_where_it_was_put(
    channel: Channel, departments: dict[str, Department]
) -> None:
    receive(channel, [post("a", "hm")])
    Ticket.objects.update(is_touched=True, department=departments["hr"])
    receive(channel, [post("a", "A boycott!", edited_at=minutes(5))])
    assert Ticket.objects.get().department == departments["hr"]


def test_edit_of_an_own_post_at_the_top_touches_no_ticket(channel: Channel) -> None:
    receive(channel, [own("news", "Nwe oven")])
    receipt = receive(channel, [own("news", "New oven", edited_at=minutes(5))])
    assert receipt.edited == 1
    assert receipt.ticket_ids == ()


def test_deletion_marks_the_post_and_keeps_the_words(channel: Channel) -> None:
    receive(channel, [ORIGINAL])
    receipt = receive(channel, [deletion("a", 7)])
    gone = Post.objects.get()
    assert (gone.deleted_at, gone.text) == (minutes(7), "My parcle is late")
    assert receipt.deleted == 1
    assert receipt.ticket_ids == (gone.ticket_id,)
    assert TicketEvent.objects.get(kind=Kind.DELETED).data == {"post": gone.pk}


def test_deletion_before_its_post_waits_for_the_content(channel: Channel) -> None:
    receive(channel, [deletion("a", 7)])
    assert Post.objects.get().is_stub
    assert not Ticket.objects.exists()
    assert receive(channel, [ORIGINAL]).created == 1
    told = Post.objects.get()
    assert (told.is_stub, told.text, told.deleted_at) == (False, ORIGINAL.text, minutes(7))
    assert TicketEvent.objects.filter(ticket=told.ticket, kind=Kind.DELETED).count() == 1


def test_reply_to_a_post_only_known_as_deleted_opens_its_own_ticket(channel: Channel) -> None:
    receive(channel, [deletion("a"), post("b", under="a", at=1)])
    assert Ticket.objects.get().post_count == 1
    receive(channel, [ORIGINAL])
    assert Ticket.objects.current().get().post_count == 2


def test_counts_are_absolute_and_the_newest_win(channel: Channel) -> None:
    receive(channel, [post("a", counts={"like": 1})])
    receive(channel, [reactions("a", 9, like=7, angry=2)])
    assert receive(channel, [reactions("a", 8, like=5)]).duplicates == 1
    counted = Post.objects.get()
    assert (counted.counts, counted.counts_at) == ({"like": 7, "angry": 2}, minutes(9))


def test_counts_before_their_post_are_kept(channel: Channel) -> None:
    receive(channel, [reactions("a", like=7)])
    receive(channel, [post("a", counts={"like": 1})])
    assert Post.objects.get().counts == {"like": 7}


def test_same_post_with_more_reactions_counts_them(channel: Channel) -> None:
    receive(channel, [post("a", counts={"like": 9})])
    assert receive(channel, [post("a", counts={"like": 10})]).counted == 1
    assert Post.objects.get().counts == {"like": 10}
