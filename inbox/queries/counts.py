"""The numbers beside the queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count

from accounts.access import Access, access_of, departments_of
from accounts.models import User
from inbox.models import Mention, Ticket

State = Ticket.State
# (department, state, assignee): how many unresolved tickets.
Table = dict[tuple[int | None, str, int | None], int]


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many tickets wait where; None where the person may not look or it is not counted.

    `departments` holds open tickets by slug, of the departments the person may see. `mentions`
    counts tickets with an unread mention.
    """

    mine: int
    mentions: int
    unassigned: int
    triage: int | None
    snoozed: int
    resolved: int | None
    departments: Mapping[str, int]
    all: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What one process read last: valid for everyone as long as nobody commits anything."""

    snapshot: str = ""
    table: Table = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Glance:
    """What one cheap query tells: the database's snapshot ("" when it proves nothing), and more."""

    snapshot: str
    has_unread: bool


_GLANCE = """
SELECT pg_current_snapshot()::text,
       EXISTS (SELECT FROM inbox_mention WHERE user_id = %s AND read_at IS NULL)
"""


class _Memo:
    # One attribute, so that another thread never reads half of it.
    known = _Known()


def glance(user: User | AnonymousUser) -> Glance:
    """Ask the database for its snapshot, and whether `user` has an unread mention at all."""
    with connection.cursor() as cursor:
        cursor.execute(_GLANCE, [user.pk or 0])
        snapshot, has_unread = cursor.fetchone()
    # Two snapshots that look alike see the same rows, except one's own uncommitted ones.
    return Glance("" if connection.in_atomic_block else snapshot, has_unread)


def queue_counts(user: User | AnonymousUser, seen_at: Glance | None = None) -> QueueCounts:
    """Count the queues of `user`: one grouped query over unresolved tickets for all people alike.

    The result is what `visible_to` would count, by the same `Access`.
    """
    access = access_of(user)
    seen_at = seen_at or glance(user)
    known = _known_at(seen_at.snapshot)
    seen = {key: n for key, n in known.table.items() if access.sees(key[0])}
    waiting: Counter[int | None] = Counter()
    for (department, state, _assignee), number in seen.items():
        waiting[department] += number if state == State.OPEN else 0
    return QueueCounts(
        mine=sum(n for (_d, _s, who), n in seen.items() if who is not None and who == user.pk),
        mentions=_unread_mentions(user) if seen_at.has_unread else 0,
        unassigned=sum(n for key, n in seen.items() if _waits_for(access, *key)),
        triage=waiting[None] if access.can_see_triage else None,
        snoozed=sum(n for (_d, state, _who), n in seen.items() if state == State.SNOOZED),
        resolved=None,
        departments={d.slug: waiting[d.pk] for d in departments_of(user) if access.sees(d.pk)},
        all=sum(waiting.values()),
    )


def _waits_for(access: Access, department: int | None, state: str, assignee: int | None) -> bool:
    works = department in access.workable_department_ids
    return works and state == State.OPEN and assignee is None


def _unread_mentions(user: User | AnonymousUser) -> int:
    """Tickets with an unread mention that `user` may still see."""
    unread = Mention.objects.filter(user=user.pk, read_at=None)
    visible = Ticket.objects.visible_to(user).current()
    return visible.filter(pk__in=unread.values("note__ticket")).count()


def _known_at(snapshot: str) -> _Known:
    if not snapshot:
        return _read("")
    if _Memo.known.snapshot != snapshot:
        _Memo.known = _read(snapshot)
    return _Memo.known


def _read(snapshot: str) -> _Known:
    rows = Ticket.objects.unresolved().values_list("department", "state", "assignee")
    table = {(d, s, a): n for d, s, a, n in rows.annotate(n=Count("*")).order_by()}
    return _Known(snapshot, table)
