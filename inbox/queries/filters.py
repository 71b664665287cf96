"""Which tickets belong on a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Subquery
from django.utils import timezone

from accounts.access import access_of
from accounts.models import Department, User
from inbox.models import Mention, Ticket
from inbox.models.tickets import TicketQuerySet
from inbox.queries.consults import asked_departments

State = Ticket.State
ORDERS = ("newest", "oldest", "priority", "due")
# These order work still to do; history is in order of time.
OF_WORK = {"priority", "due"}
UNRESOLVED = "unresolved"
ANY = "any"
STATES = (*State.values, UNRESOLVED, ANY)
QUEUES = ("all", "mine", "mentions", "consults", "unassigned", "triage", "snoozed", "resolved")
# What a queue shows when no state was asked for; every other queue shows open tickets.
STATE_OF_QUEUE = {
    "mine": UNRESOLVED,
    "mentions": ANY,
    "consults": UNRESOLVED,
    "snoozed": State.SNOOZED.value,
    "resolved": State.RESOLVED.value,
}
ORDER_OF_QUEUE = {"triage": "priority"}
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list shows. `queue` is one of `QUEUES` or a department's slug.

    An empty `state` means what the queue is about; `unresolved` and `any` are possible too.
    `assignee` 0 means nobody. `since` and `until` are days of the newest post in the current time
    zone, both included.
    """

    queue: str = "all"
    state: str = ""
    order: str = "newest"
    channel: int | None = None
    assignee: int | None = None
    language: str = ""
    tag: int | None = None
    since: date | None = None
    until: date | None = None
    overdue: bool = False
    incident: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str], *, queue: str = "all") -> TicketFilter:
        """Read the parameters of a page's address; what makes no sense is left out."""
        state, order = query.get("state", ""), query.get("order", "")
        return cls(
            queue=queue,
            state=state if state in STATES else "",
            order=order if order in ORDERS else ORDER_OF_QUEUE.get(queue, "newest"),
            channel=_number(query.get("channel", "")),
            assignee=_number(query.get("assignee", "")),
            language=query.get("language", "")[:8].replace("\0", ""),
            tag=_number(query.get("tag", "")),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            incident=_number(query.get("incident", "")),
            overdue=query.get("overdue", "").lower() in {"1", "true", "on"},
        )

    @property
    def effective_state(self) -> str:
        """The state shown: the one asked for, else the queue's own."""
        return self.state or STATE_OF_QUEUE.get(self.queue, State.OPEN.value)

    @property
    def effective_order(self) -> str:
        """The order shown: one of work still to do has nothing to say about history."""
        if self.order in OF_WORK and self.effective_state in {State.RESOLVED, ANY}:
            return "newest"
        return self.order if self.order in ORDERS else "newest"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but queue and order was asked for."""
        return self != TicketFilter(queue=self.queue, order=self.order)


def tickets_on(user: User | AnonymousUser, wanted: TicketFilter) -> TicketQuerySet:
    """The tickets `user` may see that belong on the list, in no order."""
    rows = _in_queue(Ticket.objects.visible_to(user).current(), user, wanted.queue)
    rows = _in_state(rows, wanted.effective_state)
    if wanted.channel is not None:
        rows = rows.filter(channel=wanted.channel)
    if wanted.assignee is not None:
        rows = rows.filter(assignee=wanted.assignee or None)
    if wanted.language:
        rows = rows.filter(language=wanted.language)
    if wanted.tag is not None:
        tagged = Ticket.tags.through.objects.filter(tag=wanted.tag)
        rows = rows.filter(pk__in=tagged.values("ticket"))
    if wanted.incident is not None:
        rows = rows.filter(incident=wanted.incident)
    if wanted.overdue:
        rows = rows.overdue()
    if wanted.since:
        rows = rows.filter(last_post_at__gte=_start_of(wanted.since))
    if wanted.until and wanted.until < date.max:
        rows = rows.filter(last_post_at__lt=_start_of(wanted.until + timedelta(days=1)))
    return rows


def _in_queue(rows: TicketQuerySet, user: User | AnonymousUser, queue: str) -> TicketQuerySet:
    match queue:
        case "all" | "snoozed" | "resolved":
            return rows
        case "mine":
            return rows.filter(assignee=user.pk, assignee__isnull=False)
        case "mentions":
            mentions = Mention.objects.filter(user=user.pk)
            return rows.filter(pk__in=mentions.values("note__ticket"))
        case "consults":
            asked = asked_departments(access_of(user))
            return rows.exclude(consulted=[]).filter(consulted__overlap=asked)
        case "unassigned":
            return rows.filter(
                assignee=None, department__in=sorted(access_of(user).workable_department_ids)
            )
        case "triage":
            # Asked in vain, the database would look at every ticket to do.
            can_see = access_of(user).can_see_triage
            return rows.filter(department=None) if can_see else rows.none()
    # As a subquery the planner sees one department, and walks that department's index.
    department = Department.objects.filter(slug=queue.replace("\0", "")).values("pk")
    return rows.filter(department=Subquery(department[:1]))


def _in_state(rows: TicketQuerySet, state: str) -> TicketQuerySet:
    if state == ANY:
        return rows
    if state == UNRESOLVED:
        return rows.unresolved()
    return rows.filter(state=state)


def _number(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return number if number is not None and number <= LARGEST_ID else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
