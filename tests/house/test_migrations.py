"""What every migration keeps to."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader


def ours() -> dict[str, Migration]:
    """The migrations of this project by their app and name."""
    found = MigrationLoader(None).disk_migrations
    return {
        f"{app}.{name}": migration
        for (app, name), migration in found.items()
        if Path(apps.get_app_config(app).path).parent == settings.BASE_DIR
    }


def test_every_migration_can_be_taken_back() -> None:
    migrations = ours()
    assert len(migrations) > 40
    one_way = [
        f"{name}: {operation.describe()}"
        for name, migration in migrations.items()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert one_way == []


def test_no_migration_is_named_by_a_machine() -> None:
    assert [name for name in ours() if "_auto_" in name] == []
