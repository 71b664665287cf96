"""The numbers beside the queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count

from accounts.access import Access, access_of, departments_of
from accounts.models import User
from inbox.models import Mention, Ticket
from inbox.queries.consults import asked_departments
from inbox.queries.notices import MOST_COUNTED, remember_unread

State = Ticket.State
# (department, state, assignee): how many unresolved tickets.
Table = dict[tuple[int | None, str, int | None], int]


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many tickets wait where; None where the person may not look or it is not counted.

    `departments` holds open tickets by slug, of the departments the person may see. `mentions`
    counts tickets with an unread mention, `consults` those on which a department of theirs is
    asked, `notices` what they were told and have not read, up to 99.
    """

    mine: int
    mentions: int
    unassigned: int
    triage: int | None
    snoozed: int
    resolved: int | None
    departments: Mapping[str, int]
    all: int = 0
    consults: int = 0
    notices: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What one process read last: valid for everyone as long as nobody commits anything."""

    snapshot: str = ""
    table: Table = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Glance:
    """What one cheap query tells before the others; texts are "" when they prove nothing.

    Equal `snapshot`s: nobody has committed anything in between. Equal `versions`: nobody has
    changed the tickets asked for, their tags or their contacts.
    """

    snapshot: str
    has_unread: bool
    has_consults: bool
    notices: int
    versions: str


_GLANCE = """
SELECT pg_current_snapshot()::text,
       EXISTS (SELECT FROM inbox_mention WHERE user_id = %s AND read_at IS NULL),
       EXISTS (SELECT FROM inbox_ticket
                WHERE consulted <> '{}' AND state <> 'resolved' AND merged_into_id IS NULL
                  AND consulted && %s::int[]),
       (SELECT count(*) FROM (SELECT FROM inbox_notice WHERE user_id = %s AND read_at IS NULL
                               LIMIT %s) AS unread),
       (SELECT string_agg(concat_ws(' ', ticket.id, ticket.xmin, contact.xmin, (
                   SELECT string_agg(tag_id::text, ',' ORDER BY tag_id)
                     FROM inbox_ticket_tags WHERE ticket_id = ticket.id)
               ), ';' ORDER BY ticket.id)
          FROM inbox_ticket AS ticket
          LEFT JOIN inbox_contact AS contact ON contact.id = ticket.contact_id
         WHERE ticket.id = ANY(%s))
"""


class _Memo:
    # One attribute, so that another thread never reads half of it.
    known = _Known()


def glance(user: User | AnonymousUser, ticket_ids: Sequence[int] = ()) -> Glance:
    """Ask the database how things stand, for what is remembered of an earlier question."""
    with connection.cursor() as cursor:
        me, asked = user.pk or 0, asked_departments(access_of(user))
        cursor.execute(_GLANCE, [me, asked, me, MOST_COUNTED, list(ticket_ids)])
        snapshot, has_unread, has_consults, notices, versions = cursor.fetchone()
    remember_unread(user, notices)
    # One's own uncommitted rows show in neither.
    if connection.in_atomic_block:
        return Glance("", has_unread, has_consults, notices, "")
    return Glance(snapshot, has_unread, has_consults, notices, versions or "none")


def queue_counts(user: User | AnonymousUser, seen_at: Glance | None = None) -> QueueCounts:
    """Count the queues of `user`: one grouped query over unresolved tickets for all people alike.

    The result is what `visible_to` would count, by the same `Access`.
    """
    access = access_of(user)
    seen_at = seen_at or glance(user)
    known = _known_at(seen_at.snapshot)
    seen = {key: n for key, n in known.table.items() if access.sees(key[0])}
    snoozed = sum(n for (_d, state, _who), n in seen.items() if state == State.SNOOZED)
    asked, shown = _consults(user) if seen_at.has_consults else (0, Counter[str]())
    waiting: Counter[int | None] = Counter()
    for (department, state, _assignee), number in seen.items():
        waiting[department] += number if state == State.OPEN else 0
    return QueueCounts(
        mine=sum(n for (_d, _s, who), n in seen.items() if who is not None and who == user.pk),
        mentions=_unread_mentions(user) if seen_at.has_unread else 0,
        unassigned=sum(n for key, n in seen.items() if _waits_for(access, *key)),
        triage=waiting[None] if access.can_see_triage else None,
        snoozed=snoozed + shown[State.SNOOZED],
        resolved=None,
        departments={d.slug: waiting[d.pk] for d in departments_of(user) if access.sees(d.pk)},
        all=sum(waiting.values()) + shown[State.OPEN],
        consults=shown.total() + asked,
        notices=seen_at.notices,
    )


def _waits_for(access: Access, department: int | None, state: str, assignee: int | None) -> bool:
    works = department in access.workable_department_ids
    return works and state == State.OPEN and assignee is None


def _unread_mentions(user: User | AnonymousUser) -> int:
    """Tickets with an unread mention that `user` may still see."""
    unread = Mention.objects.filter(user=user.pk, read_at=None)
    visible = Ticket.objects.visible_to(user).current()
    return visible.filter(pk__in=unread.values("note__ticket")).count()


def _consults(user: User | AnonymousUser) -> tuple[int, Counter[str]]:
    """On how many unresolved tickets a department of `user` is asked.

    First those in places `user` sees anyway, then, by state, those that are shown for the asking.
    """
    access = access_of(user)
    rows = Ticket.objects.visible_to(user).unresolved().exclude(consulted=[])
    rows = rows.filter(consulted__overlap=asked_departments(access))
    grouped = rows.values_list("department", "state").annotate(n=Count("*")).order_by()
    anyway, shown = 0, Counter[str]()
    for department, state, number in grouped:
        if access.sees(department):
            anyway += number
        else:
            shown[state] += number
    return anyway, shown


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
