"""How a ticket gets into another department's queue, whoever decides that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Department, User
from inbox.models import HandOver, Ticket, TicketEvent
from inbox.services import consults, lessons
from inbox.services.conflicts import Refused
from inbox.services.swap import swap

LONGEST_REASON = 500


def reason_given(reason: str) -> str:
    """`reason` as it is kept. Raises `Refused`."""
    reason = reason.replace("\0", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        message = _("Say why, in at most %(most)d characters.") % {"most": LONGEST_REASON}
        raise Refused(message, field="reason")
    return reason


def move(
    now: Ticket,
    *,
    to: Department | None,
    by: User,
    reason: str,
    kind: TicketEvent.Kind,
    into: Ticket,
    data: Mapping[str, Any] | None = None,
    **columns: Any,
) -> TicketEvent:
    """Move `now` to `to` (None: triage), unassigned, with a receipt and a lesson; as `swap`.

    What waited is open again there; what was resolved stays so.
    """
    target = to.pk if to else None
    receipt = HandOver.objects.create(
        ticket=now, from_department_id=now.department_id, to_department=to, by=by, reason=reason
    )
    lesson = lessons.from_hand_over(ticket=now, to=to, by=by)
    asked = consults.columns_after(now, to=target)
    own = consults.settle_own(now, to=target, by=by)
    told = {"reason": reason, "receipt": receipt.pk, "lesson": lesson, "consults": own}
    return swap(
        now,
        by=by,
        kind=kind,
        into=into,
        data={**told, **(data or {})},
        besides=["consulted"],
        department_id=target,
        assignee_id=None,
        state=now.state if now.state == Ticket.State.RESOLVED else Ticket.State.OPEN,
        snoozed_until=None,
        **asked,
        **columns,
    )
