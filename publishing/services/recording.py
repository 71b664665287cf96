"""What is written once the network has a reply; each step may be done twice."""

from __future__ import annotations

import logging
from contextlib import suppress

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from inbox.connectors.types import IncomingPost, Published
from inbox.models import Post, Ticket
from inbox.services import tickets
from inbox.services.conflicts import Conflict, Refused
from inbox.services.published import record_published
from inbox.services.quarantine import UNSTORABLE
from publishing.models import Reply
from publishing.queries.changes import changes_since
from publishing.services.advance import advance
from publishing.services.holding import held_ticket, reload

logger = logging.getLogger(__name__)
State = Reply.State
ON_ITS_WAY = (State.SENDING, State.UNCERTAIN)


class TakenByAnother(Exception):  # noqa: N818 - reads as what is wrong
    """The network's id belongs to another reply: this one was not what was found."""


def note_published(reply: Reply, published: Published) -> None:
    """Keep the network's id before anything else is done, so that a crash can no longer lose it.

    Raises `TakenByAnother` when another reply has that id.
    """
    known = {
        "external_id": published.external_id,
        "url": published.url[:1000],
        "details": dict(published.details),
        "published_at": published.published_at or timezone.now(),
    }
    try:
        with transaction.atomic():
            held = Reply.objects.filter(pk=reply.pk, state__in=ON_ITS_WAY, external_id="")
            if not held.update(**known):
                reply.refresh_from_db()
                return
    except IntegrityError:
        raise TakenByAnother from None
    for name, value in known.items():
        setattr(reply, name, value)


def finish(reply: Reply) -> bool:
    """Make a reply whose network id is known a post of its thread; False when that was done.

    The post may have come in by itself before; the unique (channel, external_id) keeps it one.
    """
    return _close(reply, _as_post(reply))


def _as_post(reply: Reply) -> Post | None:
    answered = reply.in_reply_to
    said = IncomingPost(
        external_id=reply.external_id,
        text=reply.text,
        posted_at=reply.published_at,
        parent_external_id=answered.external_id if answered else "",
        kind=_kind_of(reply),
        is_private=reply.is_private,
        url=reply.url,
        details=reply.details,
    )
    try:
        return record_published(channel=reply.channel, post=said, by=reply.author)
    except UNSTORABLE:
        logger.exception("Reply %s is published but cannot be a post of its thread.", reply.pk)
        return None


def _kind_of(reply: Reply) -> str:
    is_message = reply.is_private or (
        reply.in_reply_to is not None and reply.in_reply_to.kind == Post.Kind.DIRECT_MESSAGE
    )
    return Post.Kind.DIRECT_MESSAGE if is_message else Post.Kind.COMMENT


@transaction.atomic
def _close(reply: Reply, post: Post | None) -> bool:
    ticket = held_ticket(reply.ticket_id)
    reload(reply, ticket)
    if reply.state not in ON_ITS_WAY:
        return False
    is_mine = post is not None and not Reply.objects.filter(post=post).exists()
    is_done = advance(
        reply, expect=State(reply.state), to=State.SENT, post=post if is_mine else None,
        error_code="", error="", looking_until=None,
    )  # fmt: skip
    if is_done:
        _move_ticket(reply, ticket)
    return is_done


def _move_ticket(reply: Reply, ticket: Ticket) -> None:
    """Pending or resolved, unless the contact wrote again or the author has no say any more."""
    wanted = reply.afterwards or settings.AFTER_REPLY
    move = {"pending": tickets.set_pending, "resolved": tickets.resolve}.get(wanted)
    if move is None or reply.author is None or ticket.state == Ticket.State.RESOLVED:
        return
    if any(change.kind == "written" for change in changes_since(reply, ticket)):
        return
    with suppress(Conflict, Refused):
        move(ticket=ticket, by=reply.author)
