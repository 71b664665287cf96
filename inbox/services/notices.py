"""Telling people: once each, and only of what they may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import access_of_each
from accounts.models import Department, User
from inbox import live
from inbox.models import Notice, Ticket

KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 5000


def tell(
    *,
    people: Iterable[User],
    kind: str,
    key: str,
    ticket: Ticket,
    actor: User | None = None,
    data: Mapping[str, Any] | None = None,
) -> list[User]:
    """Give each of `people` who may see `ticket`, but `actor`, a notice; return those told.

    Needs a transaction around it. `key` names what it is about: told again, it is not news.
    """
    wanted = {person.pk: person for person in people if person != actor}
    rights = access_of_each(wanted.values()) if wanted else {}
    shown = ticket.shown_also_to
    told = [wanted[pk] for pk, access in rights.items() if access.sees(ticket.department_id, shown)]
    Notice.objects.bulk_create(
        [
            Notice(user=p, ticket=ticket, kind=kind, key=key, actor=actor, data=dict(data or {}))
            for p in told
        ],
        ignore_conflicts=True,
    )
    live.tell(person.pk for person in told)
    return told


def members_of(departments: Iterable[Department | int]) -> list[User]:
    """Active people with a membership of their own in one of `departments`."""
    members = User.objects.filter(is_active=True, memberships__department__in=departments)
    return list(members.distinct())


@transaction.atomic
def read(*, notice: Notice, by: User) -> None:
    """Mark one notice of `by` as read."""
    mark_read(Notice.objects.filter(pk=notice.pk, user=by, read_at=None))


@transaction.atomic
def read_all(*, by: User, until: int) -> int:
    """Mark the notices of `by` up to key `until` as read, not what came since; return how many."""
    return mark_read(Notice.objects.filter(user=by, pk__lte=until, read_at=None))


@transaction.atomic
def read_about(*, ticket: Ticket, by: User) -> int:
    """Mark what `by` was told about a ticket as read, now that it is on their screen."""
    return mark_read(Notice.objects.filter(user=by, ticket=ticket, read_at=None))


def forget_old() -> int:
    """Delete notices nobody needs any more, a batch a call; return how many."""
    old = Notice.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Notice.objects.filter(pk__in=ids).delete()[0]


def mark_read(unread: QuerySet[Notice]) -> int:
    """Mark these as read, and have the browsers of whom they are for count anew."""
    told = list(unread.values_list("pk", "user"))
    if told:
        ids = [pk for pk, _user in told]
        Notice.objects.filter(pk__in=ids, read_at=None).update(read_at=timezone.now())
        live.tell(user for _pk, user in told)
    return len(told)
