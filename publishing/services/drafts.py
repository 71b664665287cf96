"""Drafts: saved as they are typed, one a person and ticket, on every device the same."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Post, Ticket
from inbox.services.conflicts import Refused
from publishing.models import Reply, ReplyUpload
from publishing.models.replies import LONGEST_TEXT
from publishing.services.advance import advance
from publishing.services.holding import must_be_author, must_have_moved, workable_ticket
from publishing.services.problems import DraftChanged
from publishing.services.signatures import unsigned_text

State = Reply.State


@transaction.atomic
def save_draft(
    *,
    ticket: Ticket,
    author: User,
    text: str,
    is_private: bool | None = None,
    in_reply_to: Post | None = None,
    version: int | None = None,
    seen: Post | None = None,
    afterwards: str | None = None,
) -> Reply:
    """Keep what `author` has typed, in their one draft for the ticket; return it.

    `in_reply_to` is the post that is answered (None: as before, at first the contact's newest),
    `version` the one that the person's screen shows (0: none yet; None: whatever there is),
    `seen` the newest post on that screen. What answers a private post is private, whatever is
    asked. Raises `DraftChanged` when another device saved since, `Refused` when it cannot be kept.
    """
    held = workable_ticket(ticket.pk, by=author)
    text = _clean(text)
    draft = Reply.objects.filter(ticket=held, author=author, state=State.DRAFT).first()
    if version is not None and (draft.version if draft else 0) != version:
        raise DraftChanged(draft, ticket=held)
    draft = draft or _begun(held, author)
    if in_reply_to is not None:
        draft.in_reply_to = _answerable(in_reply_to, held)
    if seen is not None and seen.ticket_id == held.pk and seen.pk > (draft.seen_post_id or 0):
        draft.seen_post = seen
    draft.text = text
    draft.is_private = _must_be_private(draft, asked=is_private)
    if afterwards is not None:
        draft.afterwards = Reply.Afterwards(afterwards)
    draft.updated_at = timezone.now()
    draft.version += 0 if draft.pk is None else 1
    draft.save()
    return draft


@transaction.atomic
def discard_draft(*, reply: Reply, by: User) -> Reply:
    """Throw a draft, or what failed or was rejected, away; its words stay in the trail."""
    must_be_author(reply, by=by)
    expect = State(reply.state)
    if expect not in {State.DRAFT, State.FAILED, State.REJECTED}:
        raise Refused(_("Only a draft can be discarded."), field="state")
    must_have_moved(advance(reply, expect=expect, to=State.CANCELLED))
    return reply


def draft_again(reply: Reply, *, expect: Reply.State, code: str = "", error: str = "") -> bool:
    """Make a reply of which nothing has left the house a draft again; False when it went on.

    Needs the ticket's row held. What its author typed since comes after it, in the same draft.
    """
    mine = Reply.objects.filter(ticket=reply.ticket, author=reply.author_id, state=State.DRAFT)
    newer = mine.exclude(pk=reply.pk).first() if reply.author_id else None
    # The held row of the ticket keeps the author's other draft as it is, not the sender away.
    if not Reply.objects.select_for_update().filter(pk=reply.pk, state=expect).exists():
        return False
    department = reply.ticket.department
    text = unsigned_text(text=reply.text, author=reply.author, department=department)
    if newer is not None:
        text = "\n\n".join(part for part in (text, newer.text) if part.strip())
        advance(newer, expect=State.DRAFT, to=State.CANCELLED)
        ReplyUpload.objects.filter(reply=newer).update(reply=reply)
    return advance(
        reply, expect=expect, to=State.DRAFT, text=text[:LONGEST_TEXT], leaves_at=None,
        reviewed_by=None, reviewed_at=None, reviewed_version=None, error_code=code, error=error,
        version=reply.version + 1,
    )  # fmt: skip


def _clean(text: str) -> str:
    text = text.replace("\0", "").replace("\r\n", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(text) > LONGEST_TEXT:
        message = _("A reply has at most %(most)d characters; this one has %(length)d.")
        raise Refused(message % {"most": LONGEST_TEXT, "length": len(text)}, field="text")
    return text


def _begun(ticket: Ticket, author: User) -> Reply:
    """A draft that has seen all there is, and answers the contact's newest post."""
    told = Post.objects.filter(ticket=ticket, is_stub=False).defer("search")
    return Reply(
        ticket=ticket,
        channel_id=ticket.channel_id,
        author=author,
        seen_department_id=ticket.department_id,
        seen_post=told.order_by("-pk").first(),
        in_reply_to=told.filter(is_own=False, deleted_at=None).order_by("-posted_at", "-pk").first()
        or told.filter(deleted_at=None).order_by("-posted_at", "-pk").first(),
    )


def _answerable(post: Post, ticket: Ticket) -> Post:
    if post.ticket_id != ticket.pk:
        raise Refused(_("This post belongs to another ticket."), field="in_reply_to")
    return post


def _must_be_private(draft: Reply, *, asked: bool | None) -> bool:
    if draft.in_reply_to is not None and draft.in_reply_to.is_private:
        return True
    return draft.is_private if asked is None else asked
