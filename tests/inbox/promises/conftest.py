"""Policies, and a process that reads them anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Department, SlaDefault, SlaPolicy
from routing import queries

Make = Callable[..., SlaPolicy]


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_current", None)


@pytest.fixture
def policy(departments: dict[str, Department]) -> Make:
    """Makes a policy around the clock, an hour and a day, the default of `default_of`."""

    def make(name: str = "Standard", *, default_of: str = "", **fields: Any) -> SlaPolicy:
        priority = fields.pop("priority", None)
        wanted = {"first_response_minutes": 60, "resolution_minutes": 24 * 60, **fields}
        made = SlaPolicy.objects.create(name=name, slug=name.lower(), **wanted)
        if default_of:
            home = departments[default_of]
            SlaDefault.objects.create(department=home, priority=priority, policy=made)
        return made

    return make
