"""Editing and deleting what was published: asked for, undoable for a moment, then done there.

Saying the same words twice, or deleting twice, is like once; so a change whose worker died is
simply made again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox import live
from inbox.connectors.base import capabilities_of
from inbox.connectors.errors import Gone, Limited, NetworkError, Uncertain, Unreachable
from inbox.connectors.types import IncomingPost, Verb
from inbox.services.conflicts import Refused
from inbox.services.receive import receive
from publishing.models import Reply, ReplyChange, ReplyVersion
from publishing.models.replies import LONGEST_TEXT
from publishing.services.advance import wake_sender
from publishing.services.faults import MOST_ATTEMPTS, alarm_of, code_of, sentence_of, wait_after
from publishing.services.holding import must_have_moved, reload, workable_ticket
from publishing.services.outgoing import speaker_of
from publishing.services.telling import Kind, tell

logger = logging.getLogger(__name__)
State, Change = Reply.State, ReplyChange.Kind
LEASE = timedelta(minutes=3)


def edit_published(*, reply: Reply, by: User, text: str, version: int | None = None) -> ReplyChange:
    """Change the words of a published reply after the undo window; the old ones are kept.

    Raises `Refused` where the network does not allow it, while another change is on its way, and
    when the reply was edited since `version`.
    """
    text = text.replace("\0", "").replace("\r\n", "\n")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused(_("Write something, but no novel."), field="text")
    return _ask_for(reply, by=by, kind=Change.EDIT, text=text, version=version)


def delete_published(*, reply: Reply, by: User) -> ReplyChange:
    """Take a published reply off the network after the undo window. Raises as `edit_published`."""
    return _ask_for(reply, by=by, kind=Change.DELETE, text="", version=None)


@transaction.atomic
def undo_change(*, change: ReplyChange, by: User) -> ReplyChange:
    """Take a change back before it leaves. Raises `Refused` when it is too late."""
    workable_ticket(change.reply.ticket_id, by=by)
    waiting = ReplyChange.objects.filter(pk=change.pk, state=ReplyChange.State.WAITING, attempts=0)
    is_done = waiting.update(state=ReplyChange.State.CANCELLED, next_attempt_at=None)
    must_have_moved(bool(is_done))
    change.refresh_from_db()
    _show(change.reply)
    return change


def make_change(*, change: ReplyChange) -> bool:
    """Make a change whose time has come; False when it was not, or another worker makes it."""
    now = timezone.now()
    seen = change.next_attempt_at
    mine = ReplyChange.objects.filter(
        pk=change.pk, state=ReplyChange.State.WAITING, next_attempt_at=seen
    )
    if seen is None or seen > now:
        return False
    if not mine.update(next_attempt_at=now + LEASE, attempts=change.attempts + 1):
        return False
    change.next_attempt_at, change.attempts = now + LEASE, change.attempts + 1
    reply = change.reply
    try:
        network, access = speaker_of(reply.channel)
        if change.kind == Change.EDIT:
            network.edit(access, reply.external_id, change.text)
        else:
            network.delete(access, reply.external_id)
    except NetworkError as error:
        return _failed(change, error)
    except Exception:
        logger.exception("Change %s of a reply broke off.", change.pk)
        return _failed(change, Uncertain("was asked, and the answer was not understood"))
    return _made(change)


@transaction.atomic
def _ask_for(
    reply: Reply, *, by: User, kind: ReplyChange.Kind, text: str, version: int | None
) -> ReplyChange:
    ticket = workable_ticket(reply.ticket_id, by=by)
    reload(reply, ticket)
    _must_be_changeable(reply, kind, text, version)
    leaves_at = timezone.now() + timedelta(seconds=settings.UNDO_SECONDS)
    try:
        with transaction.atomic():
            change = ReplyChange.objects.create(
                reply=reply, kind=kind, text=text, by=by, leaves_at=leaves_at,
                next_attempt_at=leaves_at,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("Another change of this reply is on its way."), field="state") from None
    wake_sender()
    _show(reply)
    return change


def _must_be_changeable(
    reply: Reply, kind: ReplyChange.Kind, text: str, version: int | None
) -> None:
    if reply.state != State.SENT or not reply.external_id:
        raise Refused(_("Only what was published can be changed."), field="state")
    if reply.post is not None and reply.post.deleted_at is not None:
        raise Refused(_("It was deleted on the network."), field="state")
    if version is not None and version != reply.version:
        raise Refused(_("Somebody changed it meanwhile. Read it again first."), field="version")
    able = capabilities_of(reply.channel.connector, reply.channel.settings)
    if not getattr(able, kind):
        missing = able.missing.get(kind, "")
        raise Refused(missing or _("This network does not allow it."), field="channel")
    if kind == Change.EDIT and text == reply.text:
        raise Refused(_("That is what it says already."), field="text")


def _failed(change: ReplyChange, error: NetworkError) -> bool:
    if change.kind == Change.DELETE and isinstance(error, Gone):
        return _made(change)
    is_to_repeat = isinstance(error, Limited | Unreachable | Uncertain)
    goes_on = is_to_repeat and change.attempts < MOST_ATTEMPTS
    code = code_of(error)
    with transaction.atomic():
        mine = ReplyChange.objects.filter(
            pk=change.pk, state=ReplyChange.State.WAITING, next_attempt_at=change.next_attempt_at
        )
        at = timezone.now() + wait_after(change.attempts, error)
        is_done = mine.update(
            state=ReplyChange.State.WAITING if goes_on else ReplyChange.State.FAILED,
            next_attempt_at=at if goes_on else None,
            error_code=code,
            error=sentence_of(change.reply, error, code),
        )
        _show(change.reply)
        if code == Reply.Fault.EXPIRED:
            alarm_of(change.reply.channel, error)
    return bool(is_done)


def _made(change: ReplyChange) -> bool:
    """Keep what the network now says: as an edit or deletion that came in, and both wordings."""
    reply, now = change.reply, timezone.now()
    if change.kind == Change.EDIT:
        told = IncomingPost(
            reply.external_id, text=change.text, posted_at=reply.published_at, edited_at=now,
            is_own=True, is_private=reply.is_private, kind=_kind_of(reply),
        )  # fmt: skip
    else:
        told = IncomingPost(reply.external_id, Verb.DELETE, posted_at=now)
    receive(reply.channel, [told])
    return _close(change)


def _kind_of(reply: Reply) -> str:
    return reply.post.kind if reply.post else "comment"


@transaction.atomic
def _close(change: ReplyChange) -> bool:
    reply = Reply.objects.select_for_update(of=("self",)).get(pk=change.reply_id)
    waiting = ReplyChange.objects.filter(pk=change.pk, state=ReplyChange.State.WAITING)
    done = {"state": ReplyChange.State.DONE, "next_attempt_at": None, "error": "", "error_code": ""}
    if not waiting.update(done_at=timezone.now(), **done):
        return False
    if change.kind == Change.EDIT:
        ReplyVersion.objects.create(reply=reply, text=reply.text, replaced_by=change.by)
        Reply.objects.filter(pk=reply.pk).update(text=change.text, version=reply.version + 1)
    kind = Kind.REPLY_EDITED if change.kind == Change.EDIT else Kind.REPLY_DELETED
    tell(reply, kind, by=change.by)
    _show(reply)
    return True


def _show(reply: Reply) -> None:
    live.publish([live.change_of(reply.ticket, reply.ticket.department_id)])
