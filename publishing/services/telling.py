"""Lines of a ticket's timeline that are about replies."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from inbox.models import TicketEvent
from publishing.models import Reply

Kind = TicketEvent.Kind


def tell(reply: Reply, kind: TicketEvent.Kind, *, by: User | None, **data: Any) -> None:
    """Write one line; browsers hear of it by the change of state it belongs to."""
    TicketEvent.objects.create(
        ticket_id=reply.ticket_id, kind=kind, actor=by, data={"reply": reply.pk, **data}
    )
