"""Replies of the demo's people that did not get through, so that somebody has to look at them."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from inbox.connectors.errors import Blocked, Gone, NetworkError, Uncertain
from inbox.demo.connector import BY_NETWORK
from inbox.models import Ticket
from inbox.services.conflicts import Conflict, Refused
from publishing.models import Reply
from publishing.services.delivering import claim
from publishing.services.drafts import save_draft
from publishing.services.faults import take_fault
from publishing.services.sending import send_reply
from publishing.services.settling import settle_uncertain


class Mishap(NamedTuple):
    """What a department says on a network, and what came back."""

    department: str
    networks: tuple[str, ...]
    text: str
    error: NetworkError


EVERYWHERE = tuple(BY_NETWORK)
MISHAPS = (
    Mishap(
        "customer_service", EVERYWHERE, "Sorry about that! Which shop was it, and on which day?",
        Blocked("says that this person blocked the page"),
    ),
    Mishap(
        "marketing", EVERYWHERE, "Thank you, that makes the early mornings worth it.",
        Gone("says that the comment was deleted"),
    ),
    # The one network of the demo that cannot be searched: a person has to look.
    Mishap(
        "pr", ("reddit",), "We are looking into it and will write here again.",
        Uncertain("broke off before it answered"),
    ),
)  # fmt: skip


@transaction.atomic
def let_replies_fail() -> None:
    """Have the replies above written, sent and refused; does nothing the second time."""
    if Reply.objects.filter(ticket__channel__connector__startswith="demo-").exists():
        return
    for mishap in MISHAPS:
        ticket, author = _ticket_for(mishap), _agent_of(mishap.department)
        if ticket is not None and author is not None:
            with suppress(Conflict, Refused):
                _fail(ticket, author, mishap)


def _fail(ticket: Ticket, author: User, mishap: Mishap) -> None:
    reply = send_reply(reply=save_draft(ticket=ticket, author=author, text=mishap.text), by=author)
    # The ten seconds to think again lie behind it.
    Reply.objects.filter(pk=reply.pk).update(next_attempt_at=timezone.now())
    if claim(reply):
        take_fault(reply, mishap.error)
    if reply.state == Reply.State.UNCERTAIN:
        settle_uncertain(reply=reply)


def _ticket_for(mishap: Mishap) -> Ticket | None:
    """The newest open ticket of the department on one of the networks that has no reply."""
    connectors = [BY_NETWORK[network].slug for network in mishap.networks]
    tickets = Ticket.objects.open().filter(
        department__slug=mishap.department,
        channel__connector__in=connectors,
        is_answered=False,
        replies=None,
        is_private=False,
    )
    return tickets.order_by("-opened_at").first()


def _agent_of(slug: str) -> User | None:
    agents = Membership.objects.filter(department__slug=slug, role=Membership.Role.AGENT)
    first = agents.filter(user__is_active=True).select_related("user").order_by("pk").first()
    return first.user if first else None
