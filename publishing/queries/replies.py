"""The replies of a ticket as its page shows them, and those that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import access_of
from accounts.models import User
from inbox.connectors.base import capabilities_of
from inbox.models import Ticket
from inbox.queries.keyset import Slice, slice_of
from publishing.models import Reply, ReplyChange
from publishing.queries.changes import Change, changes_since

State = Reply.State
MOST_SENT = 10
PAGE = 50
# What a person may look at again because something got in its way.
STOPPED = (State.DRAFT, State.FAILED)


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply for one person: what they may do about it, and what got in its way."""

    reply: Reply
    may_work: bool
    is_mine: bool
    may_review: bool
    may_edit: bool
    may_delete: bool
    seconds_left: int
    changes: list[Change]
    change: ReplyChange | None

    @property
    def is_moving(self) -> bool:
        """Whether it may look otherwise in a moment, so that the page asks again."""
        moves = self.reply.state in {State.APPROVED, State.SENDING}
        return moves or (self.change is not None and self.change.state == "waiting")


def may_review(reply: Reply, ticket: Ticket, user: User) -> bool:
    """Whether `user` decides about a reply on `ticket`: never its author.

    The department that the ticket is marked for decides (its leads, where the mark says so); once
    the mark is gone, the leads of the ticket's own department.
    """
    access = access_of(user)
    if reply.author_id == user.pk or not access.sees(ticket.department_id):
        return False
    if ticket.approval_by_id is None:
        return ticket.department_id in access.led_department_ids
    if ticket.approval_by_leads:
        return ticket.approval_by_id in access.led_department_ids
    return ticket.approval_by_id in access.workable_department_ids


def replies_of(ticket: Ticket, user: User) -> list[Shown]:
    """What is on its way or stuck, oldest first, then what was sent last, newest first."""
    rows = Reply.objects.visible_to(user).of(ticket).select_related(*_DRESS)
    rows = rows.prefetch_related("changes", "versions")
    stuck = ~Q(state__in=[State.DRAFT, State.SENT, State.CANCELLED]) | (
        Q(state=State.DRAFT) & ~Q(error_code="")
    )
    waiting = list(rows.filter(stuck).order_by("created_at", "pk"))
    sent = list(rows.filter(state=State.SENT).order_by("-published_at", "-pk")[:MOST_SENT])
    return [shown_to(user, reply, ticket) for reply in [*waiting, *sent]]


def shown_to(user: User, reply: Reply, ticket: Ticket) -> Shown:
    """One reply as `user` is shown it."""
    may_work = access_of(user).works(ticket.department_id)
    is_mine = reply.author_id == user.pk
    is_changeable = may_work and reply.state == State.SENT and bool(reply.external_id)
    is_changeable &= reply.post is None or reply.post.deleted_at is None
    able = capabilities_of(reply.channel.connector, reply.channel.settings)
    changes = sorted(reply.changes.all(), key=lambda change: -change.pk)
    newest = changes[0] if changes and changes[0].state in {"waiting", "failed"} else None
    is_stopped = reply.state == State.FAILED or reply.error_code == Reply.Fault.CONFLICT
    return Shown(
        reply=reply,
        may_work=may_work,
        is_mine=is_mine,
        may_review=reply.state == State.IN_REVIEW and may_review(reply, ticket, user),
        may_edit=bool(is_changeable and able.edit),
        may_delete=bool(is_changeable and able.delete),
        seconds_left=_seconds_until(newest.leaves_at if newest else reply.leaves_at),
        changes=changes_since(reply, ticket) if is_stopped and is_mine else [],
        change=newest,
    )


def needing_attention(user: User, *, after: str = "") -> Slice[Reply]:
    """Replies `user` has to look at: those that failed, are uncertain or wait for approval.

    Of tickets that `user` works, or whose approval is theirs; newest first.
    """
    return slice_of(
        _waiting_for(user).select_related(*_DRESS, "ticket__contact", "ticket__department"),
        order="updated",
        columns=["updated_at", "pk"],
        kinds=[datetime, int],
        down=True,
        after=after,
        size=PAGE,
    )


def count_needing_attention(user: User, *, most: int) -> int:
    """How many there are of these replies; `most` stands for so many or more."""
    return _waiting_for(user).order_by()[:most].count()


def _waiting_for(user: User) -> QuerySet[Reply]:
    works = Q(ticket__in=Ticket.objects.workable_by(user))
    stuck = Q(state__in=Reply.NEED_ATTENTION) & works
    mine = Q(author=user, state=State.REJECTED)
    return Reply.objects.visible_to(user).filter(stuck | mine | _to_review(user))


def _to_review(user: User) -> Q:
    access = access_of(user)
    leads, works = access.led_department_ids, access.workable_department_ids
    asked = Q(ticket__approval_by__in=leads) | Q(
        ticket__approval_by__in=works, ticket__approval_by_leads=False
    )
    orphaned = Q(ticket__approval_by=None, ticket__department__in=leads)
    return Q(state=State.IN_REVIEW) & ~Q(author=user) & (asked | orphaned)


def _seconds_until(at: datetime | None) -> int:
    left = (at - timezone.now()).total_seconds() if at else 0.0
    return max(round(left), 0)


_DRESS = (
    *("ticket", "ticket__approval_by", "channel", "author", "in_reply_to__contact"),
    *("post", "reviewed_by", "seen_department"),
)
