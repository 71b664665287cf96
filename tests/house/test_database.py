"""The test database after a test that committed."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection

from accounts.models import User
from tests.personas import person

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        tables = connection.introspection.django_table_names(only_existing=True)
        each = [f"SELECT '{name}', count(*) FROM {name}" for name in tables]  # noqa: S608
        cursor.execute(" UNION ALL ".join(each))
        return dict(cursor.fetchall())


def test_it_is_empty_and_lacks_nothing_that_follows_migrations() -> None:
    person("maya", "Maya Adeyemi")
    call_command("flush", verbosity=0, interactive=False)
    assert not User.objects.exists()
    emptied = rows()
    filled = {name for name, count in emptied.items() if count}
    assert filled == {"auth_permission", "django_content_type", "django_q_schedule"}
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert rows() == emptied
