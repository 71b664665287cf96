"""Tickets that go back and forth: leads are told, and one of them settles it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import Department, Membership, User
from inbox.models import Notice, Ticket, TicketEvent, TriagePolicy
from inbox.queries.bounces import leads_of, moves_of
from inbox.services import lessons, notices
from inbox.services.conflicts import NotAllowed, Refused, conflict_over
from inbox.services.moving import move, reason_given
from inbox.services.swap import Expectation, swap

Kind = TicketEvent.Kind


def would_bounce(now: Ticket, *, to: Department | None) -> bool:
    """Whether moving `now` to `to` makes it one that goes back and forth."""
    if to is None or now.department_id is None or now.bouncing_since is not None:
        return False
    moves = moves_of(now)
    return to.pk in moves.left or moves.count + 1 >= TriagePolicy.current().bounce_after


def tell_leads(ticket: Ticket) -> None:
    """Write on the timeline that `ticket`, which has just moved, bounces; tell the leads."""
    concerned = moves_of(ticket).concerned
    data = {"departments": sorted(concerned)}
    event = TicketEvent.objects.create(ticket=ticket, kind=Kind.BOUNCED, data=data)
    leads = User.objects.filter(
        is_active=True,
        memberships__role=Membership.Role.LEAD,
        memberships__department__in=concerned,
    )
    key, kind = f"bounce:{event.pk}", Notice.Kind.BOUNCED
    notices.tell(people=leads.distinct(), kind=kind, key=key, ticket=ticket, data=data)


def must_be_movable(now: Ticket, *, to: Department | None, by: User) -> None:
    """Raise `Refused` for a ticket that a lead has settled lately, unless `by` leads there."""
    if now.settled_at is None:
        return
    until = now.settled_until(hours=TriagePolicy.current().settled_for)
    places = {now.department_id, to.pk if to else None}
    if until is None or until <= timezone.now() or access_of(by).led_department_ids & places:
        return
    told = {"department": now.department or _("triage"), "until": _when(until)}
    message = _(
        "A lead has settled that this ticket belongs to %(department)s. Until %(until)s only a "
        "lead moves it."
    )
    raise Refused(message % told, field="department")


@transaction.atomic
def settle(
    *,
    ticket: Ticket,
    to: Department,
    reason: str,
    by: User,
    expect: Expectation | None = None,
) -> TicketEvent:
    """Say whose a ticket is that goes back and forth: it moves there, or stays; a lesson.

    For whoever leads one of the departments concerned and sees the ticket. Raises as the services
    of `tickets`.
    """
    reason = reason_given(reason)
    if not to.is_active:
        raise Refused(_("This department takes no tickets."), field="department")
    held = Ticket.objects.select_for_update(no_key=True, of=("self",)).select_related("department")
    now = held.get(pk=ticket.pk)
    _must_be_theirs(now, by=by)
    if expect and (differing := expect.differs_in(now)):
        raise conflict_over(now.pk, by=by, about=differing)
    data = {"settled": to.pk, "led": min(leads_of(now, by))}
    columns: dict[str, Any] = {"bouncing_since": None, "settled_at": timezone.now()}
    if to.pk != now.department_id:
        kind = Kind.SETTLED
        return move(now, to=to, by=by, reason=reason, kind=kind, into=ticket, data=data, **columns)
    lesson = lessons.from_confirmation(ticket=now, by=by)
    told = {**data, "reason": reason, "lesson": lesson}
    return swap(now, by=by, kind=Kind.SETTLED, into=ticket, data=told, **columns)


def _must_be_theirs(now: Ticket, *, by: User) -> None:
    access = access_of(by)
    if not access.sees(now.department_id, now.shown_also_to):
        raise conflict_over(now.pk, by=by, about={"department"})
    if now.bouncing_since is None:
        raise Refused(_("This ticket does not go back and forth, or it was settled meanwhile."))
    if not leads_of(now, by):
        raise NotAllowed(_("Only a lead of a department concerned settles whose ticket it is."))


def _when(at: datetime) -> str:
    return date_format(localtime(at), "D j M, H:i")
