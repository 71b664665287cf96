"""A classifier in charge, and lessons to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Department, User
from routing import services
from routing.models import Decision, Lesson
from tests.routing.conftest import (  # noqa: F401 - fixtures
    classifier,
    fresh_process,
    model,
    model_dir,
    model_file,
)

Teach = Callable[..., Lesson]


@pytest.fixture
def teach(departments: dict[str, Department]) -> Teach:
    """Save a lesson: a text, the department's label ("spam" for none), and by whom."""

    def lesson(text: str, to: str, by: User | None, **values: object) -> Lesson:
        saved = services.learn(
            text=text,
            to=departments.get(to),
            by=by,
            **{"source": Lesson.Source.HAND_OVER, **values},  # type: ignore[arg-type]
        )
        assert saved is not None
        return saved

    return lesson


@pytest.fixture
def decide(departments: dict[str, Department]) -> Callable[..., Decision]:
    """Save a decision for a department's label (None: triage)."""

    def decision(to: str | None, **values: object) -> Decision:
        department = departments[to] if to else None
        return Decision.objects.create(
            department=department,
            **{
                "method": "classifier" if to else "triage",
                "confidence": 0.8,
                "probabilities": {"hr": 0.1, "pr": 0.2, "customer_service": 0.7},
                **values,
            },
        )

    return decision
