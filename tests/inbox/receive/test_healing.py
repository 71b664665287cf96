"""A reply that came before its parent is on screen at once, and finds its place later."""

from __future__ import annotations

import pytest

from accounts.models import Department, User
from inbox.models import Channel, HandOver, Note, Post, Tag, Ticket, TicketEvent
from inbox.services.receive import receive
from tests.inbox.receive.conftest import own, post

pytestmark = pytest.mark.django_db
Departments = dict[str, Department]


def touch(ticket: Ticket, department: Department, **fields: object) -> None:
    """As the ticket services leave a ticket that a person moved."""
    Ticket.objects.filter(pk=ticket.pk).update(department=department, is_touched=True, **fields)


def current() -> Ticket:
    return Ticket.objects.current().get()


def test_reply_without_its_parent_is_on_screen(channel: Channel) -> None:
    receive(channel, [post("b", under="a", at=1)])
    assert current().post_count == 1


def test_own_reply_without_its_parent_waits(channel: Channel) -> None:
    receive(channel, [own("b", under="a", at=1)])
    assert not Ticket.objects.exists()
    receive(channel, [post("a")])
    assert current().post_count == 2
    assert current().is_answered


def test_parent_takes_over_the_replys_ticket(channel: Channel) -> None:
    receive(channel, [post("b", "A boycott!", under="a", at=1)])
    reply = current()
    receive(channel, [post("a")])
    ticket = current()
    assert ticket == reply, "the link people have open stays good"
    assert ticket.opening_post == Post.objects.get(external_id="a")
    assert ticket.department
    assert ticket.department.slug == "customer_service"
    assert Post.objects.get(external_id="b").parent == ticket.opening_post


def test_tickets_of_several_replies_become_one(channel: Channel) -> None:
    receive(channel, [post("b", under="a", at=1), post("c", under="a", at=2)])
    first, second = Ticket.objects.order_by("pk")
    receive(channel, [post("a")])
    second.refresh_from_db()
    assert current() == first
    assert second.merged_into == first
    assert (second.post_count, second.excerpt) == (0, "")
    merged = TicketEvent.objects.get(kind=TicketEvent.Kind.MERGED)
    assert (merged.ticket, merged.data) == (first, {"merged": [second.pk]})


def test_ticket_of_the_root_survives_though_it_is_younger(channel: Channel) -> None:
    receive(channel, [post("c", under="b", at=2)])
    receive(channel, [post("a")])
    root = Ticket.objects.get(opening_post__external_id="a")
    receive(channel, [post("b", under="a", at=1)])
    assert current() == root
    assert root.post_count == 1
    assert current().post_count == 3


def test_late_own_post_at_the_top_leaves_each_comment_its_ticket(channel: Channel) -> None:
    receive(channel, [post("b", under="news", at=1), post("c", under="news", at=2)])
    receive(channel, [own("news")])
    assert Ticket.objects.current().count() == 2
    assert Post.objects.filter(parent__external_id="news").count() == 2


def test_what_hangs_under_a_waiting_own_reply_comes_along(channel: Channel) -> None:
    receive(channel, [own("b", under="a", at=1)])
    receive(channel, [own("c", under="b", at=2), post("d", under="c", at=3)])
    receive(channel, [post("e", under="b", at=4)])
    assert Ticket.objects.current().count() == 2
    receive(channel, [post("a")])
    assert current().post_count == 5


def test_notes_tags_receipts_and_timeline_move_along(
    channel: Channel, agent: User, departments: Departments
) -> None:
    receive(channel, [post("b", under="a", at=1), post("c", under="a", at=2)])
    first, second = Ticket.objects.order_by("pk")
    Note.objects.create(ticket=second, author=agent, text="called them")
    HandOver.objects.create(ticket=second, by=agent)
    for ticket in (first, second):
        ticket.tags.add(Tag.objects.get_or_create(name="late")[0])
    second.tags.add(Tag.objects.create(name="parcel"))
    receive(channel, [post("a")])
    assert Note.objects.get().ticket == first
    assert HandOver.objects.get().ticket == first
    assert set(first.tags.values_list("name", flat=True)) == {"late", "parcel"}
    assert not second.tags.exists()
    assert not second.events.exists()
    assert first.events.filter(kind=TicketEvent.Kind.RECEIVED).count() == 2


def test_untouched_ticket_follows_the_root(channel: Channel) -> None:
    receive(channel, [post("b", "Is the job open?", under="a", at=1)])
    receive(channel, [post("a", "A boycott!")])
    department = current().department
    assert department
    assert department.slug == "pr"


def test_what_a_person_decided_stays(channel: Channel, departments: Departments) -> None:
    receive(channel, [post("b", under="a", at=1)])
    touch(current(), departments["marketing"])
    receive(channel, [post("a", "A boycott!")])
    assert current().department == departments["marketing"]
    decision = current().decision
    assert decision
    assert decision.department == departments["pr"]


def test_what_a_person_decided_wins_over_an_untouched_root(
    channel: Channel, agent: User, departments: Departments
) -> None:
    receive(channel, [post("c", under="b", at=2), post("a", "A boycott!")])
    reply = Ticket.objects.get(opening_post__external_id="c")
    touch(reply, departments["marketing"], assignee=agent, priority=3)
    receive(channel, [post("b", under="a", at=1)])
    ticket = current()
    assert ticket.opening_post
    assert ticket.opening_post.external_id == "a"
    assert ticket.department == departments["marketing"]
    assert ticket.is_touched
    assert (ticket.assignee, ticket.priority) == (agent, 3)


@pytest.mark.parametrize("which", ["b", "c"])
def test_confidential_stays_confidential(
    channel: Channel, departments: Departments, which: str
) -> None:
    receive(channel, [post("b", under="a", at=1), post("c", under="a", at=2)])
    for ticket in Ticket.objects.select_related("opening_post"):
        name = ticket.opening_post and ticket.opening_post.external_id
        touch(ticket, departments["hr" if name == which else "marketing"])
    receive(channel, [post("a", "A boycott!")])
    assert current().department == departments["hr"]
    assert not Ticket.objects.exclude(department=departments["hr"]).exists(), "the stub, too"


def test_merged_ticket_is_open_when_one_of_them_was(
    channel: Channel, departments: Departments
) -> None:
    receive(channel, [post("c", under="b", at=2), post("a")])
    root = Ticket.objects.get(opening_post__external_id="a")
    touch(root, departments["pr"], state="pending")
    receive(channel, [own("b", under="a", at=1)])
    assert current().state == Ticket.State.OPEN
