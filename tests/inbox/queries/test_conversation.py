"""One ticket with its story."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Post, PostVersion, Ticket, TicketEvent
from inbox.queries import conversation_of, receipts_of, tickets_in_full
from inbox.services import notes, presence, tickets
from tests.factories import make_contact, make_note, make_post, make_ticket

Departments = dict[str, Department]
NOW = timezone.now()


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"], at=NOW - timedelta(hours=5))


def test_posts_notes_and_events_stand_in_order_of_time(ticket: Ticket, agent: User) -> None:
    reply = make_post(ticket, "Sorry!", is_own=True, posted_at=NOW - timedelta(hours=2))
    note = make_note(ticket, agent, at=NOW - timedelta(hours=3))
    event = TicketEvent.objects.create(
        ticket=ticket, kind="claimed", actor=agent, at=NOW - timedelta(hours=4)
    )
    make_post(ticket, is_stub=True)

    story = conversation_of(ticket, agent)

    assert [entry.item for entry in story.entries] == [ticket.opening_post, event, note, reply]
    assert [entry.kind for entry in story.entries] == ["post", "event", "note", "post"]
    assert story.before == ""


def test_a_long_story_comes_in_pages(ticket: Ticket, agent: User) -> None:
    for n in range(5):
        make_post(ticket, f"post {n}", posted_at=NOW + timedelta(minutes=n))
        make_note(ticket, agent, f"note {n}", at=NOW + timedelta(minutes=n, seconds=30))

    newest = conversation_of(ticket, agent, size=4)
    older = conversation_of(ticket, agent, size=4, before=newest.before)
    oldest = conversation_of(ticket, agent, size=4, before=older.before)

    texts = [e.item.text for story in (oldest, older, newest) for e in story.entries]
    assert texts[1:] == [f"{kind} {n}" for n in range(5) for kind in ("post", "note")]
    assert oldest.before == ""


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_lose_nothing_of_one_moment(ticket: Ticket, agent: User, size: int) -> None:
    at = NOW - timedelta(hours=1)
    for n in range(3):
        make_post(ticket, f"post {n}", posted_at=at)
        make_note(ticket, agent, f"note {n}", at=at)
        TicketEvent.objects.create(ticket=ticket, kind="claimed", actor=agent, at=at)

    whole = [entry.position for entry in conversation_of(ticket, agent).entries]
    paged: list[tuple[datetime, int, int]] = []
    before = ""
    while before or not paged:
        story = conversation_of(ticket, agent, size=size, before=before)
        paged = [entry.position for entry in story.entries] + paged
        before = story.before

    assert len(whole) == 10
    assert paged == whole


def test_the_pages_own_post_is_the_root(
    channel: Channel, departments: Departments, agent: User
) -> None:
    own = make_post(None, "New: rye", channel=channel, is_own=True)
    ticket = make_ticket(channel, departments["pr"])
    opening = ticket.opening_post
    assert opening
    opening.parent = own
    opening.save()
    assert conversation_of(ticket, agent).root_posts == [own]


def test_no_other_tickets_post_is_shown_as_root(
    channel: Channel, departments: Departments, agent: User
) -> None:
    secret = make_ticket(channel, departments["hr"])
    ticket = make_ticket(channel, departments["pr"])
    opening = ticket.opening_post
    assert opening
    opening.parent = secret.opening_post
    opening.save()
    assert conversation_of(ticket, agent).root_posts == []


def test_earlier_tickets_are_those_i_may_see(
    channel: Channel, departments: Departments, agent: User, hr_partner: User
) -> None:
    ana = make_contact("Ana")
    secret = make_ticket(channel, departments["hr"], contact=ana)
    public = make_ticket(channel, departments["pr"], contact=ana, state="resolved")
    ticket = make_ticket(channel, departments["pr"], contact=ana)

    assert conversation_of(ticket, agent).earlier == [public]
    assert set(conversation_of(ticket, hr_partner).earlier) == {public, secret}


def test_events_come_with_the_names_they_speak_of(
    ticket: Ticket, agent: User, lead: User, departments: Departments
) -> None:
    tickets.assign(ticket=ticket, to=agent, by=lead)
    tickets.hand_over(ticket=ticket, to=departments["pr"], by=lead, reason="Press")
    names = conversation_of(ticket, lead).names
    assert names["users"] == {agent.pk: "Maya Adeyemi", lead.pk: "Ines Duarte"}
    assert set(names["departments"]) == {departments["customer_service"].pk, departments["pr"].pk}


def test_others_who_look_are_shown(ticket: Ticket, agent: User, colleague: User) -> None:
    presence.see(ticket=ticket, user=agent)
    presence.see(ticket=ticket, user=colleague)
    assert conversation_of(ticket, agent).presences == [colleague]


def test_the_sender_keeps_a_receipt_without_content(
    ticket: Ticket, agent: User, colleague: User, departments: Departments
) -> None:
    tickets.hand_over(ticket=ticket, to=departments["hr"], by=agent, reason="Job")
    receipt = receipts_of(agent)[0]
    assert (receipt.ticket_id, receipt.to_department) == (ticket.pk, departments["hr"])
    assert receipts_of(colleague) == []


def test_a_ticket_with_ten_posts_is_few_queries(
    ticket: Ticket, agent: User, colleague: User, django_assert_max_num_queries: object
) -> None:
    for n in range(9):
        post = make_post(ticket, f"post {n}")
        PostVersion.objects.create(post=post, text="before", written_at=NOW)
        Post.objects.filter(pk=post.pk).update(edited_at=NOW)
    notes.add_note(ticket=ticket, text="@tom", by=agent)
    tickets.claim(ticket=ticket, by=agent)

    with django_assert_max_num_queries(10):  # type: ignore[operator]
        loaded = tickets_in_full(colleague).get(pk=ticket.pk)
        story = conversation_of(loaded, colleague)
        for entry in story.entries:
            if entry.kind == "post":
                str((str(entry.item.contact), list(entry.item.versions.all())))
        assert list(loaded.tags.all()) == []
