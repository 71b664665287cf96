"""Who was asked about tickets."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.access import Access, access_of
from accounts.models import User
from inbox.models import Consult, Ticket

MOST_OF_A_TICKET = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A consult as one person sees it on the ticket's page."""

    consult: Consult
    may_answer: bool
    may_withdraw: bool


def asked_departments(access: Access) -> list[int]:
    """The departments whose consults a person looks at: those they are in or answer for."""
    return sorted(access.home_department_ids | access.workable_department_ids)


def consults_of(ticket: Ticket, user: User | AnonymousUser) -> list[Asked]:
    """The consults of a ticket `user` may see, newest first."""
    access = access_of(user)
    works = access.works(ticket.department_id)
    return [
        Asked(
            consult,
            may_answer=consult.is_open and access.works(consult.department_id),
            may_withdraw=consult.is_open and works,
        )
        for consult in in_full(Consult.objects.filter(ticket=ticket))[:MOST_OF_A_TICKET]
    ]


def asked_of(user: User, *, state: str = Consult.State.OPEN) -> QuerySet[Consult]:
    """What the departments of `user` are asked about tickets `user` may see."""
    mine = asked_departments(access_of(user))
    visible = Ticket.objects.visible_to(user)
    found = Consult.objects.filter(department__in=mine, state=state, ticket__in=visible)
    return in_full(found)


def in_full(consults: QuerySet[Consult]) -> QuerySet[Consult]:
    return consults.select_related("department", "asked_by", "closed_by")
