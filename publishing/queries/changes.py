"""What changed since somebody read the thread and began to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inbox.models import Post, Ticket
from publishing.models import Reply

MOST = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One reason to look again: `key` names it, `sentence` tells it, `text` is what was said."""

    key: str
    kind: str  # answered, answering, written, deleted, moved
    sentence: str
    text: str = ""
    at: datetime | None = None
    post: Post | None = None


def changes_since(reply: Reply, ticket: Ticket) -> list[Change]:
    """What is otherwise than the author of `reply` saw it, and was not acknowledged.

    `ticket` is the reply's, read now; hold its row to be sure that nothing is added meanwhile.
    """
    found = [*_moved(reply, ticket), *_deleted(reply), *_said(reply, ticket)]
    found += _being_said(reply, ticket)
    return [change for change in found if change.key not in reply.acknowledged]


def _moved(reply: Reply, ticket: Ticket) -> Iterator[Change]:
    if ticket.department_id != reply.seen_department_id:
        place = str(ticket.department) if ticket.department else _("triage")
        told = _("The ticket moved to %(department)s.") % {"department": place}
        yield Change(f"moved:{ticket.department_id or 0}", "moved", told)


def _deleted(reply: Reply) -> Iterator[Change]:
    post = reply.in_reply_to
    if post is None:
        yield Change("deleted:0", "deleted", _("The post you answer is gone."))
    elif post.deleted_at is not None:
        told = _("The post you answer was deleted on the network.")
        yield Change(f"deleted:{post.pk}", "deleted", told, post.text, post.deleted_at, post)


def _said(reply: Reply, ticket: Ticket) -> Iterator[Change]:
    """Posts that came since; the author's own replies are no news to them."""
    unseen = Post.objects.filter(ticket=ticket.pk, is_stub=False, pk__gt=reply.seen_post_id or 0)
    unseen = unseen.filter(deleted_at=None)
    unseen = unseen.exclude(reply__author=reply.author_id) if reply.author_id else unseen
    newest = unseen.select_related("contact", "reply__author").defer("search", "contact__search")
    for post in newest.order_by("posted_at", "pk")[:MOST]:
        yield _of_post(post)


def _of_post(post: Post) -> Change:
    told: dict[str, Any] = {"name": post.contact or _("Somebody")}
    if not post.is_own:
        sentence = _("%(name)s wrote again.") % told
        return Change(f"post:{post.pk}", "written", sentence, post.text, post.posted_at, post)
    reply: Reply | None = getattr(post, "reply", None)
    if reply is not None and reply.author is not None:
        sentence = _("%(name)s answered while you typed.") % {"name": reply.author}
    else:
        sentence = _("Somebody answered on the network while you typed.")
    return Change(f"post:{post.pk}", "answered", sentence, post.text, post.posted_at, post)


def _being_said(reply: Reply, ticket: Ticket) -> Iterator[Change]:
    """Replies of others that are on their way; one that is ahead of ours stops ours."""
    others = Reply.objects.of(ticket).exclude(pk=reply.pk)
    others = others.filter(state__in=[*Reply.IN_FLIGHT, Reply.State.IN_REVIEW])
    others = others.exclude(author=reply.author_id) if reply.author_id else others
    if reply.state in Reply.IN_FLIGHT:
        # Both may be on their way only because the later author wanted it so.
        return
    for other in others.select_related("author").order_by("pk")[:MOST]:
        waits = other.state == Reply.State.IN_REVIEW
        sentence = (
            _("An answer by %(name)s waits for approval.")
            if waits
            else _("%(name)s is answering right now.")
        ) % {"name": other.author or _("Somebody")}
        yield Change(f"reply:{other.pk}", "answering", sentence, other.text, other.updated_at)
