"""The clock of a ticket's promises: a stopwatch that runs through working hours. No database.

Each function changes the columns of the ticket it is given and saves nothing. When a promise ends
follows from the time used so far: `sla_used` and what has passed since `sla_running_since`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.sla import Promises, Terms
from inbox.models import Ticket
from inbox.models.promises import NEVER

State = Ticket.State
# What reaches us later than this is history that is brought in, and nobody was promised anything.
HISTORY = timedelta(days=7)


def begin(ticket: Ticket, terms: Terms | None, *, at: datetime) -> None:
    """Promise what `terms` say from `at` on, in place of what was promised before."""
    _promise(ticket, terms, used=0, since=at)
    settle(ticket)


def exchange(ticket: Ticket, terms: Terms, *, before: Terms, now: datetime) -> None:
    """Promise what `terms` say instead of what `before` said; the time used so far counts."""
    is_running = ticket.sla_running_since is not None
    _promise(ticket, terms, used=_used(ticket, before, now), since=now)
    if not is_running:
        _stop(ticket, terms, now)
    settle(ticket)


def follow(ticket: Ticket, terms: Terms | None, *, now: datetime) -> None:
    """Let the clock stand still or run, as the ticket's state asks for."""
    if terms is not None:
        is_running = ticket.sla_running_since is not None
        if stands_still(ticket.state, terms):
            if is_running:
                _stop(ticket, terms, now)
        elif not is_running:
            ticket.sla_running_since = now
            _work_out(ticket, terms)
    settle(ticket)


def respond(ticket: Ticket, at: datetime) -> None:
    """Take note that the page answered at `at`; the earliest answer counts."""
    if ticket.first_responded_at is None or at < ticket.first_responded_at:
        ticket.first_responded_at = at
        settle(ticket)


def stands_still(state: str, terms: Terms) -> bool:
    """Whether no time passes while a ticket is in `state`."""
    return (
        state == State.RESOLVED
        or (state == State.PENDING and terms.pauses_pending)
        or (state == State.SNOOZED and terms.pauses_snoozed)
    )


def settle(ticket: Ticket) -> None:
    """Work out which promise ends next, and which breach is not on the timeline yet."""
    first, last = ticket.first_response_due_at, ticket.resolution_due_at
    is_running = ticket.sla_running_since is not None and ticket.merged_into_id is None
    is_answered = ticket.first_responded_at is not None
    dues = [due for due in (None if is_answered else first, last) if due is not None]
    ticket.due_at = min(dues) if dues and is_running and ticket.resolved_at is None else NEVER
    # A promise that was kept too late is broken; one kept in time can no longer be.
    breaks = [
        due
        for due, kept_at, is_told in (
            (first, ticket.first_responded_at, ticket.first_response_breached),
            (last, ticket.resolved_at, ticket.resolution_breached),
        )
        if due is not None and not is_told and (kept_at is None or due < kept_at)
    ]
    ticket.breach_due_at = min(breaks) if breaks and ticket.merged_into_id is None else None


def reached(ticket: Ticket, now: datetime) -> list[str]:
    """Mark the promises that are broken at `now`; return "first_response", "resolution" or both."""
    broken = []
    first, last = ticket.first_response_due_at, ticket.resolution_due_at
    for name, due, kept_at in (
        ("first_response", first, ticket.first_responded_at),
        ("resolution", last, ticket.resolved_at),
    ):
        is_told = getattr(ticket, f"{name}_breached")
        if due is not None and not is_told and (due < kept_at if kept_at else due <= now):
            setattr(ticket, f"{name}_breached", True)
            broken.append(name)
    settle(ticket)
    return broken


def take_over(ticket: Ticket, other: Ticket) -> None:
    """Let `ticket` have the clock of `other`."""
    for column in Ticket.CLOCK:
        setattr(ticket, column, getattr(other, column))


def terms_for(ticket: Ticket, promises: Promises) -> Terms | None:
    """The terms the ticket has now."""
    return promises.terms.get(ticket.sla_policy_id or 0)


def _used(ticket: Ticket, terms: Terms, now: datetime) -> int:
    if ticket.sla_running_since is None:
        return ticket.sla_used
    passed = terms.hours.between(ticket.sla_running_since, now)
    return ticket.sla_used + round(passed.total_seconds())


def _promise(ticket: Ticket, terms: Terms | None, *, used: int, since: datetime) -> None:
    ticket.sla_policy_id = terms.pk if terms else None
    ticket.sla_used = used
    ticket.sla_running_since = since if terms else None
    ticket.first_response_due_at = ticket.resolution_due_at = None
    ticket.first_response_breached = ticket.resolution_breached = False
    if terms is not None:
        _work_out(ticket, terms)


def _stop(ticket: Ticket, terms: Terms, now: datetime) -> None:
    """Let the clock stand still: what was not over by now has no end until it runs again."""
    ticket.sla_used = _used(ticket, terms, now)
    ticket.sla_running_since = None
    if ticket.resolution_due_at is not None and ticket.resolution_due_at > now:
        ticket.resolution_due_at = None
    first = ticket.first_response_due_at
    if ticket.first_responded_at is None and first is not None and first > now:
        ticket.first_response_due_at = None


def _work_out(ticket: Ticket, terms: Terms) -> None:
    """When each promise ends; one that is over already stays where it was."""
    since = ticket.sla_running_since
    if since is None:
        return
    used = timedelta(seconds=ticket.sla_used)
    if terms.first_response is not None and ticket.first_responded_at is None:
        left = terms.first_response - used
        if ticket.first_response_due_at is None or left > timedelta(0):
            ticket.first_response_due_at = terms.hours.after(since, left)
    if terms.resolution is not None:
        left = terms.resolution - used
        if ticket.resolution_due_at is None or left > timedelta(0):
            ticket.resolution_due_at = terms.hours.after(since, left)
