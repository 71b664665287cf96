"""Models and trainings as admins read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Department
from routing.models import Lesson, RouterModel, Training

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """The models, newest first, and what training did lately."""

    models: list[RouterModel]
    in_charge: RouterModel | None
    under_way: Training | None
    trainings: list[Training]
    scores: list[Any]
    new_lessons: int
    can_go_back: bool


def models_page() -> ModelsPage:
    """Everything the page of models shows."""
    trainings = list(Training.objects.select_related("challenger", "asked_by")[:SHOWN])
    in_charge = RouterModel.objects.filter(is_active=True).first()
    under_way = next((t for t in trainings if t.finished_at is None), None)
    earlier = RouterModel.objects.filter(promoted_at__isnull=False)
    if in_charge and in_charge.promoted_at:
        earlier = earlier.filter(promoted_at__lt=in_charge.promoted_at)
    return ModelsPage(
        models=list(RouterModel.objects.all()[:SHOWN]),
        in_charge=in_charge,
        under_way=under_way,
        trainings=[t for t in trainings if t.finished_at],
        scores=_scores(trainings),
        new_lessons=_new_lessons(trainings),
        can_go_back=in_charge is not None and earlier.exists(),
    )


def _scores(trainings: list[Training]) -> list[tuple[str, float, float]]:
    """Recall by department, champion and challenger, of the last training that compared."""
    compared = (t.challenger.metrics for t in trainings if t.challenger and t.finished_at)
    metrics = next((m for m in compared if "champion" in m and "challenger" in m), None)
    if metrics is None:
        return []
    old, new = metrics["champion"]["per_department"], metrics["challenger"]["per_department"]
    known = {d.slug: d.name for d in Department.objects.all()}
    slugs = [slug for slug in known if slug in {*old, *new}]
    slugs += sorted({*old, *new} - set(known))
    return [(known.get(slug, slug), _recall(old, slug), _recall(new, slug)) for slug in slugs]


def _recall(scores: dict[str, Any], slug: str) -> float:
    found: float = scores.get(slug, {}).get("recall", 0.0)
    return found


def _new_lessons(trainings: list[Training]) -> int:
    """Lessons given since the last training that ended well."""
    last = next((t for t in trainings if t.state == Training.State.DONE), None)
    lessons = Lesson.objects.teaching()
    return (lessons.filter(at__gt=last.asked_at) if last else lessons).count()
