"""Lets the demo's departments ask each other, and one ticket go back and forth."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Membership, User
from inbox.models import Channel, Consult, HandOver, Notice, Ticket, TicketEvent
from inbox.services import consults
from inbox.services.conflicts import Conflict, Refused
from inbox.services.tickets import hand_over

# Who has the ticket, whom they ask and what; and the answer, if there is one yet.
QUESTIONS = (
    ("customer_service", "pr", "They mention a lawyer. May we offer a refund ourselves?", "Yes."),
    ("customer_service", "marketing", "Does the voucher of the campaign still count?", ""),
    ("marketing", "customer_service", "How many others asked for this today?", ""),
    ("pr", "hr", "Is there anything about working hours that we can say?", ""),
    ("hr", "pr", "They write to a newspaper, too. Please read this before you answer one.", ""),
)
BACK_AND_FORTH = ("customer_service", "marketing")
OLD_ENOUGH = timedelta(hours=1)


@transaction.atomic
def ask_around(*, channels: Iterable[Channel], now: datetime) -> int:
    """Ask the questions above about open tickets of the last days; return how many were asked.

    Does nothing the second time. What it does is dated to the last minutes before `now`.
    """
    tickets = Ticket.objects.open().filter(
        channel__in=list(channels), consulted=[], opened_at__lt=now - OLD_ENOUGH
    )
    if Consult.objects.filter(ticket__channel__in=channels, source="person").exists():
        return 0
    last = TicketEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    asked = 0
    for place, whom, question, answer in QUESTIONS:
        ticket = tickets.filter(department__slug=place).order_by("-opened_at").first()
        asked += _ask(ticket, place, whom, question, answer) if ticket else 0
    there, back = BACK_AND_FORTH
    ticket = tickets.filter(department__slug=there).order_by("-opened_at").first()
    if ticket is not None:
        _toss(ticket, there, back)
    _date(last, now)
    return asked


def _ask(ticket: Ticket, place: str, whom: str, question: str, answer: str) -> int:
    asker, member = _of(place), _of(whom)
    if asker is None or member is None:
        return 0
    department = member.memberships.get(department__slug=whom).department
    assert department is not None  # noqa: S101 - the membership was found by its department
    with suppress(Conflict, Refused):
        event = consults.ask(ticket=ticket, department=department, question=question, by=asker)
        if answer:
            consult = Consult.objects.get(pk=event.data["consult"])
            consults.answer(consult=consult, text=answer, by=member)
        return 1
    return 0


def _toss(ticket: Ticket, place: str, other: str) -> None:
    here, there = _of(place), _of(other)
    if here is None or there is None:
        return
    home = ticket.department
    target = there.memberships.get(department__slug=other).department
    with suppress(Conflict, Refused):
        hand_over(ticket=ticket, to=target, by=here, reason="This is about the campaign")
        hand_over(ticket=ticket, to=home, by=there, reason="It is about their order")


def _of(slug: str) -> User | None:
    """Somebody who works in a department of the demo."""
    roles = [Membership.Role.AGENT, Membership.Role.LEAD]
    members = Membership.objects.filter(department__slug=slug, role__in=roles)
    first = members.filter(user__is_active=True).select_related("user").order_by("pk").first()
    return first.user if first else None


def _date(last: int, now: datetime) -> None:
    """Give what was just done times shortly before `now`."""
    events = list(TicketEvent.objects.filter(pk__gt=last).order_by("pk"))
    for place, event in enumerate(events):
        at = now - timedelta(minutes=2 * (len(events) - place))
        TicketEvent.objects.filter(pk=event.pk).update(at=at)
        HandOver.objects.filter(pk=event.data.get("receipt")).update(at=at)
        consult = event.data.get("consult") or 0
        if event.kind == TicketEvent.Kind.CONSULTED:
            Consult.objects.filter(pk=consult).update(asked_at=at)
        elif event.kind == TicketEvent.Kind.CONSULT_ANSWERED:
            Consult.objects.filter(pk=consult).update(closed_at=at)
        Notice.objects.filter(ticket=event.ticket_id, created_at__gt=at).update(created_at=at)
