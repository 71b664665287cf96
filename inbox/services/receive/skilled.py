"""Who gets the tickets that ask for a skill: whoever is there, has it, and has the fewest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Count

from accounts.access import Access, access_of_each
from accounts.models import PersonSkill, User
from inbox.models import Ticket
from inbox.services.receive.store import Writes
from routing.models import Decision

_LOCK = 7_316_002  # Any number no other advisory lock uses.
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Skilled:
    """The people who have one of the skills that a batch asks for, and how much they have to do."""

    people: dict[str, list[User]] = field(default_factory=dict)  # by skill
    access: dict[int, Access] = field(default_factory=dict)
    loads: Counter[int] = field(default_factory=Counter)
    given: dict[int, None] = field(default_factory=dict)

    @classmethod
    def find(cls, decisions: Iterable[Decision]) -> Skilled:
        """Look once for the whole batch, and only when a decision asks for a skill.

        Batches look one after the other until their ends: who counts what a rival is about to give
        would give it to the same person.
        """
        wanted = {d.effects["skill"] for d in decisions if d.effects.get("skill")}
        if not wanted:
            return cls()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return cls._read(wanted)

    @classmethod
    def _read(cls, wanted: set[str]) -> Skilled:
        there = PersonSkill.objects.filter(user__is_active=True, user__away_since=None)
        people: dict[str, list[User]] = {}
        for row in there.filter(skill__slug__in=wanted).select_related("user", "skill"):
            people.setdefault(row.skill.slug, []).append(row.user)
        everyone = {user.pk: user for users in people.values() for user in users}
        todo = Ticket.objects.open().filter(assignee__in=everyone).values_list("assignee")
        loads = Counter(dict(todo.annotate(n=Count("*")).order_by()))
        return cls(people, access_of_each(everyone.values()), loads)

    def pick(self, skill: str, department_id: int | None, *, now_with: int | None) -> int | None:
        """The key of whom a ticket of this department goes to; None when nobody is there.

        Of equally busy people the one whose last ticket by skill is longest ago. Whoever has the
        ticket already keeps it.
        """
        able = [u for u in self.people.get(skill, ()) if self.access[u.pk].works(department_id)]
        if now_with in {user.pk for user in able}:
            return now_with
        turns = list(self.given)
        chosen = min(
            able,
            key=lambda user: (
                self.loads[user.pk],
                turns.index(user.pk) + 1 if user.pk in self.given else 0,
                user.last_given_at or _LONG_AGO,
                user.pk,
            ),
            default=None,
        )
        if chosen is None:
            return None
        self.loads[chosen.pk] += 1
        self.given.pop(chosen.pk, None)
        self.given[chosen.pk] = None
        return chosen.pk

    def remember(self, writes: Writes, now: datetime) -> None:
        """Note who got a ticket, so that others have their turn."""
        if self.given:
            statement = "UPDATE accounts_user SET last_given_at = %s WHERE id = ANY(%s)"
            writes.add(statement, [now, list(self.given)])
