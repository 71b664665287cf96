"""Finding out what became of a reply that may or may not have reached its network."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.connectors.errors import Expired, Gone, NetworkError, Unsupported
from inbox.connectors.types import Published
from inbox.services.conflicts import Refused
from publishing.models import Reply
from publishing.services.advance import advance
from publishing.services.faults import MOST_ATTEMPTS, alarm_of, code_of, label_of
from publishing.services.holding import must_have_moved, reload, workable_ticket
from publishing.services.outgoing import outgoing_of, speaker_of
from publishing.services.recording import TakenByAnother, finish, note_published
from publishing.services.telling import Kind, tell

State, Fault = Reply.State, Reply.Fault
# Longer than a search takes, which is a few questions, each bounded in time.
TURN = timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = 2.0, 3600.0


def recover(*, reply: Reply) -> bool:
    """Take a reply over whose worker died; False when it did not, or somebody else took it."""
    with transaction.atomic():
        return advance(
            reply, expect=State.SENDING, to=State.UNCERTAIN,
            only_if={"claimed_at": reply.claimed_at, "next_attempt_at__lte": timezone.now()},
            next_attempt_at=timezone.now(), looks=0, error_code=Fault.UNCERTAIN,
            error=_("Sending broke off. It may be there all the same, so the network is searched."),
        )  # fmt: skip


def settle_uncertain(*, reply: Reply) -> bool:
    """Look on the network for an uncertain reply, one worker at a time; True when that told.

    Found: it is sent. Certainly not there: it is sent again, with the same key. Else it stays
    uncertain, and the next look comes later, again and again, until a person decides.
    """
    if reply.external_id:
        return finish(reply)
    if not _take_turn(reply):
        return False
    try:
        found = _look(reply)
    except NetworkError as error:
        return _look_again(reply, error)
    if found is None:
        return _say_again(reply)
    try:
        note_published(reply, found)
    except TakenByAnother:
        # The same words of another reply: that tells nothing of this one.
        return _look_again(reply, NetworkError("has the same words from another reply of ours"))
    return finish(reply)


@transaction.atomic
def decide_uncertain(*, reply: Reply, by: User, has_arrived: bool) -> Reply:
    """Let a person say what the network could not: it is there, or it certainly is not.

    What is not there fails, and can be retried then. Raises `Refused` before the network was
    looked at once, or while that is being done.
    """
    ticket = workable_ticket(reply.ticket_id, by=by)
    Reply.objects.select_for_update().get(pk=reply.pk)
    reload(reply, ticket)
    is_being_looked_for = reply.looking_until is not None and reply.looking_until > timezone.now()
    if reply.state == State.UNCERTAIN and (is_being_looked_for or not reply.looks):
        message = _("The network is being searched for it. Wait a moment.")
        raise Refused(message, field="state")
    if has_arrived:
        must_have_moved(
            advance(reply, expect=State.UNCERTAIN, to=State.SENT, settled_by=by,
                    published_at=reply.claimed_at, error_code="", error="")
        )  # fmt: skip
        tell(reply, Kind.ANSWERED, by=reply.author, settled_by=by.pk)
        return reply
    reason = _("%(name)s looked and did not find it on the network.") % {"name": by}
    must_have_moved(
        advance(reply, expect=State.UNCERTAIN, to=State.FAILED, settled_by=by,
                error_code=Fault.UNCERTAIN, error=reason)
    )  # fmt: skip
    tell(reply, Kind.REPLY_FAILED, by=by, reason=reason)
    return reply


def _take_turn(reply: Reply) -> bool:
    now = timezone.now()
    free = Q(looking_until=None) | Q(looking_until__lte=now)
    held = Reply.objects.filter(free, pk=reply.pk, state=State.UNCERTAIN)
    looks, until = reply.looks + 1, now + TURN
    if not held.update(looking_until=until, next_attempt_at=until, looks=looks):
        return False
    reply.looking_until, reply.next_attempt_at, reply.looks = until, until, looks
    return True


def _look(reply: Reply) -> Published | None:
    network, access = speaker_of(reply.channel)
    key = str(reply.idempotency_key)
    since = reply.claimed_at or reply.updated_at
    return network.find_published(access, outgoing_of(reply), idempotency_key=key, since=since)


def _look_again(reply: Reply, error: NetworkError) -> bool:
    """Stay uncertain, and try to find out later; never where the network offers no way to."""
    wait = max(min(FIRST_WAIT * 2.0 ** (reply.looks - 1), LONGEST_WAIT), error.retry_after)
    at = timezone.now() + timedelta(seconds=wait)
    is_hopeless = isinstance(error, Unsupported | Gone)
    said = _("%(network)s %(reason)s.") % {
        "network": label_of(reply.channel),
        "reason": error.reason.rstrip("."),
    }
    told = _("Whether it arrived could not be seen yet; look there, and say so here.")
    mine = Reply.objects.filter(
        pk=reply.pk, state=State.UNCERTAIN, looking_until=reply.looking_until
    )
    mine.update(
        looking_until=None,
        next_attempt_at=None if is_hopeless else at,
        error_code=code_of(error) if isinstance(error, Expired) else Fault.UNCERTAIN,
        error=f"{said} {told}",
    )
    if isinstance(error, Expired):
        alarm_of(reply.channel, error)
    reply.refresh_from_db()
    return False


@transaction.atomic
def _say_again(reply: Reply) -> bool:
    mine = {"looking_until": reply.looking_until, "external_id": ""}
    if reply.attempts >= MOST_ATTEMPTS:
        reason = _("It certainly did not arrive, though it was tried %(count)d times.")
        told = reason % {"count": reply.attempts}
        is_done = advance(
            reply, expect=State.UNCERTAIN, to=State.FAILED, only_if=mine, looking_until=None,
            error_code=Fault.UNREACHABLE, error=told,
        )  # fmt: skip
        if is_done:
            tell(reply, Kind.REPLY_FAILED, by=None, reason=told)
        return is_done
    return advance(
        reply, expect=State.UNCERTAIN, to=State.APPROVED, only_if=mine, looking_until=None,
        next_attempt_at=timezone.now(), error_code="", error="",
    )  # fmt: skip
