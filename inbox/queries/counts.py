"""The numbers beside the queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, Func, Max, TextField
from django.db.models.functions import Cast, Coalesce

from accounts.access import Access, access_of
from accounts.models import Department, User
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
    slugs: Mapping[int, str] = field(default_factory=dict)


class _Memo:
    # One attribute, so that another thread never reads half of it.
    known = _Known()


def queue_counts(user: User | AnonymousUser) -> QueueCounts:
    """Count the queues of `user`: one grouped query over unresolved tickets for all people alike.

    The result is what `visible_to` would count, by the same `Access`.
    """
    access = access_of(user)
    mentions, snapshot = _unread_mentions(user)
    known = _known_at(snapshot)
    seen = {key: n for key, n in known.table.items() if access.sees(key[0])}
    waiting: Counter[int | None] = Counter()
    for (department, state, _assignee), number in seen.items():
        waiting[department] += number if state == State.OPEN else 0
    return QueueCounts(
        mine=sum(n for (_d, _s, who), n in seen.items() if who is not None and who == user.pk),
        mentions=mentions,
        unassigned=sum(n for key, n in seen.items() if _waits_for(access, *key)),
        triage=waiting[None] if access.can_see_triage else None,
        snoozed=sum(n for (_d, state, _who), n in seen.items() if state == State.SNOOZED),
        resolved=None,
        departments={slug: waiting[pk] for pk, slug in known.slugs.items() if access.sees(pk)},
        all=sum(waiting.values()),
    )


def _waits_for(access: Access, department: int | None, state: str, assignee: int | None) -> bool:
    works = department in access.workable_department_ids
    return works and state == State.OPEN and assignee is None


def _unread_mentions(user: User | AnonymousUser) -> tuple[int, str]:
    """Tickets with an unread mention, and in the same query the database's snapshot."""
    unread = Mention.objects.filter(user=user.pk, read_at=None)
    visible = Ticket.objects.visible_to(user).current()
    mentioned = visible.filter(pk__in=unread.values("note__ticket"))
    snapshot = Cast(Func(function="pg_current_snapshot"), TextField())
    found = mentioned.aggregate(n=Count("*"), snapshot=Coalesce(Max(snapshot), snapshot))
    return found["n"], found["snapshot"] or ""


def _known_at(snapshot: str) -> _Known:
    # Two snapshots that look alike see the same rows, except one's own uncommitted ones.
    if connection.in_atomic_block or not snapshot:
        return _read("")
    if _Memo.known.snapshot != snapshot:
        _Memo.known = _read(snapshot)
    return _Memo.known


def _read(snapshot: str) -> _Known:
    rows = Ticket.objects.unresolved().values_list("department", "state", "assignee")
    table = {(d, s, a): n for d, s, a, n in rows.annotate(n=Count("*")).order_by()}
    return _Known(snapshot, table, dict(Department.objects.values_list("pk", "slug")))
