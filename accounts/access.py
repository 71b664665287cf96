"""What a person may see and do, worked out once a request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser

from accounts.models import Department, Membership, User

Role = Membership.Role


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one person.

    Department sets hold primary keys; tickets of an archived department stay where they are, so
    it is among them.
    """

    visible_department_ids: frozenset[int] = field(default_factory=frozenset)
    workable_department_ids: frozenset[int] = field(default_factory=frozenset)
    led_department_ids: frozenset[int] = field(default_factory=frozenset)
    home_department_ids: frozenset[int] = field(default_factory=frozenset)
    can_see_triage: bool = False
    can_work_triage: bool = False
    is_admin: bool = False
    can_write: bool = False

    @property
    def is_lead_or_admin(self) -> bool:
        """Whether they lead a department, or administer all of them."""
        return self.is_admin or bool(self.led_department_ids)

    def sees(self, department_id: int | None, shown_to: Collection[int] = ()) -> bool:
        """Whether tickets of this department (None: triage) may be shown.

        `shown_to` are departments that were asked about the ticket and are shown it for that: their
        own members see it, wherever it is.
        """
        if not self.home_department_ids.isdisjoint(shown_to):
            return True
        if department_id is None:
            return self.can_see_triage
        return department_id in self.visible_department_ids

    def works(self, department_id: int | None) -> bool:
        """Whether tickets of this department (None: triage) may be changed."""
        if department_id is None:
            return self.can_work_triage
        return department_id in self.workable_department_ids


NOTHING = Access()


def access_of(user: User | AnonymousUser) -> Access:
    """Return the rights of `user`, remembered on the object for the request's length.

    Everyone with a membership sees every open department; a confidential one is for its own
    members (DESIGN §4.3), whatever other role a person has.
    """
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    cached: Access | None = getattr(user, "_access", None)
    if cached is None:
        departments, held = _read(user)
        cached = _work_out(held, departments)
        user._access = cached  # type: ignore[attr-defined]  # noqa: SLF001
        user._departments = departments  # type: ignore[attr-defined]  # noqa: SLF001
    return cached


def departments_of(user: User | AnonymousUser) -> tuple[Department, ...]:
    """Return all departments in the menu's order, read once together with the rights of `user`."""
    return () if access_of(user) is NOTHING else getattr(user, "_departments", ())


def forget_access(user: User) -> None:
    """Work the rights of `user` out again next time; for whoever changes memberships."""
    user.__dict__.pop("_access", None)


def access_of_each(users: Iterable[User]) -> dict[int, Access]:
    """Return the rights of many people by primary key, read anew in two queries."""
    held: dict[int, list[_Held]] = {user.pk: [] for user in users if user.is_active}
    rows = Membership.objects.filter(user__in=held)
    for row in rows:
        held[row.user_id].append(_Held(row.department_id, row.role, row.works_triage))
    departments = list(Department.objects.all())
    return {pk: _work_out(own, departments) for pk, own in held.items()}


class _Held(NamedTuple):
    """A membership, as far as rights go."""

    department_id: int | None
    role: str
    works_triage: bool


# Asked by every request, so it is one query, and one that need not be put together each time. It
# has a row even without departments: an admin is one all the same.
_READ = """
SELECT department.*, own.role AS own_role, own.works_triage AS own_triage,
       everywhere.role AS everywhere_role, everywhere.works_triage AS everywhere_triage
  FROM (VALUES (1)) AS always
  LEFT JOIN accounts_department AS department ON true
  LEFT JOIN accounts_membership AS own
         ON own.department_id = department.id AND own.user_id = %s
  LEFT JOIN accounts_membership AS everywhere
         ON everywhere.department_id IS NULL AND everywhere.user_id = %s
 ORDER BY department.position, department.name
"""


def _read(user: User) -> tuple[tuple[Department, ...], list[_Held]]:
    """All departments in the menu's order, and what `user` holds."""
    rows: list[Any] = list(Department.objects.raw(_READ, [user.pk, user.pk]))
    held = [_Held(row.pk, row.own_role, row.own_triage) for row in rows if row.own_role]
    if rows[0].everywhere_role:
        held.append(_Held(None, rows[0].everywhere_role, rows[0].everywhere_triage))
    return tuple(row for row in rows if row.pk), held


def _work_out(memberships: Sequence[_Held], all_departments: Iterable[Department]) -> Access:
    if not memberships:
        return NOTHING
    departments = {d.pk: d for d in all_departments}
    own = {m.department_id: m.role for m in memberships}
    everywhere = own.get(None)
    open_ids = {pk for pk, d in departments.items() if not d.is_confidential}
    home = {pk for pk in own if pk is not None}
    writing = {Role.AGENT, Role.LEAD, Role.ADMIN}
    workable = {pk for pk in home if own[pk] in writing}
    led = {pk for pk in home if own[pk] == Role.LEAD}
    if everywhere in writing:
        workable |= open_ids
    if everywhere in {Role.LEAD, Role.ADMIN}:
        led |= open_ids
    works_triage = any(
        m.role in {Role.LEAD, Role.ADMIN} or (m.works_triage and m.role in writing)
        for m in memberships
    )
    return Access(
        visible_department_ids=frozenset(open_ids | home),
        workable_department_ids=frozenset(workable),
        led_department_ids=frozenset(led),
        home_department_ids=frozenset(home),
        can_see_triage=works_triage or any(m.works_triage for m in memberships),
        can_work_triage=works_triage,
        is_admin=everywhere == Role.ADMIN,
        can_write=any(role in writing for role in own.values()),
    )
