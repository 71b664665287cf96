"""What people do with a ticket. Each is one transaction, one compare-and-swap, one event row.

Every service takes `expect`, the `Expectation` the person's screen was drawn from (None: do not
check), raises `Conflict` when someone else was first and `Refused` when it is not possible, and
returns the `TicketEvent` written; its pk is what `undo` takes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of, forget_access
from accounts.models import Department, User
from inbox import live
from inbox.models import Ticket, TicketEvent
from inbox.services import bounces, lessons, promises
from inbox.services.conflicts import Refused, conflict_over
from inbox.services.moving import move, reason_given
from inbox.services.swap import (
    Expectation,
    fresh,
    must_be_unresolved,
    must_have_read_all,
    plain,
    swap,
)
from inbox.services.tags import set_tags
from inbox.services.undo import undo

__all__ = [
    "Expectation",
    "assign",
    "claim",
    "confirm_department",
    "hand_over",
    "reopen",
    "resolve",
    "set_pending",
    "set_priority",
    "set_tags",
    "snooze",
    "undo",
    "wake_snoozed",
]

Kind = TicketEvent.Kind
State = Ticket.State
WAKE_AT_ONCE = 500
POSTS = "post_count"


@transaction.atomic
def claim(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """Make `by` the assignee of an unassigned ticket."""
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    if now.assignee_id is not None:
        raise conflict_over(now.pk, by=by, about={"assignee"})
    return swap(now, by=by, kind=Kind.CLAIMED, into=ticket, assignee_id=by.pk)


@transaction.atomic
def assign(
    *, ticket: Ticket, to: User | None, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Give the ticket to `to` (must be able to work its department), or to nobody."""
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    if to is None:
        if now.assignee_id is None:
            raise Refused(_("Nobody has this ticket."), field="assignee")
        return swap(now, by=by, kind=Kind.UNASSIGNED, into=ticket, assignee_id=None)
    if now.assignee_id == to.pk:
        raise Refused(_("%(name)s already has this ticket.") % {"name": to}, field="assignee")
    # Rights may have changed since the object was loaded, and these are not the caller's own.
    forget_access(to)
    if not access_of(to).works(now.department_id):
        message = _("%(name)s does not work in this ticket's department.") % {"name": to}
        raise Refused(message, field="assignee")
    kind = Kind.CLAIMED if to == by and now.assignee_id is None else Kind.ASSIGNED
    return swap(now, by=by, kind=kind, into=ticket, assignee_id=to.pk)


@transaction.atomic
def set_priority(
    *, ticket: Ticket, priority: int, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Say how urgent the ticket is (`Ticket.Priority`)."""
    if priority not in Ticket.Priority.values:
        raise Refused(_("There is no such priority."), field="priority")
    now = fresh(ticket, by=by, expect=expect)
    if now.priority == priority:
        raise Refused(_("The ticket already has this priority."), field="priority")
    return swap(now, by=by, kind=Kind.PRIORITISED, into=ticket, priority=priority)


@transaction.atomic
def set_pending(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """Wait for the contact; their next post opens it again, and one not read yet forbids it."""
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    must_have_read_all(now, by=by, expect=expect)
    if now.state == State.PENDING:
        raise conflict_over(now.pk, by=by, about={"state"})
    return swap(
        now,
        by=by,
        kind=Kind.PENDING,
        into=ticket,
        besides=[POSTS],
        state=State.PENDING,
        snoozed_until=None,
    )


@transaction.atomic
def snooze(
    *, ticket: Ticket, until: datetime, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Out of sight until `until` (future), or until the contact writes."""
    if until <= timezone.now():
        raise Refused(_("Choose a time in the future."), field="snoozed_until")
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    return swap(
        now, by=by, kind=Kind.SNOOZED, into=ticket, state=State.SNOOZED, snoozed_until=until
    )


@transaction.atomic
def resolve(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """The work is done; a later post of the contact opens the ticket again.

    One that `by` has not read yet is no later one: it forbids it.
    """
    now = fresh(ticket, by=by, expect=expect)
    if now.state == State.RESOLVED:
        raise conflict_over(now.pk, by=by, about={"state"})
    must_have_read_all(now, by=by, expect=expect)
    return swap(
        now,
        by=by,
        kind=Kind.RESOLVED,
        into=ticket,
        besides=[POSTS],
        state=State.RESOLVED,
        snoozed_until=None,
        resolved_at=timezone.now(),
    )


@transaction.atomic
def reopen(*, ticket: Ticket, by: User, expect: Expectation | None = None) -> TicketEvent:
    """Put a pending, snoozed or resolved ticket back into the queue."""
    now = fresh(ticket, by=by, expect=expect)
    if now.state == State.OPEN:
        raise conflict_over(now.pk, by=by, about={"state"})
    return swap(
        now,
        by=by,
        kind=Kind.REOPENED,
        into=ticket,
        state=State.OPEN,
        snoozed_until=None,
        resolved_at=None,
    )


@transaction.atomic
def hand_over(
    *,
    ticket: Ticket,
    to: Department | None,
    by: User,
    reason: str,
    expect: Expectation | None = None,
) -> TicketEvent:
    """Move the ticket to another department's queue (None: triage), unassigned; a lesson.

    What waited is open again there; what was resolved stays so. The sender keeps a `HandOver`
    receipt, which is all they keep when `to` is confidential (DESIGN §4.3). A ticket that goes back
    and forth is told to the leads; one that a lead has settled lately is moved by leads alone.
    """
    reason = reason_given(reason)
    if to is not None and not to.is_active:
        raise Refused(_("This department takes no tickets."), field="department")
    now = fresh(ticket, by=by, expect=expect)
    if now.department_id == (to.pk if to else None):
        raise Refused(_("The ticket is already there."), field="department")
    bounces.must_be_movable(now, to=to, by=by)
    is_bouncing = bounces.would_bounce(now, to=to)
    columns: dict[str, Any] = {"bouncing_since": timezone.now()} if is_bouncing else {}
    kind = Kind.HANDED_OVER
    event = move(now, to=to, by=by, reason=reason, kind=kind, into=ticket, **columns)
    if is_bouncing:
        bounces.tell_leads(ticket)
    return event


@transaction.atomic
def confirm_department(
    *, ticket: Ticket, by: User, expect: Expectation | None = None
) -> TicketEvent:
    """Say that the ticket is in the right department: a lesson for the router."""
    now = fresh(ticket, by=by, expect=expect)
    if now.department is None:
        raise Refused(_("The ticket is in no department yet."), field="department")
    if lessons.is_confirmed(now):
        raise Refused(_("Somebody said so already."), field="department")
    lesson = lessons.from_confirmation(ticket=now, by=by)
    data = {"lesson": lesson, "department": now.department_id}
    return swap(now, by=by, kind=Kind.CONFIRMED, into=ticket, data=data)


@transaction.atomic
def wake_snoozed() -> int:
    """Open every snoozed ticket whose time has come, a batch a call; return how many."""
    due = list(
        Ticket.objects.select_for_update(skip_locked=True)
        .filter(state=State.SNOOZED, snoozed_until__lte=timezone.now())
        .order_by("snoozed_until")[:WAKE_AT_ONCE]
    )
    if not due:
        return 0
    Ticket.objects.filter(pk__in=[t.pk for t in due]).update(state=State.OPEN, snoozed_until=None)
    ended = {ticket.pk: ticket.snoozed_until for ticket in due}
    for ticket in due:
        ticket.state, ticket.snoozed_until = State.OPEN, None
    promises.move_all(due)
    TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket,
            kind=Kind.WOKEN,
            data={
                "before": {"state": State.SNOOZED, "snoozed_until": plain(ended[ticket.pk])},
                "after": {"state": State.OPEN, "snoozed_until": None},
            },
        )
        for ticket in due
    )
    live.publish(live.change_of(t, t.department_id) for t in due)
    return len(due)
