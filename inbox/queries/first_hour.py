"""What the first hour shows: a post to answer, how it goes, and what is still weak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Department, User
from inbox.models import Post, Ticket
from inbox.queries.conversation import STEPS_UP, posts_above
from routing.models import FirstHour, Lesson, Training
from routing.services.first_hour import GOAL, Candidate

MOST_CANDIDATES = 1_500
# Fewer answers about a department say nothing about it.
FEWEST = 5
WEAK = 0.7
WIDTH, HEIGHT = 320, 120


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, as numbers and as a curve."""

    answered: int
    goal: int
    accuracy: float
    first_accuracy: float
    line: str
    points: list[tuple[int, float]]
    under_way: Training | None
    weak: list[str]


def candidates(user: User) -> list[Candidate]:
    """The newest posts `user` may see that nobody has answered for the router."""
    tickets = list(
        Ticket.objects.visible_to(user)
        .current()
        .filter(decision__isnull=False)
        .order_by("-last_post_at", "-pk")
        .values_list("pk", "decision", "decision__facts__text")[:MOST_CANDIDATES]
    )
    decisions = [decision for _pk, decision, _text in tickets]
    taught = set(
        Lesson.objects.standing().filter(decision__in=decisions).values_list("decision", flat=True)
    )
    return [
        Candidate(pk, text) for pk, decision, text in tickets if text and decision not in taught
    ]


def post_to_ask(user: User, key: int) -> Ticket | None:
    """The ticket `key` if `user` may (still) see it."""
    return (
        Ticket.objects.visible_to(user)
        .select_related("channel", "contact", "decision", "department", f"opening_post__{STEPS_UP}")
        .filter(pk=key)
        .first()
    )


def posts_answered(ticket: Ticket) -> list[Post]:
    """What the post to ask about answers, outermost first; "same here" alone says nothing.

    Only what the ticket's own page shows above it, and no query after `post_to_ask`.
    """
    return posts_above(ticket.opening_post) if ticket.opening_post else []


def progress_of(hour: FirstHour, departments: Sequence[Department]) -> Progress:
    """How the first hour goes."""
    points = [(int(p["n"]), float(p["accuracy"])) for p in hour.curve]
    under_way = Training.objects.filter(finished_at=None).first()
    return Progress(
        answered=len(hour.answers),
        goal=GOAL,
        accuracy=points[-1][1] if points else 0.0,
        first_accuracy=points[0][1] if points else 0.0,
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y in map(_place, points)),
        points=[point for point in points if point[0] % 25 == 0 or point == points[-1]],
        under_way=under_way,
        weak=weaknesses(hour, departments),
    )


def weaknesses(hour: FirstHour, departments: Sequence[Department]) -> list[str]:
    """What the router still gets wrong, in sentences."""
    given, right = Counter[str](), Counter[str]()
    instead: dict[str, Counter[str]] = {}
    for told in hour.answers:
        given[told["label"]] += 1
        right[told["label"]] += told["guess"] == told["label"]
        if told["guess"] != told["label"]:
            instead.setdefault(told["label"], Counter())[told["guess"]] += 1
    names = {department.slug: department.name for department in departments}
    found = []
    for department in departments:
        n, hit = given[department.slug], right[department.slug]
        known = {"name": department.name, "n": n, "hit": hit}
        if n < FEWEST:
            few = ngettext(
                "%(name)s: only %(n)d answer, too few to tell.",
                "%(name)s: only %(n)d answers, too few to tell.",
                n,
            )
            found.append(few % known)
        elif hit / n < WEAK:
            other = instead[department.slug].most_common(1)[0][0]
            known["other"] = names.get(other, other or _("nothing"))
            found.append(
                _("%(name)s: right on %(hit)d of %(n)d hard posts; most often taken for %(other)s.")
                % known
            )
    return found


def _place(point: tuple[int, float]) -> tuple[float, float]:
    """Where a point of the curve is drawn; the picture goes from 40 to 100 %."""
    n, accuracy = point
    height = (min(max(accuracy, 0.4), 1.0) - 0.4) / 0.6
    return n / GOAL * WIDTH, HEIGHT - height * HEIGHT
