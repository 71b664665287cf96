"""Asking another department about a ticket, which stays where it is.

As the services of `tickets`: one transaction, one event row, which `undo` takes. The ticket's row
is held from the start, so that its columns about consults always say what the consults say.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import access_of
from accounts.models import Department, User
from inbox.models import Consult, Notice, Ticket, TicketEvent
from inbox.models.asked import TRIAGE
from inbox.models.consults import LONGEST_ANSWER, LONGEST_QUESTION
from inbox.services import notices
from inbox.services.conflicts import Conflict, NotAllowed, Refused, conflict_over
from inbox.services.swap import Expectation, fresh, must_be_unresolved, swap

Kind = TicketEvent.Kind
State = Consult.State


@transaction.atomic
def ask(
    *,
    ticket: Ticket,
    department: Department,
    question: str,
    by: User,
    expect: Expectation | None = None,
) -> TicketEvent:
    """Ask `department` a question about the ticket; its members are told.

    Of a confidential department's ticket they see everything while the question is open: only who
    works there can ask. Raises as the services of `tickets`.
    """
    question = _said(question, most=LONGEST_QUESTION, field="question", empty=_("Ask something."))
    _hold(ticket.pk)
    now = fresh(ticket, by=by, expect=expect)
    must_be_unresolved(now, by=by, expect=expect)
    _must_be_askable(department, now)
    consult = Consult.objects.create(
        ticket=now,
        department=department,
        place_id=now.department_id,
        source=Consult.Source.PERSON,
        asked_by=by,
        question=question,
    )
    data = {"consult": consult.pk, "asked": department.pk}
    event = _swap(now, Kind.CONSULTED, by=by, into=ticket, data=data)
    notices.tell(
        people=notices.members_of([department]),
        kind=Notice.Kind.CONSULTED,
        key=f"consult:{consult.pk}",
        ticket=ticket,
        actor=by,
        data=data,
    )
    return event


@transaction.atomic
def answer(*, consult: Consult, text: str, by: User) -> TicketEvent:
    """Answer for the department that was asked; the asker and the assignee are told.

    Raises `Conflict` when somebody answered or withdrew the question first.
    """
    text = _said(text, most=LONGEST_ANSWER, field="answer", empty=_("Write the answer."))
    now = _hold(consult.ticket_id)
    access = access_of(by)
    if not access.works(consult.department_id):
        raise NotAllowed(_("Only people who work in the department that was asked answer for it."))
    if not access.sees(now.department_id, now.shown_also_to):
        raise Conflict(_("This ticket has moved, or the question was withdrawn."), ticket=None)
    _close(consult, State.ANSWERED, by=by, answer=text)
    data = {"consult": consult.pk, "asked": consult.department_id}
    event = _swap(now, Kind.CONSULT_ANSWERED, by=by, data=data)
    waiting = [person for person in (consult.asked_by, now.assignee) if person]
    notices.tell(
        people=waiting,
        kind=Notice.Kind.ANSWERED,
        key=f"answer:{event.pk}",
        ticket=now,
        actor=by,
        data={"consult": consult.pk},
    )
    return event


@transaction.atomic
def withdraw(*, consult: Consult, by: User) -> TicketEvent:
    """Take a question back, whoever asked it; those who work the ticket may.

    Raises `Conflict` when somebody answered or withdrew it first.
    """
    now = fresh(_hold(consult.ticket_id), by=by, expect=None)
    _close(consult, State.WITHDRAWN, by=by)
    data = {"consult": consult.pk, "asked": consult.department_id}
    return _swap(now, Kind.CONSULT_WITHDRAWN, by=by, data=data)


def columns_after(now: Ticket, *, to: int | None) -> dict[str, Any]:
    """The columns about consults once ticket `now` is in department `to`; {} when nobody is asked.

    The new department's own question, if there was one, is left to `settle_own`.
    """
    if not now.consulted and not now.shown_to:
        return {}
    open_ones = [c for c in _open_ones(now.pk) if c.department_id != to]
    return _columns(open_ones, to)


def settle_own(now: Ticket, *, to: int | None, by: User | None) -> list[int]:
    """Close the question to department `to`, which now has the ticket itself; its key, if any."""
    if to not in now.consulted:
        return []
    own = Consult.objects.filter(ticket=now.pk, department=to, state=State.OPEN)
    closed = list(own.values_list("pk", flat=True))
    own.update(state=State.WITHDRAWN, closed_by=by, closed_at=timezone.now())
    return closed


def follow(now: Ticket, *, to: int | None) -> None:
    """Let the consults of held ticket `now` be what they are in department `to`; nobody acts."""
    if columns := columns_after(now, to=to):
        settle_own(now, to=to, by=None)
        Ticket.objects.filter(pk=now.pk).update(**columns)


def take_back(event: TicketEvent, *, by: User) -> None:
    """Let the consults of an event that is undone be as they were before it."""
    pk = event.data.get("consult", 0)
    closed = {"closed_by": None, "closed_at": None, "answer": "", "state": State.OPEN}
    if event.kind == Kind.CONSULTED:
        withdrawn = {"state": State.WITHDRAWN, "closed_by": by, "closed_at": timezone.now()}
        Consult.objects.filter(pk=pk, state=State.OPEN).update(**withdrawn)
        Notice.objects.filter(key=f"consult:{pk}").delete()
    elif event.kind == Kind.CONSULT_ANSWERED:
        Consult.objects.filter(pk=pk, state=State.ANSWERED).update(**closed)
        Notice.objects.filter(key=f"answer:{event.pk}").delete()
    elif event.kind == Kind.CONSULT_WITHDRAWN:
        Consult.objects.filter(pk=pk, state=State.WITHDRAWN).update(**closed)
    elif moved := event.data.get("consults"):
        Consult.objects.filter(pk__in=moved, state=State.WITHDRAWN).update(**closed)


def _said(text: str, *, most: int, field: str, empty: str) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused(empty, field=field)
    if len(text) > most:
        raise Refused(_("At most %(most)d characters.") % {"most": most}, field=field)
    return text


def _hold(pk: int) -> Ticket:
    """The ticket as it is now, its row held until the commit."""
    held = Ticket.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("assignee", "department").get(pk=pk)


def _must_be_askable(department: Department, now: Ticket) -> None:
    if not department.is_active:
        raise Refused(_("This department takes no questions."), field="department")
    if department.pk == now.department_id:
        raise Refused(_("The ticket is already this department’s."), field="department")
    if department.pk in now.consulted:
        told = {"department": department}
        message = _("%(department)s has been asked already and has not answered yet.") % told
        raise Refused(message, field="department")


def _close(consult: Consult, state: str, *, by: User, answer: str = "") -> None:
    closed = {"state": state, "answer": answer, "closed_by": by, "closed_at": timezone.now()}
    if not Consult.objects.filter(pk=consult.pk, state=State.OPEN).update(**closed):
        raise conflict_over(consult.ticket_id, by=by, about={"consulted"})
    for name, value in closed.items():
        setattr(consult, name, value)
    # What is settled calls nobody any more.
    asking = {"kind": Notice.Kind.CONSULTED, "data__asked": consult.department_id}
    settled = Notice.objects.filter(ticket=consult.ticket_id, read_at=None, **asking)
    notices.mark_read(settled)


def _swap(
    now: Ticket, kind: TicketEvent.Kind, *, by: User, data: dict[str, Any], into: Any = None
) -> TicketEvent:
    columns = _columns(_open_ones(now.pk), now.department_id)
    return swap(now, by=by, kind=kind, into=into, data=data, **columns)


def _open_ones(ticket_id: int) -> list[Consult]:
    found = Consult.objects.filter(ticket=ticket_id, state=State.OPEN)
    return list(found.select_related("place"))


def _columns(open_ones: Collection[Consult], place: int | None) -> dict[str, Any]:
    """What a ticket in department `place` (None: triage) says of its open consults."""
    shown = sorted({c.department_id for c in open_ones if _is_shown(c, place)})
    return {
        "consulted": sorted({c.department_id for c in open_ones}),
        "shown_to": shown,
        "shown_in": (place or TRIAGE) if shown else None,
    }


def _is_shown(consult: Consult, place: int | None) -> bool:
    """Whether a question shows the ticket to whom it asks, beyond what everybody sees.

    A confidential department's ticket is shown only by the question of one of its own people.
    """
    if place is None:
        return True
    is_theirs = consult.place_id == place and consult.source == Consult.Source.PERSON
    return is_theirs and consult.place is not None and consult.place.is_confidential
