"""Internal remarks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from inbox import live
from inbox.models import Mention, Note, Notice, Ticket, TicketEvent
from inbox.models.search import configuration_for
from inbox.services import notices
from inbox.services.conflicts import Conflict, NotAllowed, Refused
from routing import language

LONGEST = 20_000
MOST_MENTIONS = 50
# An @ inside a word belongs to an e-mail address.
HANDLE = re.compile(r"(?<![\w@.])@([\w.-]+)")


@transaction.atomic
def add_note(*, ticket: Ticket, text: str, by: User) -> Note:
    """Write a note; each @handle of someone who may see the ticket becomes a mention.

    Whoever may see the ticket may write one, except observers: colleagues asked by a mention
    answer with a note. `note.unreached` holds the handles that named nobody who may see the
    ticket. Raises `Refused`, or `Conflict` when the ticket moved out of sight meanwhile.
    """
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused(_("Write something first."), field="text")
    if len(text) > LONGEST:
        message = _("A note has at most %(most)d characters.") % {"most": LONGEST}
        raise Refused(message, field="text")
    now = _held(ticket, by=by)
    found = language.detect([text], [ticket.language])[0]
    note = Note.objects.create(
        ticket=ticket, author=by, text=text, search_config=configuration_for(found)
    )
    people, note.unreached = _mentioned(text, now, by=by)
    Mention.objects.bulk_create(Mention(note=note, user=person) for person in people)
    kind, key = Notice.Kind.MENTIONED, f"note:{note.pk}"
    if people:
        data = {"note": note.pk}
        notices.tell(people=people, kind=kind, key=key, ticket=now, actor=by, data=data)
    TicketEvent.objects.create(
        ticket=ticket,
        kind=TicketEvent.Kind.NOTED,
        actor=by,
        data={"note": note.pk, "mentioned": [person.pk for person in people]},
    )
    live.publish([live.change_of(now, now.department_id)])
    return note


def read_mentions(*, ticket: Ticket, by: User) -> int:
    """Mark the mentions of `by` in this ticket as read; return how many."""
    unread = Mention.objects.filter(user=by, read_at=None, note__ticket=ticket)
    return unread.update(read_at=timezone.now())


def _held(ticket: Ticket, *, by: User) -> Ticket:
    """Lock the ticket against moving while a note is added; return it as it is now."""
    place = ("department_id", "shown_to", "shown_in")
    now = Ticket.objects.select_for_update(no_key=True).only(*place).get(pk=ticket.pk)
    access = access_of(by)
    if not access.can_write:
        raise NotAllowed(_("Observers write no notes."))
    if not access.sees(now.department_id, now.shown_also_to):
        if access.sees(ticket.department_id, ticket.shown_also_to):
            raise Conflict(_("This ticket has moved to another department."), ticket=None)
        raise NotAllowed(_("Only people who may see a ticket may write notes on it."))
    Ticket.objects.filter(pk=ticket.pk, is_touched=False).update(is_touched=True)
    return now


def _mentioned(text: str, ticket: Ticket, *, by: User) -> tuple[list[User], list[str]]:
    """People named in `text` who may see the ticket, and the other handles."""
    handles = list(dict.fromkeys(h.rstrip(".-").lower() for h in HANDLE.findall(text)))
    handles = [h for h in handles if h][:MOST_MENTIONS]
    people = {u.handle.lower(): u for u in _named(handles)} if handles else {}
    place, shown = ticket.department_id, ticket.shown_also_to
    reached = [
        people[h] for h in handles if h in people and access_of(people[h]).sees(place, shown)
    ]
    names = {person.handle.lower() for person in reached}
    return [p for p in reached if p != by], [h for h in handles if h not in names]


def _named(handles: Iterable[str]) -> Iterable[User]:
    people = User.objects.filter(is_active=True).prefetch_related("memberships")
    return people.alias(low=Lower("handle")).filter(low__in=handles)
