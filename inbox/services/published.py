"""What was sent from here becomes a post of its thread."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from accounts.models import User
from inbox.connectors.types import IncomingPost, Verb
from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive import receive


@transaction.atomic
def record_published(*, channel: Channel, post: IncomingPost, by: User | None) -> Post:
    """Keep `post`, which was published from here, and say so on the timeline.

    The network may have told of it first, and may tell of it later: it is one post, and counts as
    sent from here. The ticket is marked answered and its clock stops as for every answer; its state
    stays. Raises `ParseError` for what cannot be kept.
    """
    receive(channel, [replace(post, verb=Verb.ADD, is_own=True)], is_from_here=True)
    found = Post.objects.defer("search").get(channel=channel, external_id=post.external_id)
    found.is_from_here, found.sent_by = True, by
    found.save(update_fields=["is_from_here", "sent_by"])
    if found.ticket_id is not None:
        Ticket.objects.filter(pk=found.ticket_id).update(is_touched=True)
        # It was taken for an answer given on the network, as whatever comes from there.
        lines = TicketEvent.objects.filter(ticket=found.ticket_id, kind=TicketEvent.Kind.ANSWERED)
        lines.filter(data__post=found.pk).update(actor=by, data={"post": found.pk})
    return found
