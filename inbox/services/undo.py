"""Taking an action back while nothing came of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import User
from inbox.models import HandOver, Ticket, TicketEvent
from inbox.services import consults, promises
from inbox.services.conflicts import Conflict, NotAllowed, Refused, conflict_over
from inbox.services.swap import NAMES, plain, record, take
from inbox.services.tags import restore_tags, tag_names
from routing.services import unlearn

Kind = TicketEvent.Kind
UNDOABLE = {
    Kind.CLAIMED,
    Kind.ASSIGNED,
    Kind.UNASSIGNED,
    Kind.TAGGED,
    Kind.PRIORITISED,
    Kind.PENDING,
    Kind.SNOOZED,
    Kind.RESOLVED,
    Kind.REOPENED,
    Kind.HANDED_OVER,
    Kind.CONFIRMED,
    Kind.INCIDENT,
    Kind.CONSULTED,
    Kind.CONSULT_ANSWERED,
    Kind.CONSULT_WITHDRAWN,
    Kind.SETTLED,
}
TIMES = ("snoozed_until", "resolved_at", "bouncing_since", "settled_at")


@transaction.atomic
def undo(*, event_id: int, by: User, ticket_id: int | None = None) -> TicketEvent:
    """Take back one's own action within `settings.UNDO_SECONDS`, if nothing happened since.

    With `ticket_id` only an action on that ticket. A hand-over can be taken back even from a
    department `by` may not see.
    """
    event = _own_event(event_id, by=by)
    if ticket_id is not None and event.ticket_id != ticket_id:
        raise Refused(_("That action was on another ticket."), field="event")
    before, after = event.data["before"], event.data["after"]
    now = Ticket.objects.get(pk=event.ticket_id)
    department = _place_of(event, now)
    if not access_of(by).works(department):
        raise NotAllowed(_("Only people who work in the ticket's department may change it."))
    columns = [column for column, name in NAMES.items() if name in after]
    if any(plain(getattr(now, column)) != after[NAMES[column]] for column in columns):
        raise conflict_over(now.pk, by=by, about=set(after))
    came_from, shown_before = now.department_id, now.shown_also_to
    changes = {column: _typed(column, before[NAMES[column]]) for column in columns}
    take(now, by=by, **changes)
    if "clock" in event.data:
        promises.put_back(now.pk, event.data["clock"], before=now)
    # The row is held now: what is read below cannot change before the commit.
    if _something_happened_since(event):
        raise conflict_over(now.pk, by=by, about=set(after))
    if "tags" in after:
        _undo_tags(now, before["tags"], after["tags"], by=by)
    HandOver.objects.filter(pk=event.data.get("receipt")).update(undone_at=timezone.now())
    unlearn(lesson_ids=[event.data.get("lesson") or 0], by=by)
    consults.take_back(event, by=by)
    _undo_others(event, by=by)
    for column, value in changes.items():
        setattr(now, column, value)
    data = {"event": event.pk, "kind": event.kind, "before": after, "after": before}
    return record(
        now, by=by, kind=Kind.UNDONE, data=data, came_from=came_from, shown_before=shown_before
    )


def _place_of(event: TicketEvent, now: Ticket) -> int | None:
    """The department in which somebody has to work to take `event` back."""
    if event.kind == Kind.CONSULT_ANSWERED:
        return int(event.data["asked"])
    if event.kind == Kind.SETTLED:
        return int(event.data["led"])
    place: int | None = event.data["before"].get("department", now.department_id)
    return place


def _own_event(event_id: int, *, by: User) -> TicketEvent:
    event = TicketEvent.objects.filter(pk=event_id, actor=by, kind__in=UNDOABLE).first()
    if event is None or "after" not in event.data:
        raise Refused(_("There is nothing of yours to undo here."))
    if timezone.now() - event.at > timedelta(seconds=settings.UNDO_SECONDS):
        message = _("An action can be undone for %(seconds)d seconds.")
        raise Refused(message % {"seconds": settings.UNDO_SECONDS})
    return event


def _undo_others(event: TicketEvent, *, by: User) -> None:
    """Take back what was done to other tickets along with this one, where nothing came of it."""
    for pk in event.data.get("also", ()):
        with suppress(Conflict, Refused), transaction.atomic():
            undo(event_id=pk, by=by)


def _undo_tags(ticket: Ticket, before: list[str], after: list[str], *, by: User) -> None:
    if tag_names(ticket) != after:
        raise conflict_over(ticket.pk, by=by, about={"tags"})
    restore_tags(ticket, before)


def _something_happened_since(event: TicketEvent) -> bool:
    """Whether someone else changed the ticket since, or the same person the same thing."""
    changed = set(event.data["after"])
    later = TicketEvent.objects.filter(ticket=event.ticket_id, pk__gt=event.pk)
    return any(
        other.actor_id != event.actor_id or changed & set(other.data["after"])
        for other in later
        if "after" in other.data
    )


def _typed(column: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value and column in TIMES else value
