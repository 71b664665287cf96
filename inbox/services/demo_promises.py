"""What the demo's departments promise, and the incidents it has seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from accounts.models import Department, SlaDefault, SlaPolicy, User
from accounts.services import sla
from inbox import clock
from inbox.demo.content import load
from inbox.demo.people import email_of
from inbox.models import Channel, Ticket, TicketEvent
from inbox.services.promises import record_breaches
from inbox.services.receive.store import Writes
from routing import queries
from routing.models import Incident
from routing.services import close_incident, save_incident

# Older backlog had its promise broken long ago, which would be all that the demo's lists show.
PROMISED_FOR = timedelta(days=2)


@transaction.atomic
def set_up_policies() -> None:
    """Create the SLA policies that are missing, and give them to departments that have none."""
    departments = {d.slug: d.pk for d in Department.objects.all()}
    taken = set(SlaDefault.objects.values_list("department_id", flat=True))
    for wanted in load().policies:
        policy = SlaPolicy.objects.filter(name=wanted["name"]).first() or _policy(wanted)
        keys = [departments[slug] for slug in wanted["departments"]]
        free: dict[sla.Key, SlaPolicy | None] = {(k, None): policy for k in keys if k not in taken}
        sla.set_defaults(wanted=free, by=None)


def _policy(wanted: Mapping[str, Any]) -> SlaPolicy:
    return sla.save_policy(
        policy=SlaPolicy(),
        by=None,
        name=wanted["name"],
        first_response_minutes=wanted["first_response_minutes"],
        resolution_minutes=wanted.get("resolution_minutes"),
        time_zone=wanted["time_zone"],
        shifts={str(day): [wanted["shift"]] for day in wanted["days"]},
    )


@transaction.atomic
def promise_what_is_open(*, channels: Iterable[Channel], now: datetime) -> int:
    """Promise what the policies say for open tickets of the last days; return for how many.

    What is broken by `now` gets its line in the timeline, dated to when it broke.
    """
    promises = queries.snapshot().promises
    rows = Ticket.objects.unresolved().filter(
        channel__in=channels, sla_policy=None, opened_at__gt=now - PROMISED_FOR
    )
    tickets = list(rows.select_for_update())
    for ticket in tickets:
        terms = promises.default_of(ticket.department_id, ticket.priority)
        clock.begin(ticket, terms, at=ticket.opened_at)
        if ticket.is_answered:
            clock.respond(ticket, ticket.last_post_at)
        clock.follow(ticket, terms, now=now)
    writes = Writes()
    writes.update(tickets, tuple(column.removesuffix("_id") for column in Ticket.CLOCK))
    writes.run()
    record_breaches()
    broken = TicketEvent.objects.filter(ticket__in=tickets, kind=TicketEvent.Kind.BREACHED)
    for event in broken:
        TicketEvent.objects.filter(pk=event.pk).update(at=event.data["due_at"])
    return len(tickets)


@transaction.atomic
def set_up_incidents(*, now: datetime) -> None:
    """Open the demo's incidents that are missing, so that posts coming in are linked to them."""
    people = {u.email: u for u in User.objects.all()}
    there = set(Incident.objects.values_list("title", flat=True))
    for wanted in load().incidents:
        if wanted["title"] not in there:
            save_incident(
                incident=Incident(opened_at=now + timedelta(days=wanted["begins"])),
                by=people[email_of(wanted["by"])],
                **{name: wanted[name] for name in ("title", "kind", "phrases")},
            )


@transaction.atomic
def settle_incidents(*, now: datetime) -> None:
    """Date the incidents by their posts, and close what is over."""
    for wanted in load().incidents:
        incident = Incident.objects.filter(title=wanted["title"], closed_at=None).first()
        if incident is None:
            continue
        begins = now + timedelta(days=wanted["begins"])
        Ticket.objects.filter(incident=incident, opened_at__lt=begins).update(incident=None)
        found = Ticket.objects.filter(incident=incident).aggregate(first=Min("opened_at"))
        Incident.objects.filter(pk=incident.pk).update(opened_at=found["first"] or begins)
        if "ends" in wanted and incident.opened_by is not None:
            close_incident(incident=incident, by=incident.opened_by)
            ended = now + timedelta(days=wanted["ends"])
            Incident.objects.filter(pk=incident.pk).update(closed_at=ended)


def wipe_incidents() -> int:
    """Delete the demo's incidents; return how many."""
    titles = [wanted["title"] for wanted in load().incidents]
    rows = Incident.objects.filter(title__in=titles)
    Ticket.objects.filter(incident__in=rows).update(incident=None)
    count = rows.count()
    rows.delete()
    return count
