"""Internal remarks and the colleagues named in them."""

import pytest

from accounts.models import Department, User
from inbox.models import Channel, Mention, Note, Ticket
from inbox.services import notes
from inbox.services.conflicts import Conflict, Refused
from tests.factories import make_ticket

Departments = dict[str, Department]


@pytest.fixture
def ticket(channel: Channel, departments: Departments) -> Ticket:
    return make_ticket(channel, departments["customer_service"])


def test_a_named_colleague_is_mentioned_once(
    ticket: Ticket, agent: User, colleague: User, pr_officer: User
) -> None:
    text = "@tom, @Lee and @tom: see maya@kestrel.example or @nobody."
    note = notes.add_note(ticket=ticket, text=text, by=agent)

    assert set(note.mentions.values_list("user__handle", flat=True)) == {"tom", "lee"}
    assert note.unreached == ["nobody"]
    assert ticket.events.get().data["note"] == note.pk


def test_whoever_may_not_see_the_ticket_is_not_mentioned(
    channel: Channel, departments: Departments, hr_partner: User, agent: User, admin: User
) -> None:
    secret = make_ticket(channel, departments["hr"])
    note = notes.add_note(ticket=secret, text="@maya @ada look", by=hr_partner)

    assert note.unreached == ["maya", "ada"]
    assert not Mention.objects.exists()


def test_a_mentioned_colleague_of_another_department_answers(
    ticket: Ticket, pr_officer: User
) -> None:
    assert notes.add_note(ticket=ticket, text="Ours is ready.", by=pr_officer).author == pr_officer


@pytest.mark.parametrize("persona", ["observer", "outsider"])
def test_whoever_may_not_write_writes_no_note(
    ticket: Ticket, persona: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Refused):
        notes.add_note(ticket=ticket, text="Hi", by=request.getfixturevalue(persona))
    assert not Note.objects.exists()


def test_no_note_reaches_a_ticket_that_moved_out_of_sight(
    ticket: Ticket, agent: User, departments: Departments
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(department=departments["hr"])
    with pytest.raises(Conflict):
        notes.add_note(ticket=ticket, text="Hi", by=agent)


@pytest.mark.parametrize("text", ["", " \n\0", "x" * 20_001])
def test_a_note_says_something_and_not_too_much(ticket: Ticket, agent: User, text: str) -> None:
    with pytest.raises(Refused) as caught:
        notes.add_note(ticket=ticket, text=text, by=agent)
    assert caught.value.field == "text"


def test_mentions_are_read_by_their_person_alone(
    ticket: Ticket, agent: User, colleague: User, lead: User
) -> None:
    notes.add_note(ticket=ticket, text="@tom @ines", by=agent)

    assert notes.read_mentions(ticket=ticket, by=colleague) == 1
    assert notes.read_mentions(ticket=ticket, by=colleague) == 0
    assert Mention.objects.get(read_at=None).user == lead


def test_a_note_is_searchable_in_its_own_language(ticket: Ticket, agent: User) -> None:
    text = "Die Kundin hat die verbrannten Brötchen schon zurückgeschickt und wartet."
    note = notes.add_note(ticket=ticket, text=text, by=agent)
    assert Note.objects.get(pk=note.pk).search_config == "german"
