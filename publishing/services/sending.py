"""From a draft to the moment it leaves: checked, approved, and ten seconds to think again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.connectors.base import Network, network_of
from inbox.models import Post, Ticket
from inbox.services.conflicts import Refused
from publishing.lengths import limit_of
from publishing.models import Reply
from publishing.queries.changes import changes_since
from publishing.services.advance import advance
from publishing.services.drafts import draft_again
from publishing.services.holding import must_be_author, must_have_moved, reload, workable_ticket
from publishing.services.problems import DraftChanged, Stopped
from publishing.services.signatures import signed_text

State = Reply.State


@transaction.atomic
def send_reply(
    *,
    reply: Reply,
    by: User,
    version: int | None = None,
    acknowledge: Collection[str] = (),
    seen: Post | None = None,
    afterwards: str | None = None,
) -> Reply:
    """Let the draft leave after the undo window, or ask for the approval that its ticket needs.

    `acknowledge` are the keys of changes that `by` was shown and sends in spite of. Raises
    `Stopped` with what changed since the thread was read, `DraftChanged` when `version` is not
    the draft's, `Refused` when it cannot be said on this channel. The row itself is the job: it
    is due at `next_attempt_at`, and the sender hears of it at commit.
    """
    ticket = workable_ticket(reply.ticket_id, by=by)
    reload(reply, ticket)
    must_be_author(reply, by=by)
    if version is not None and reply.version != version:
        raise DraftChanged(reply, ticket=ticket)
    reply.text = signed_text(text=reply.text, author=by, department=ticket.department)
    _must_be_sayable(reply)
    _take_note(reply, ticket, seen=seen, acknowledge=acknowledge)
    if changes := changes_since(reply, ticket):
        raise Stopped(changes, ticket=ticket)
    must_have_moved(
        _let_go(
            reply,
            ticket,
            expect=State.DRAFT,
            only_if={"version": reply.version},
            text=reply.text,
            acknowledged=reply.acknowledged,
            seen_post=reply.seen_post,
            afterwards=reply.afterwards if afterwards is None else afterwards,
        )
    )
    return reply


def _take_note(
    reply: Reply, ticket: Ticket, *, seen: Post | None, acknowledge: Collection[str]
) -> None:
    """Keep with the reply how far its author has read, and which changes do not stop it."""
    if seen is not None and seen.ticket_id == ticket.pk and seen.pk > (reply.seen_post_id or 0):
        reply.seen_post = seen
    reply.acknowledged = sorted({*reply.acknowledged, *acknowledge})


@transaction.atomic
def undo_reply(*, reply: Reply, by: User) -> Reply:
    """Take a reply back before it leaves: a draft of its author again, with every word.

    Also one that waits for approval or for its time. Raises `Refused` when it is on its way.
    """
    ticket = workable_ticket(reply.ticket_id, by=by)
    reload(reply, ticket)
    if reply.state not in Reply.TAKES_BACK:
        message = _("Too late: this reply is on its way already.")
        raise Refused(message, field="state")
    must_have_moved(draft_again(reply, expect=State(reply.state)))
    return reply


def let_leave(reply: Reply, *, expect: Reply.State, **fields: Any) -> bool:
    """Approved: it leaves when the undo window is over."""
    leaves_at = timezone.now() + timedelta(seconds=settings.UNDO_SECONDS)
    return advance(
        reply, expect=expect, to=State.APPROVED, leaves_at=leaves_at, next_attempt_at=leaves_at,
        error_code="", error="", **fields,
    )  # fmt: skip


def _let_go(reply: Reply, ticket: Ticket, *, expect: Reply.State, **fields: Any) -> bool:
    if ticket.approval_by_id is None:
        return let_leave(reply, expect=expect, **fields)
    return advance(
        reply, expect=expect, to=State.IN_REVIEW, leaves_at=None, error_code="", error="", **fields
    )


def _must_be_sayable(reply: Reply) -> None:
    """Raise `Refused` for what the channel cannot say at all, before anybody waits for it."""
    if reply.state != State.DRAFT:
        raise Refused(_("Only a draft can be sent."), field="state")
    if not reply.text.strip():
        raise Refused(_("Write something first."), field="text")
    if not reply.channel.is_active:
        message = _("%(channel)s is switched off.") % {"channel": reply.channel}
        raise Refused(message, field="channel")
    network = _able_network(reply)
    most = limit_of(reply.channel, reply.in_reply_to, is_private=reply.is_private)
    if most is None:
        return
    too_many = network.length_of(reply.text) - most
    if too_many > 0:
        message = _("Too long by %(count)d: %(network)s takes at most %(most)d, as it counts.")
        told = {"count": too_many, "network": network.label, "most": most}
        raise Refused(message % told, field="text")


def _able_network(reply: Reply) -> Network:
    """The network that can say it. Raises `Refused` with the reason when it cannot."""
    network = network_of(reply.channel.connector)
    wanted = "private_reply" if reply.is_private else "reply"
    able = network.able(reply.channel.settings) if network is not None else None
    if network is not None and getattr(able, wanted):
        return network
    why = able.missing.get(wanted, "") if able else ""
    message = why or _("%(channel)s takes no answers from here.") % {"channel": reply.channel}
    raise Refused(message, field="channel")
