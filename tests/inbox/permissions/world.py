"""One ticket in each kind of place, and who may do what with it (DESIGN §4.3)."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Department, User
from inbox.models import Channel, Tag, Ticket
from inbox.services import consults
from routing.models import Decision
from tests.factories import make_contact, make_note, make_post, make_ticket

# "asked" is a ticket of HR about which one of HR asks PR.
PLACES = ("desk", "hr", "triage", "asked")
# Everyone finds a ticket by this word; what a ticket says besides is for its readers alone.
COMMON = "parcel"
PERSONAS = (
    *("agent", "colleague", "lead", "triager", "pr_officer", "hr_partner"),
    *("admin", "observer", "outsider", "anonymous"),
)
SEES = {
    "agent": {"desk"},
    "colleague": {"desk"},
    "lead": {"desk", "triage"},
    "triager": {"desk", "triage"},
    "pr_officer": {"desk", "asked"},
    "hr_partner": {"desk", "hr", "asked"},
    "admin": {"desk", "triage"},
    "observer": {"desk"},
    "outsider": set(),
    "anonymous": set(),
}
WORKS = {
    "agent": {"desk"},
    "colleague": {"desk"},
    "lead": {"desk", "triage"},
    "triager": {"triage"},
    "pr_officer": set(),
    "hr_partner": {"hr", "asked"},
    "admin": {"desk", "triage"},
    "observer": set(),
    "outsider": set(),
    "anonymous": set(),
}
# What goes back and forth is settled by those who lead: here nobody leads HR.
SETTLES: dict[str, set[str]] = {persona: set() for persona in PERSONAS} | {
    "lead": {"desk"},
    "admin": {"desk"},
}
# A note is how a colleague of another department answers when asked; observers stay silent.
WRITES_NOTES = {p: SEES[p] if p != "observer" else set() for p in PERSONAS}


@dataclass(frozen=True)
class World:
    """The tickets by place; all of one contact."""

    tickets: dict[str, Ticket]

    def secret(self, place: str) -> str:
        """A word that only the ticket of this place says, in each of its parts."""
        return f"{place}whispers"

    def places_told_in(self, text: str) -> set[str]:
        return {place for place in PLACES if self.secret(place) in text}


def build_world(channel: Channel, departments: dict[str, Department], author: User) -> World:
    """Make the four tickets, each with posts, a note, a tag, an event and a decision."""
    ana = make_contact("Ana Costa")
    hr = departments["hr"]
    places = {"desk": departments["customer_service"], "hr": hr, "triage": None, "asked": hr}
    world = World({})
    for place, department in places.items():
        secret = world.secret(place)
        decision = Decision.objects.create(
            department=department,
            method="classifier",
            reasons=[{"word": secret, "weight": 1.0}],
            facts={"text": secret},
        )
        text = f"My {COMMON} {secret}"
        ticket = make_ticket(channel, department, text, contact=ana, decision=decision)
        make_post(ticket, f"Again my {COMMON} {secret}")
        make_note(ticket, author, f"The {COMMON} {secret}")
        ticket.tags.add(Tag.objects.create(name=f"tag {secret}"))
        ticket.events.create(kind="tagged", data={"after": {"tags": [secret]}})
        world.tickets[place] = ticket
    asked = world.tickets["asked"]
    question = f"The {COMMON} {world.secret('asked')}"
    consults.ask(ticket=asked, department=departments["pr"], question=question, by=author)
    return world
