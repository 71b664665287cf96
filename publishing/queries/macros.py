"""Which macros there are, for whom."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import User
from inbox.models import Ticket
from publishing.models import Macro

MOST_OFFERED = 200


def macros_for(ticket: Ticket, user: User) -> list[Macro]:
    """What `user` may answer `ticket` with: about its topic first, then the most used."""
    rows = Macro.objects.readable_by(user).active().of_department(ticket.department_id)
    topic = ticket.decision.topic if ticket.decision else ""
    fits = Case(When(Q(topic=topic) & ~Q(topic=""), then=Value(0)), default=Value(1))
    ordered = rows.select_related("department").order_by(fits, "-uses", "name", "pk")
    return list(ordered[:MOST_OFFERED])


def macros_of_house(user: User | AnonymousUser) -> QuerySet[Macro]:
    """All macros `user` may see in the settings, those of all departments first."""
    rows = Macro.objects.readable_by(user) | Macro.objects.editable_by(user)
    nowhere = Case(When(department=None, then=Value(0)), default=Value(1))
    return rows.select_related("department").order_by(
        nowhere, "department__position", "department__name", "-is_active", "name", "pk"
    )
