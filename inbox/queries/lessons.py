"""Lessons as admins read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Department, User
from inbox.queries.keyset import Slice, slice_of
from routing.likeness import near_to
from routing.models import Lesson, RouterSettings
from routing.services.corpus import person_shares

PAGE = 50
# Old contradictions were seen, or do not matter: each lesson among the newest is held against all.
NEWEST = 2_000
MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class LessonFilter:
    """Which lessons; empty means all."""

    person: int | None = None
    source: str = ""
    department: str = ""

    def apply(self) -> QuerySet[Lesson]:
        """The lessons, newest first."""
        found = Lesson.objects.order_by("-pk")
        if self.person:
            found = found.filter(by=self.person)
        if self.source:
            found = found.filter(source=self.source)
        if self.department == "spam":
            found = found.filter(is_spam=True)
        elif self.department:
            found = found.filter(to_department__slug=self.department)
        return found


@dataclass(frozen=True, slots=True)
class Teacher:
    """A person who taught, how much of it stands, and how much it weighs among everything."""

    person: User
    standing: int
    taken_back: int
    share: float
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers to near-identical texts."""

    older: Lesson
    newer: Lesson

    @property
    def lessons(self) -> tuple[Lesson, Lesson]:
        return self.older, self.newer


def lessons_for(user: User, chosen: LessonFilter) -> QuerySet[Lesson]:
    """Lessons with `is_readable`: whether `user` may see the words."""
    readable = Lesson.objects.readable_by(user).filter(pk=OuterRef("pk"))
    return (
        chosen.apply()
        .select_related("by", "from_department", "to_department", "undone_by")
        .annotate(is_readable=Exists(readable))
    )


def lesson_page(user: User, chosen: LessonFilter, *, after: str = "") -> Slice[Lesson]:
    """A page of lessons, newest first."""
    return slice_of(
        lessons_for(user, chosen),
        order="pk",
        columns=("id",),
        kinds=(int,),
        down=True,
        after=after,
        size=PAGE,
    )


def teachers() -> list[Teacher]:
    """Everybody who taught, imports apart, the heaviest first."""
    taught = Lesson.objects.exclude(source=Lesson.Source.IMPORT).exclude(by=None)
    counts = (
        taught.order_by()
        .values("by")
        .annotate(
            standing=Count("pk", filter=Q(undone_at=None)),
            taken_back=Count("pk", filter=Q(undone_at__isnull=False)),
        )
    )
    rows: Mapping[int, Any] = {row["by"]: row for row in counts}
    imported = Lesson.objects.teaching().filter(source=Lesson.Source.IMPORT).count()
    settings = RouterSettings.objects.filter(pk=1).first() or RouterSettings()
    shares = person_shares(
        {pk: row["standing"] for pk, row in rows.items()}, imported=imported, settings=settings
    )
    people = User.objects.in_bulk(list(rows))
    found = [
        Teacher(
            people[pk],
            row["standing"],
            row["taken_back"],
            shares[pk],
            is_capped=shares[pk] >= settings.person_share - 1e-6,
        )
        for pk, row in rows.items()
        if pk in people
    ]
    return sorted(found, key=lambda teacher: (-teacher.share, -teacher.taken_back))


def contradictions(user: User) -> list[Contradiction]:
    """Near-identical texts that people sent to different places, the newest first."""
    pairs = _pairs()
    ids = {pk for pair in pairs for pk in pair}
    lessons = {lesson.pk: lesson for lesson in lessons_for(user, LessonFilter()).filter(pk__in=ids)}
    found = []
    for older, newer in pairs:
        one, other = lessons.get(older), lessons.get(newer)
        if one and other and near_to(one.text, {0: other.text}):
            found.append(Contradiction(one, other))
    return found


_PAIRS = """
SELECT one.id, other.id
  FROM routing_lesson AS other
  JOIN routing_lesson AS one
    ON one.likeness && other.likeness AND one.id < other.id
 WHERE other.id >= coalesce((SELECT id FROM routing_lesson ORDER BY id DESC OFFSET %s LIMIT 1), 0)
   AND one.undone_at IS NULL AND other.undone_at IS NULL
   AND one.text <> '' AND other.text <> ''
   AND one.to_department_id IS DISTINCT FROM other.to_department_id
   AND (one.decision_id IS NULL OR one.decision_id IS DISTINCT FROM other.decision_id)
   AND NOT (one.by_id IS NOT DISTINCT FROM other.by_id AND one.digest = other.digest)
 ORDER BY other.id DESC, one.id DESC
 LIMIT %s
"""


def _pairs() -> list[tuple[int, int]]:
    """Keys of lessons that share a band and not the answer.

    The last word on one post, or of one person on one text, has settled the earlier ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [NEWEST, MOST_PAIRS])
        return [(older, newer) for older, newer in cursor.fetchall()]


def departments_taught() -> list[Department]:
    """The departments a lesson can name, in the menu's order."""
    return list(Department.objects.order_by("position", "name"))
