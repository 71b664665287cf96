"""What was rehearsed is what is saved, once, unless something changed meanwhile."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from routing import services
from routing.models import Decision, Rehearsal, RouterModel, RouterSettings, Rule
from tests.routing.rehearsals.conftest import (
    NEW,
    done,
)
from tests.routing.trees import word

pytestmark = pytest.mark.django_db
State = Rehearsal.State


def test_what_was_rehearsed_is_saved(
    day: list[Decision], admin: User, lead: User, second: RouterModel
) -> None:
    oil, tag = Rule.objects.all()
    services.save_rehearsed(rehearsal=done(admin, {"kind": "create", "definition": NEW}), by=admin)
    new = Rule.objects.get(name="New")
    ids = [new.pk, oil.pk, tag.pk]
    services.save_rehearsed(rehearsal=done(admin, {"kind": "order", "ids": ids}), by=admin)
    assert list(Rule.objects.values_list("pk", flat=True)) == ids
    off = {"kind": "change", "rule": oil.pk, "definition": {"is_active": False}}
    services.save_rehearsed(rehearsal=done(admin, off, reason="Too wide."), by=admin)
    assert oil.versions.first().reason == "Too wide."  # type: ignore[union-attr]
    assert not Rule.objects.get(pk=oil.pk).is_active
    services.save_rehearsed(rehearsal=done(admin, {"kind": "remove", "rule": tag.pk}), by=admin)
    assert not Rule.objects.filter(pk=tag.pk).exists()
    surer = {"kind": "threshold", "threshold": 0.8}
    services.save_rehearsed(rehearsal=done(admin, surer), by=admin)
    assert RouterSettings.objects.get().threshold == 0.8
    services.save_rehearsed(rehearsal=done(admin, {"kind": "model", "model": "second"}), by=admin)
    assert RouterModel.objects.get(is_active=True) == second
    asked = services.propose_rule(by=lead, reason="Why not", rule=new, name="Newer")
    services.save_rehearsed(
        rehearsal=done(lead, {"kind": "proposal", "proposal": asked.pk}), by=admin
    )
    assert Rule.objects.get(pk=new.pk).name == "Newer"


def test_it_is_saved_once_by_an_admin(day: list[Decision], admin: User, lead: User) -> None:
    made = done(lead, {"kind": "create", "definition": NEW})
    with pytest.raises(PermissionDenied):
        services.save_rehearsed(rehearsal=made, by=lead)
    services.save_rehearsed(rehearsal=made, by=admin)
    with pytest.raises(ValidationError):
        services.save_rehearsed(rehearsal=made, by=admin)
    assert Rule.objects.filter(name="New").count() == 1


def test_what_changed_meanwhile_is_not_overwritten(
    day: list[Decision], admin: User, second: RouterModel
) -> None:
    oil, tag = Rule.objects.all()
    change = {"kind": "change", "rule": oil.pk, "definition": {"is_active": False}}
    made = [
        done(admin, change),
        done(admin, {"kind": "remove", "rule": oil.pk}),
        done(admin, {"kind": "order", "ids": [tag.pk, oil.pk]}),
        done(admin, {"kind": "threshold", "threshold": 0.9}),
        done(admin, {"kind": "model", "model": "small"}),
    ]
    services.update_rule(rule=oil, by=admin, tags=["oil"])
    services.create_rule(by=admin, name="Third", conditions=word("z"), place="spam")
    services.set_threshold(threshold=0.7, by=admin)
    services.activate_model(model=second)
    for rehearsal in made:
        with pytest.raises(ValidationError):
            services.save_rehearsed(rehearsal=rehearsal, by=admin)
        rehearsal.refresh_from_db()
        assert rehearsal.saved_at is None
    assert Rule.objects.count() == 3
