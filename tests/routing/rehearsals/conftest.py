"""Stored decisions, and changes to replay over them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Department, User
from routing import classifier as classifiers
from routing import services
from routing.classifier import Classifier
from routing.facts import Facts
from routing.models import Decision, Rehearsal, RouterModel, RouterSettings, Rule
from tests.routing.conftest import starter_rows
from tests.routing.trees import all_of, phrase, word

NETWORKS = ("x", "facebook", "forum")
NEW = {"name": "New", "conditions": phrase("palm oil"), "department": "pr"}


def posts(n: int = 90) -> list[Facts]:
    now = timezone.now()
    return [
        Facts(
            text=row["text"],
            language=row["lang"],
            network=NETWORKS[at % 3],
            author_handle=f"u{at % 7}",
            followers=at * 10,
            posted_at=now - timedelta(hours=at),
        )
        for at, row in enumerate(starter_rows("mixed")[:: max(1, 900 // n)][:n])
    ]


def decided(facts: list[Facts]) -> list[Decision]:
    found = [decision for fact in facts for decision in services.decide_batch([fact])]
    return Decision.objects.bulk_create(found)


def place_of(decision: Decision) -> str:
    if decision.spam:
        return "spam"
    return decision.department.slug if decision.department else ""


def flows_of(before: list[Decision], after: list[Decision]) -> Counter[tuple[str, str]]:
    moves = ((place_of(a), place_of(b)) for a, b in zip(before, after, strict=True))
    return Counter(move for move in moves if move[0] != move[1])


def told(result: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter({(a, b): n for a, b, n in result["flows"]})


@pytest.fixture
def day(model: RouterModel, departments: dict[str, Department]) -> list[Decision]:
    """Ninety decisions, made under two rules."""
    oil: dict[str, Any] = {
        "conditions": word("boycott", "oil"),
        "priority": 3,
        "department": departments["pr"],
    }
    services.create_rule(by=None, name="Oil", **oil)
    services.create_rule(
        name="Tag", by=None, conditions=all_of({"network": ["x"]}), place="unchanged", tags=["x"],
        goes_on=True,
    )  # fmt: skip
    return decided(posts())


@pytest.fixture
def second(model_dir: Path, classifier: Classifier, model: RouterModel) -> RouterModel:
    """Another model, taught by few other posts."""
    rows = starter_rows("mixed")[7::20]
    made = classifiers.train([r["text"] for r in rows], [r["department"] for r in rows])
    return RouterModel.objects.create(
        version="second",
        file_name="second.model",
        sha256=made.save(model_dir / "second.model"),
        sklearn_version=classifiers.sklearn_version(),
    )


def current() -> list[dict[str, Any]]:
    """Every kind of change that changes nothing."""
    rule = Rule.objects.get(name="Oil")
    return [
        {"kind": "change", "rule": rule.pk, "definition": {"name": "Oil"}},
        {"kind": "order", "ids": list(Rule.objects.values_list("pk", flat=True))},
        {"kind": "threshold", "threshold": RouterSettings().threshold},
        {"kind": "model", "model": "small"},
        {"kind": "create", "definition": {"name": "-", "conditions": word("zzz"), "place": "spam"}},
    ]


def done(by: User, change: dict[str, Any], **extra: Any) -> Rehearsal:
    asked = services.request_rehearsal(by=by, change=change, **extra)
    return services.run_rehearsal(rehearsal=asked)
