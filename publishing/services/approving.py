"""Approvals: another person's word on exactly this text, for exactly this thread."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Ticket
from inbox.services.conflicts import NotAllowed, Refused
from publishing.models import Reply
from publishing.queries.changes import changes_since
from publishing.queries.replies import may_review
from publishing.services.advance import advance
from publishing.services.drafts import draft_again
from publishing.services.holding import (
    held_ticket,
    must_be_author,
    must_have_moved,
    reload,
    workable_ticket,
)
from publishing.services.problems import Stopped
from publishing.services.sending import let_leave
from publishing.services.telling import Kind, tell

State, Fault = Reply.State, Reply.Fault
LONGEST_REASON = 500


@transaction.atomic
def approve_reply(*, reply: Reply, by: User, version: int | None = None) -> Reply:
    """Let a reply leave that waits for approval, as it reads in `version`.

    When the thread changed since its author read it, the approval is void: the reply is a draft
    again, with the reason, for its author to look at. Raises `NotAllowed` for its author and for
    whoever is no approver, `Refused` when it is not waiting or reads differently.
    """
    ticket = _for_review(reply, by=by)
    if version is not None and version != reply.version:
        raise Refused(_("It reads differently by now. Read it again first."), field="version")
    if changes := changes_since(reply, ticket):
        reason = " ".join(change.sentence for change in changes)
        must_have_moved(
            draft_again(reply, expect=State.IN_REVIEW, code=Fault.CONFLICT, error=reason)
        )
        tell(reply, Kind.REPLY_STOPPED, by=None, reason=reason, code=Fault.CONFLICT)
        return reply
    must_have_moved(
        let_leave(
            reply,
            expect=State.IN_REVIEW,
            only_if={"version": reply.version},
            reviewed_by=by,
            reviewed_at=timezone.now(),
            reviewed_version=reply.version,
        )
    )
    tell(reply, Kind.REPLY_APPROVED, by=by)
    return reply


@transaction.atomic
def reject_reply(*, reply: Reply, by: User, reason: str) -> Reply:
    """Send a reply back to its author with a reason. Raises as `approve_reply`."""
    reason = reason.replace("\0", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        told = {"most": LONGEST_REASON}
        raise Refused(_("Say why, in at most %(most)d characters.") % told, field="reason")
    _for_review(reply, by=by)
    must_have_moved(
        advance(
            reply,
            expect=State.IN_REVIEW,
            to=State.REJECTED,
            reviewed_by=by,
            reviewed_at=timezone.now(),
            reviewed_version=reply.version,
            error=reason,
        )
    )
    tell(reply, Kind.REPLY_REJECTED, by=by, reason=reason)
    return reply


@transaction.atomic
def retry_reply(*, reply: Reply, by: User, acknowledge: Collection[str] = ()) -> Reply:
    """Let a failed reply leave again, after the undo window and with the same key.

    Raises `Stopped` with what changed in its thread since, `Refused` when it did not fail.
    """
    ticket = workable_ticket(reply.ticket_id, by=by)
    reload(reply, ticket)
    must_be_author(reply, by=by)
    if reply.state != State.FAILED:
        raise Refused(_("Only a reply that was not sent can be sent again."), field="state")
    reply.acknowledged = sorted({*reply.acknowledged, *acknowledge})
    if changes := changes_since(reply, ticket):
        raise Stopped(changes, ticket=ticket)
    must_have_moved(
        let_leave(reply, expect=State.FAILED, attempts=0, acknowledged=reply.acknowledged)
    )
    return reply


def _for_review(reply: Reply, *, by: User) -> Ticket:
    ticket = held_ticket(reply.ticket_id)
    reload(reply, ticket)
    if reply.state != State.IN_REVIEW:
        raise Refused(_("This reply does not wait for approval any more."), field="state")
    if reply.author_id == by.pk:
        raise NotAllowed(_("Nobody approves their own reply."))
    if not may_review(reply, ticket, by):
        told = ticket.approval_by or _("the department's leads")
        raise NotAllowed(_("This reply is to be approved by %s.") % told)
    return ticket
