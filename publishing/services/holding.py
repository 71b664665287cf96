"""Who may touch a reply, and what is held while it is changed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from inbox.models import Ticket
from inbox.services.conflicts import NotAllowed, Refused, conflict_over
from publishing.models import Reply


def held_ticket(pk: int) -> Ticket:
    """The ticket as it is now, its row held until the commit; the other one if it was merged.

    Whoever receives posts or decides about a reply of the thread waits meanwhile.
    """
    ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if ticket.merged_into_id is not None:
        return held_ticket(ticket.merged_into_id)
    return ticket


def workable_ticket(pk: int, *, by: User) -> Ticket:
    """As `held_ticket`, for one that `by` works. Raises `NotAllowed` and `Conflict`."""
    ticket = held_ticket(pk)
    access = access_of(by)
    if access.works(ticket.department_id):
        return ticket
    if not access.sees(ticket.department_id):
        raise conflict_over(ticket.pk, by=by, about={"department"})
    raise NotAllowed(_("Only people who work in the ticket's department may answer."))


def reload(reply: Reply, ticket: Ticket) -> Reply:
    """The reply as it is now, its ticket held; one of a merged ticket follows it."""
    reply.refresh_from_db()
    if reply.ticket_id != ticket.pk:
        Reply.objects.filter(pk=reply.pk).update(ticket=ticket)
    reply.ticket = ticket
    return reply


def must_be_author(reply: Reply, *, by: User) -> None:
    """Raise `NotAllowed` unless `by` wrote it."""
    if reply.author_id != by.pk:
        raise NotAllowed(_("Only its author may change a draft."))


def must_have_moved(is_done: bool) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise `Refused` when a compare-and-swap found that somebody else was first."""
    if not is_done:
        raise Refused(_("Too late: this reply went on meanwhile."), field="state")
