"""Letting go of people's words: when they deleted a private message, or when the time is over.

One service removes them wherever they stand; a schedule finds what is due, some at a time, and may
be killed anywhere. That a post was there, when and by whom, stays, and so do all counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from inbox import live
from inbox.connectors.base import network_of
from inbox.models import (
    Channel,
    ChannelState,
    Import,
    Post,
    PostVersion,
    QuarantinedPayload,
    Ticket,
    TicketEvent,
)
from inbox.services import previews, raw
from inbox.services.receive.loading import newest_posts
from inbox.services.receive.locks import lock
from inbox.services.receive.settling import excerpt_of
from routing.services import forget

Kind = TicketEvent.Kind
AT_ONCE = 300
# Whoever takes a private message back gets this long at most, whatever a network allows.
DELETED_PRIVATE = timedelta(days=1)
_OVER = (Import.State.DONE, Import.State.FAILED)
DELETED, RETENTION = "deleted", "retention"


def forget_due() -> int:
    """Remove every word that may be kept no longer; return how many posts lost theirs."""
    return sum(_forget_of(channel) for channel in Channel.objects.all())


def _forget_of(channel: Channel) -> int:
    kept_for = raw.retention_of(channel)
    gone = 0
    for ids in _deleted_messages(channel, kept_for):
        gone += forget_words(channel=channel, post_ids=ids, why=DELETED)
    if kept_for is not None:
        before = timezone.now() - kept_for
        for ids, reached in _old_words(channel, before):
            gone += forget_words(channel=channel, post_ids=ids, why=RETENTION)
            ChannelState.objects.filter(channel=channel).update(words_kept_from=reached)
        _clear_old_files(channel, before)
    return gone


def _deleted_messages(channel: Channel, kept_for: timedelta | None) -> Iterator[list[int]]:
    before = timezone.now() - min(kept_for or DELETED_PRIVATE, DELETED_PRIVATE)
    due = Post.objects.filter(
        channel=channel, is_private=True, words_removed_at=None, is_stub=False,
        deleted_at__lte=before,
    )  # fmt: skip
    while ids := list(due.order_by("deleted_at").values_list("pk", flat=True)[:AT_ONCE]):
        yield ids


def _old_words(channel: Channel, before: datetime) -> Iterator[tuple[list[int], datetime]]:
    """Posts that came before `before`, batch by batch from where the last run ended."""
    state, _ = ChannelState.objects.get_or_create(channel=channel)
    rows = Post.objects.filter(
        channel=channel, is_own=False, is_stub=False, words_removed_at=None, received_at__lte=before
    )
    if state.words_kept_from is not None:
        rows = rows.filter(received_at__gte=state.words_kept_from)
    rows = rows.order_by("received_at")
    while found := list(rows.values_list("pk", "received_at")[:AT_ONCE]):
        yield [pk for pk, _ in found], found[-1][1]


@transaction.atomic
def forget_words(*, channel: Channel, post_ids: Collection[int], why: str) -> int:
    """Remove the words of these posts of `channel` everywhere, and say so on the timelines.

    Their text, earlier wordings, pictures and what routing remembers of them, lessons included;
    what came from the network word for word, quarantine and imported files too. `why` is "deleted"
    or "retention". Words that are gone already stay so: it may be repeated.
    """
    # Whoever receives holds posts in memory, and would write the words back.
    lock(channel, [], whole=True)
    rows = Post.objects.filter(pk__in=post_ids, channel=channel, words_removed_at=None)
    posts = list(rows.defer("search", "text").select_for_update(no_key=True, of=("self",)))
    if not posts:
        return 0
    ids = [post.pk for post in posts]
    PostVersion.objects.filter(post__in=ids).delete()
    Post.objects.filter(pk__in=ids).update(
        text="", attachments=[], details={}, url="", words_removed_at=timezone.now()
    )
    ticket_ids = {post.ticket_id for post in posts if post.ticket_id is not None}
    tickets = list(Ticket.objects.filter(pk__in=ticket_ids))
    forget(decision_ids=_decisions_of(ids))
    previews.remove_of(ids)
    raw.forget(channel_id=channel.pk, external_ids=[p.external_id for p in posts if p.is_private])
    _clear_quarantine(channel, [post.external_id for post in posts])
    _clear_imports(channel, Q(finished_at__gte=min(post.received_at for post in posts)))
    _tell(channel, tickets, posts, why)
    return len(posts)


def _decisions_of(post_ids: Collection[int]) -> set[int]:
    """Every decision about a ticket that one of these posts opens, replaced ones included."""
    opened = Ticket.objects.filter(opening_post__in=post_ids)
    found = dict(opened.values_list("pk", "decision"))
    routed = TicketEvent.objects.filter(ticket__in=found, kind=Kind.ROUTED)
    told = {pk for pk in routed.values_list("data__decision", flat=True) if isinstance(pk, int)}
    return told | {pk for pk in found.values() if pk is not None}


def _tell(channel: Channel, tickets: Iterable[Ticket], posts: Iterable[Post], why: str) -> None:
    reason = _reason(channel, why)
    of_ticket: dict[int | None, list[int]] = {}
    for post in posts:
        of_ticket.setdefault(post.ticket_id, []).append(post.pk)
    events = []
    for ticket in tickets:
        data = {"posts": of_ticket[ticket.pk], **reason}
        events.append(TicketEvent(ticket=ticket, kind=Kind.WORDS_REMOVED, data=data))
    TicketEvent.objects.bulk_create(events)
    _summarise(tickets)
    live.publish([(t.pk, t.department_id, t.department_id) for t in tickets])


def _reason(channel: Channel, why: str) -> dict[str, Any]:
    kept_for, network = raw.retention_of(channel), network_of(channel.connector)
    if kept_for is None or why == DELETED:
        kept_for = min(kept_for or DELETED_PRIVATE, DELETED_PRIVATE)
    reason: dict[str, Any] = {"why": why, "hours": round(kept_for / timedelta(hours=1))}
    if why == RETENTION and network and network.retention == kept_for:
        reason["network"] = network.label
    return reason


def _summarise(tickets: Iterable[Ticket]) -> None:
    by_id = {ticket.pk: ticket for ticket in tickets}
    newest: dict[int | None, list[Post]] = {pk: [] for pk in by_id}
    for post in newest_posts(by_id, []):
        newest[post.ticket_id].append(post)
    for pk, ticket in by_id.items():
        excerpt = excerpt_of(newest[pk])
        if excerpt != ticket.excerpt:
            Ticket.objects.filter(pk=pk).update(excerpt=excerpt)


def _clear_quarantine(channel: Channel, external_ids: Collection[str]) -> None:
    """Empty what was kept unread and names one of the posts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM inbox_quarantinedpayload AS kept WHERE channel_id = %s AND EXISTS ("
            " SELECT FROM unnest(%s::text[]) AS name"
            " WHERE position(convert_to(name, 'UTF8') IN kept.raw) > 0)",
            [channel.pk, list(external_ids)],
        )
        _empty(Q(pk__in=[pk for (pk,) in cursor.fetchall()]))


def _empty(which: Q) -> None:
    rows = QuarantinedPayload.objects.filter(which).exclude(raw=b"")
    waiting = {"state": QuarantinedPayload.State.DISCARDED, "settled_at": timezone.now()}
    rows.filter(state=QuarantinedPayload.State.WAITING).update(raw=b"", digest="", **waiting)
    rows.update(raw=b"", digest="")


def _clear_imports(channel: Channel, finished: Q) -> None:
    """Remove the files of imports that are over and may hold the words; their reports stay."""
    rows = Import.objects.filter(finished, channel=channel, state__in=_OVER).exclude(file="")
    for task in rows:
        task.file.delete(save=False)
        Import.objects.filter(pk=task.pk).update(file="")


def _clear_old_files(channel: Channel, before: datetime) -> None:
    """What lies unread is as old as what was read."""
    _empty(Q(channel=channel, received_at__lte=before))
    _clear_imports(channel, Q(finished_at__lte=before))
