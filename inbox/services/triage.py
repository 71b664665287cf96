"""Sorting what routing was unsure of: by a key, many at once, or by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Department, User
from inbox import live
from inbox.models import HandOver, Ticket, TicketEvent, TriagePolicy
from inbox.models.triage import SPAM
from inbox.queries.triage import in_triage, waiting_before, was_sorted_since
from inbox.services import consults, lessons, promises
from inbox.services.conflicts import Conflict, Refused
from inbox.services.swap import (
    Expectation,
    fresh,
    must_be_unresolved,
    must_have_read_all,
    swap,
)
from inbox.services.tags import restore_tags, tag_names
from inbox.services.tickets import hand_over
from routing.services import clear_alarm, raise_alarm

Kind = TicketEvent.Kind
State = Ticket.State
ALARM = "triage.waiting"
FALL_BACK_AT_ONCE = 500


@transaction.atomic
def sort(
    *,
    ticket: Ticket,
    to: Department,
    by: User,
    expect: Expectation | None = None,
    alike: Iterable[Ticket] = (),
) -> TicketEvent:
    """Send a ticket on from triage, and with it those `alike` that nobody has moved meanwhile.

    Raises and returns as the services of `tickets`; undoing the event undoes them all.
    """
    reason = _("Sorted from triage")
    event = hand_over(ticket=ticket, to=to, by=by, reason=reason, expect=expect)
    return _with_others(event, alike, lambda t: hand_over(ticket=t, to=to, by=by, reason=reason))


@transaction.atomic
def park(
    *,
    ticket: Ticket,
    by: User,
    expect: Expectation | None = None,
    alike: Iterable[Ticket] = (),
) -> TicketEvent:
    """Put spam out of the way: resolved and tagged, never deleted; with those `alike`.

    Raises and returns as the services of `tickets`; undoing the event undoes them all.
    """
    event = _park(ticket, by=by, expect=expect)
    return _with_others(event, alike, lambda other: _park(other, by=by, expect=None))


def save_policy(*, policy: TriagePolicy, by: User) -> TriagePolicy:
    """Put a policy in force. Raises `ValidationError`."""
    policy.pk = 1
    policy.full_clean(validate_unique=False)
    with transaction.atomic(), pghistory.context(user=by.pk):
        TriagePolicy.objects.update_or_create(
            pk=1,
            defaults={
                "target": policy.target,
                "fall_back_to": policy.fall_back_to,
                "fall_back_after": policy.fall_back_after,
                "bounce_after": policy.bounce_after,
                "settled_for": policy.settled_for,
            },
        )
    return policy


def watch(*, now: datetime | None = None) -> int:
    """Raise or clear the alarm about tickets that wait too long; return how many do."""
    now = now or timezone.now()
    policy = TriagePolicy.current()
    limit = now - timedelta(minutes=policy.target)
    late = waiting_before(limit).count()
    if not late:
        clear_alarm(ALARM)
        return 0
    told = {"count": late, "minutes": policy.target}
    message = _("%(count)d tickets have waited in triage for more than %(minutes)d minutes.") % told
    raise_alarm(ALARM, message, "warning")
    return late


@transaction.atomic
def fall_back(*, now: datetime | None = None) -> int:
    """Send what waits to the default department when nobody has sorted for long; return how many.

    Nothing moves before it has waited as long itself, and without a default department.
    """
    now = now or timezone.now()
    policy = TriagePolicy.current()
    department = policy.fall_back_to
    limit = now - timedelta(minutes=policy.fall_back_after)
    if department is None or not department.is_active or was_sorted_since(limit):
        return 0
    waiting = waiting_before(limit).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:FALL_BACK_AT_ONCE])
    held = list(in_triage().filter(pk__in=ids).select_for_update(skip_locked=True).order_by("pk"))
    shown = {ticket.pk: ticket.shown_also_to for ticket in held}
    for ticket in held:
        consults.follow(ticket, to=department.pk)
    Ticket.objects.filter(pk__in=[t.pk for t in held]).update(department=department, assignee=None)
    for ticket in held:
        ticket.department, ticket.assignee = department, None
    promises.move_all(held, to_another_department=True)
    reason = _("Nobody sorted triage")
    before = {"department": None}
    after = {"department": department.pk}
    data = {"before": before, "after": after, "reason": reason}
    HandOver.objects.bulk_create(
        HandOver(ticket=t, to_department=department, reason=reason) for t in held
    )
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket=t, kind=Kind.HANDED_OVER, data=data) for t in held
    )
    live.publish(live.change_of(t, None, shown_before=shown[t.pk]) for t in held)
    return len(held)


def _with_others(
    event: TicketEvent, others: Iterable[Ticket], act: Callable[[Ticket], TicketEvent]
) -> TicketEvent:
    also = []
    for other in others:
        try:
            with transaction.atomic():
                also.append(act(other).pk)
        except (Conflict, Refused):
            continue  # Somebody was faster with that one: it is sorted.
    if also:
        event.data["also"] = also
        event.save(update_fields=["data"])
    return event


def _park(ticket: Ticket, *, by: User, expect: Expectation | None) -> TicketEvent:
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    must_have_read_all(now, by=by, expect=expect)
    event = swap(
        now,
        by=by,
        kind=Kind.RESOLVED,
        into=ticket,
        besides=["post_count"],
        state=State.RESOLVED,
        snoozed_until=None,
        resolved_at=timezone.now(),
    )
    # The row is held since the swap, so the tags are nobody else's.
    before = tag_names(now)
    restore_tags(now, [*before, SPAM])
    event.data["before"]["tags"] = before
    event.data["after"]["tags"] = tag_names(now)
    event.data |= {SPAM: True, "lesson": lessons.from_parking(ticket=now, by=by)}
    event.save(update_fields=["data"])
    return event
