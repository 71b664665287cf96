"""Lessons: what people say about where posts belong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Department, User
from routing import fingerprints
from routing.models import Decision, Lesson

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a text belongs: a department, or None for spam."""

    text: str
    department: Department | None
    language: str = ""


@transaction.atomic
def learn(
    *,
    text: str,
    to: Department | None,
    by: User | None,
    source: str,
    came_from: Department | None = None,
    decision: Decision | None = None,
    language: str = "",
) -> Lesson | None:
    """Remember that `text` belongs to `to` (None: it is spam); the next training learns it.

    `came_from` is where it was (None: triage), `source` a `Lesson.Source`. Returns None for a text
    without words, which teaches nothing.
    """
    lesson = _lesson(Answer(text, to, language), by=by, source=source)
    if not lesson.text:
        return None
    lesson.from_department, lesson.decision = came_from, decision
    lesson.save(force_insert=True)
    return lesson


@transaction.atomic
def learn_many(*, answers: Iterable[Answer], by: User | None) -> int:
    """Remember imported history; what is known already, word for word, is left out."""
    lessons: dict[tuple[str, int | None], Lesson] = {}
    for answer in answers:
        lesson = _lesson(answer, by=by, source=Lesson.Source.IMPORT)
        if lesson.text:
            lessons[lesson.digest, lesson.to_department_id] = lesson
    known = set(
        Lesson.objects.standing()
        .filter(source=Lesson.Source.IMPORT, digest__in={digest for digest, _ in lessons})
        .values_list("digest", "to_department_id")
    )
    fresh = [lesson for key, lesson in lessons.items() if key not in known]
    Lesson.objects.bulk_create(fresh, batch_size=BATCH)
    return len(fresh)


def unlearn(*, lesson_ids: Iterable[int], by: User | None) -> int:
    """Take lessons back; return how many stood until now."""
    chosen = Lesson.objects.standing().filter(pk__in=list(lesson_ids))
    return chosen.update(undone_at=timezone.now(), undone_by=by)


def unlearn_person(*, person: User, by: User) -> int:
    """Take back everything `person` taught, imports apart; return how many lessons it was."""
    chosen = Lesson.objects.standing().filter(by=person).exclude(source=Lesson.Source.IMPORT)
    return chosen.update(undone_at=timezone.now(), undone_by=by)


def relearn_person(*, person: User) -> int:
    """Let the lessons of `person` count again that an admin took back.

    What `person` took back themselves stays so.
    """
    chosen = Lesson.objects.filter(by=person, undone_at__isnull=False).exclude(undone_by=person)
    return chosen.update(undone_at=None, undone_by=None)


def forget_lessons(*, decision_ids: Sequence[int]) -> int:
    """Remove the words of lessons about these decisions; that they were given stays."""
    chosen = Lesson.objects.filter(decision__in=decision_ids)
    return chosen.update(text="", digest="", likeness=[], language="")


def _lesson(answer: Answer, *, by: User | None, source: str) -> Lesson:
    text = answer.text.replace("\0", "").encode("utf-8", "replace").decode().strip()
    return Lesson(
        text=text,
        language=answer.language[:8],
        to_department=answer.department,
        is_spam=answer.department is None,
        by=by,
        source=source,
        digest=fingerprints.digest(text) if text else "",
        likeness=fingerprints.bands(text) if text else [],
    )
