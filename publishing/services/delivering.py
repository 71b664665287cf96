"""Saying a reply on its network: claimed once, said once, whatever dies in between.

The order of writes is what keeps that: the claim is committed before the network is asked, the
network's id is kept before anything else. A worker that dies in between leaves `sending`, which
nobody sends again: it turns `uncertain`, and the network is looked at (`settling`).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.connectors.errors import NetworkError, Uncertain, Unreachable
from inbox.connectors.types import Published
from inbox.models import Ticket
from publishing.models import Reply
from publishing.queries.changes import changes_since
from publishing.services.advance import advance
from publishing.services.drafts import draft_again
from publishing.services.faults import take_fault
from publishing.services.holding import held_ticket, reload
from publishing.services.outgoing import outgoing_of, speaker_of
from publishing.services.recording import TakenByAnother, finish, note_published
from publishing.services.telling import Kind, tell

logger = logging.getLogger(__name__)
State, Fault = Reply.State, Reply.Fault
# Longer than a connector may take with several uploads, each of them bounded in time.
LEASE = timedelta(minutes=3)
# A worker that stood still since it claimed leaves the rest of the lease to nobody.
LATEST_START = timedelta(seconds=60)


def deliver(*, reply: Reply) -> bool:
    """Say a reply whose time has come; False when it was not its time, or another worker's.

    Never raises for what the network does: that is written on the reply.
    """
    if not claim(reply):
        return False
    try:
        published = _say(reply)
    except NetworkError as error:
        return take_fault(reply, error)
    except Exception:
        # Whatever a connector stumbled over, it may have spoken before.
        logger.exception("Saying reply %s broke off.", reply.pk)
        return take_fault(reply, Uncertain("was asked, and the answer was not understood"))
    return _keep(reply, published)


@transaction.atomic
def claim(reply: Reply) -> bool:
    """Make a due reply this worker's to say, if it still may be said."""
    ticket = held_ticket(reply.ticket_id)
    reload(reply, ticket)
    now = timezone.now()
    waits = reply.state in {State.APPROVED, State.SCHEDULED}
    if not waits or reply.next_attempt_at is None or reply.next_attempt_at > now:
        return False
    expect = State(reply.state)
    if stop := _reason_to_stop(reply, ticket):
        code, reason = stop
        if draft_again(reply, expect=expect, code=code, error=reason):
            tell(reply, Kind.REPLY_STOPPED, by=None, reason=reason, code=code)
        return False
    if (until := _channel_waits_until(reply)) is not None:
        advance(
            reply, expect=expect, to=State.SCHEDULED, next_attempt_at=until,
            error_code=Fault.LIMITED,
            error=_("The network wants us to wait. It goes out by itself."),
        )  # fmt: skip
        return False
    return advance(
        reply, expect=expect, to=State.SENDING, only_if={"version": reply.version},
        claimed_at=now, next_attempt_at=now + LEASE, attempts=reply.attempts + 1, looks=0,
    )  # fmt: skip


def _say(reply: Reply) -> Published:
    network, access = speaker_of(reply.channel)
    out = outgoing_of(reply)
    if reply.claimed_at is None or timezone.now() - reply.claimed_at > LATEST_START:
        raise Unreachable("was not asked: this worker came to it too late")
    return network.publish(access, out, idempotency_key=str(reply.idempotency_key))


def _keep(reply: Reply, published: Published) -> bool:
    try:
        note_published(reply, published)
    except TakenByAnother:
        reason = "answered with a post that was there before"
        return take_fault(reply, Uncertain(reason))
    return finish(reply)


def _reason_to_stop(reply: Reply, ticket: Ticket) -> tuple[Reply.Fault, str] | None:
    """Why it must not leave after all, with the row of its ticket held."""
    if changes := changes_since(reply, ticket):
        return Fault.CONFLICT, " ".join(change.sentence for change in changes)
    if not reply.channel.is_active:
        return Fault.UNSUPPORTED, _("%s is switched off.") % reply.channel
    if ticket.approval_by_id is not None and not _is_approved(reply):
        return Fault.VOID, _("It needs the approval of %s.") % ticket.approval_by
    return None


def _is_approved(reply: Reply) -> bool:
    return reply.reviewed_at is not None and reply.reviewed_version == reply.version


def _channel_waits_until(reply: Reply) -> datetime | None:
    """When the channel may speak again, if the network told another of its replies to wait."""
    waiting = Reply.objects.filter(
        channel=reply.channel_id, state=State.SCHEDULED, error_code=Fault.LIMITED
    ).exclude(pk=reply.pk)
    until: datetime | None = waiting.aggregate(until=Max("next_attempt_at"))["until"]
    return until if until is not None and until > timezone.now() else None
