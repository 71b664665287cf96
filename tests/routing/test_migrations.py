"""Rules of the flat kind become trees, and go back where they fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import database
from tests.routing.trees import all_of

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = ("routing", "0001_initial"), ("routing", "0005_rule_time_zone")


def migrate(*targets: tuple[str, str]) -> Any:
    """Migrate, and return the models as they then are."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


@pytest.fixture
def old_apps() -> Iterator[Any]:
    """The models before, in a database that was never newer."""
    with database.instead():
        yield migrate(OLD)


def test_flat_groups_become_a_tree_and_come_back(old_apps: Any) -> None:
    pr = old_apps.get_model("accounts", "Department").objects.create(
        name="Press office", slug="press", letter="P"
    )
    rules = old_apps.get_model("routing", "Rule").objects
    both = rules.create(
        name="Both", position=1, phrases=["palm oil"], networks=["x"], department=pr, version=3
    )
    triage = rules.create(name="Triage", position=2, handles=["@kate"], channel_ids=[4])

    apps = migrate(NEW)
    found = apps.get_model("routing", "Rule").objects.in_bulk()
    assert found[both.pk].conditions == all_of({"network": ["x"]}, {"phrase": ["palm oil"]})
    assert found[triage.pk].conditions == all_of({"channel": [4]}, {"author": ["@kate"]})
    assert (found[both.pk].place, found[triage.pk].place) == ("department", "triage")
    trail = apps.get_model("routing", "RuleEvent").objects.filter(pgh_obj_id=both.pk)
    assert {event.place for event in trail} == {"department"}
    version = apps.get_model("routing", "RuleVersion").objects.get(rule=both.pk)
    assert (version.number, version.definition["department"]) == (3, "press")
    tree = all_of({"any": [{"phrase": ["a"]}]})
    apps.get_model("routing", "Rule").objects.filter(pk=triage.pk).update(conditions=tree)

    found = migrate(OLD).get_model("routing", "Rule").objects.in_bulk()
    assert (found[both.pk].phrases, found[both.pk].networks) == (["palm oil"], ["x"])
    assert (found[both.pk].is_active, found[triage.pk].is_active) == (True, False)
