"""Who may rehearse what."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from routing import services
from routing.models import Decision, Rehearsal, RouterModel, Rule
from tests.routing.rehearsals.conftest import (
    NEW,
    current,
)

pytestmark = pytest.mark.django_db
State = Rehearsal.State


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": "nonsense"},
        {"kind": "create"},
        {"kind": "create", "definition": {**NEW, "colour": 1}},
        {"kind": "create", "definition": {**NEW, "conditions": {}}},
        {"kind": "create", "definition": {**NEW, "department": "nowhere"}},
        {"kind": "change", "rule": 999_999, "definition": NEW},
        {"kind": "change", "rule": "1", "definition": NEW},
        {"kind": "remove", "rule": None},
        {"kind": "order", "ids": [1, 2, 3]},
        {"kind": "order", "ids": [[1], {}]},
        {"kind": "threshold", "threshold": 1.5},
        {"kind": "threshold", "threshold": "0.5"},
        {"kind": "threshold", "threshold": True},
        {"kind": "model", "model": "none"},
        {"kind": "proposal", "proposal": 7},
        {"kind": "rules", "rules": []},
    ],
)
def test_a_change_that_cannot_be_is_refused(
    day: list[Decision], admin: User, change: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        services.request_rehearsal(by=admin, change=change)


@pytest.mark.parametrize("scope", [{"days": 0}, {"days": 500}, {"posts": 0}, {"posts": 100_001}])
def test_a_scope_has_its_limits(day: list[Decision], admin: User, scope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        services.request_rehearsal(
            by=admin, change={"kind": "threshold", "threshold": 1.0}, **scope
        )


def test_leads_rehearse_what_they_may_propose(
    day: list[Decision], lead: User, agent: User, second: RouterModel
) -> None:
    new = {"kind": "create", "definition": NEW}
    assert services.request_rehearsal(by=lead, change=new).by == lead
    with pytest.raises(PermissionDenied):
        services.request_rehearsal(by=agent, change=new)
    for change in (*current()[1:4], {"kind": "remove", "rule": Rule.objects.all()[0].pk}):
        with pytest.raises(PermissionDenied):
            services.request_rehearsal(by=lead, change=change)
