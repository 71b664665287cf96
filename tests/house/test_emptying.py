"""Between two tests that commit every table is emptied, quickly where little stands in it."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management.color import no_style
from django.db import connection, transaction

from inbox.models import Tag, Ticket
from tests.database import MANY_ROWS, UNTRACKED, emptied
from tests.servers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = [Tag._meta.db_table, Ticket.tags.through._meta.db_table]


def empty() -> list[str]:
    """Empty the two tables; returns how."""
    statements = emptied(connection.ops, no_style(), TABLES)  # type: ignore[arg-type]
    connection.ops.execute_sql_flush(statements)
    return statements


def tags(number: int) -> None:
    Tag.objects.bulk_create(Tag(name=f"tag {at}") for at in range(number))


def test_few_rows_are_deleted_and_tables_without_any_left_alone() -> None:
    tags(MANY_ROWS)
    assert empty() == [UNTRACKED, 'DELETE FROM "inbox_tag"']
    assert not Tag.objects.exists()


def test_many_rows_are_truncated() -> None:
    tags(MANY_ROWS + 1)
    (statement,) = empty()
    assert statement.startswith("TRUNCATE")
    assert not Tag.objects.exists()


def test_nothing_is_asked_for_when_nothing_is_there() -> None:
    assert (empty(), emptied(connection.ops, no_style(), [])) == ([], [])  # type: ignore[arg-type]


@pytest.mark.integration
def test_who_left_a_transaction_open_keeps_no_table_from_being_emptied() -> None:
    tags(1)
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(database_url(name)) as forgotten:
        forgotten.execute(f'LOCK TABLE "{TABLES[0]}" IN SHARE MODE')
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            empty()
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("SELECT 1")
    assert not Tag.objects.exists()
