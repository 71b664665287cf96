"""The test database: quickly there, quickly empty again.

A test run begins with a copy of a database in which all migrations have run. Running them takes
most of a minute, copying what they made less than a second; the copy is brought up to date by
`migrate` all the same, so that what follows migrations follows here, too. A test that commits
leaves it without any row but what migrations write for Django itself, and with the schedules.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management.color import Style
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils.module_loading import module_has_submodule
from psycopg import sql

from tests.servers import ROOT, database_url

PREFIX = "crossdesk_template_"
LOCK = 0x63646573
MANY_ROWS = 300
# Only migrations write these, and making them anew takes longer than most tests.
KEPT = frozenset({"django_content_type", "auth_permission"})
# Rows of the trail cannot be deleted, and what is deleted leaves a row there.
UNTRACKED = (
    "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true)"
    " FROM pg_trigger WHERE NOT tgisinternal"
)
truncated = DatabaseOperations.sql_flush
MIGRATION_SECONDS = 600


def template(*, migrated: str = "") -> str:
    """The name of that database, made first if there is none for these migrations.

    Then it is a copy of the database `migrated`, if one is named: that has what migrations left.
    """
    name = f"{PREFIX}{_digest()}"
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        # Whoever comes second waits here.
        server.execute(f"SET lock_timeout = '{MIGRATION_SECONDS}s'")
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        found = {row[0] for row in server.execute("SELECT datname FROM pg_database")}
        if name not in found:
            for old in found:
                if old.startswith(PREFIX):
                    server.execute(_statement("DROP DATABASE {}", old))
            if migrated:
                server.execute(_statement("CREATE DATABASE {} TEMPLATE {}", name, migrated))
            else:
                _make(server, name)
    return name


def emptied(
    operations: DatabaseOperations, style: Style, tables: Sequence[str], **options: bool
) -> list[str]:
    """What empties `tables`, for `DatabaseOperations.sql_flush`.

    To truncate the hundred tables there are takes most of a second; a test fills but a few.
    """
    tables = [name for name in tables if name not in KEPT]
    if not tables:
        return []
    close_others(only="state LIKE 'idle in transaction%'")
    rows = " UNION ALL ".join(
        f"SELECT '{name}', EXISTS (SELECT 1 FROM {name} OFFSET {MANY_ROWS})"  # noqa: S608
        f" WHERE EXISTS (SELECT 1 FROM {name})"
        for name in map(operations.quote_name, tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(rows)
        filled = dict(cursor.fetchall())
    if any(filled.values()):
        return truncated(operations, style, tables, **options)
    deleted = [f"DELETE FROM {name}" for name in filled]  # noqa: S608
    return [UNTRACKED, *deleted] if deleted else []


def furnished(*_signal: Any, **_more: Any) -> None:
    """What follows migrations, once more: of all that is made then, only schedules were emptied."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "schedules"):
            import_module(f"{config.name}.schedules").ensure_schedules()


def copied(programs: Path, target: str) -> None:
    """Let the empty database at the address `target`, on any server, begin as the others do.

    `programs` is where PostgreSQL's programs are.
    """
    dump = [str(programs / "pg_dump"), "--no-owner", "--no-comments", "--dbname"]
    fill = [
        str(programs / "psql"),
        "--no-psqlrc",
        "--quiet",
        "--set",
        "ON_ERROR_STOP=1",
        "--dbname",
    ]
    told = subprocess.run(
        [*dump, database_url(template())], check=True, stdout=subprocess.PIPE
    ).stdout
    subprocess.run([*fill, target], input=told, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def instead() -> Iterator[None]:
    """Let this process work on an empty database meanwhile, which is gone afterwards."""
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_instead"
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(_statement("DROP DATABASE IF EXISTS {}", name))
        server.execute(_statement("CREATE DATABASE {}", name))
        _change_to(name)
        try:
            yield
        finally:
            _change_to(usual)
            server.execute(_statement("DROP DATABASE {}", name))


def _change_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def close_others(*, only: str = "true") -> None:
    """End the connections to this database of threads and processes that outlived their test.

    One that is left in the middle of a transaction would keep its tables from being emptied.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            # PostgreSQL's own cleaning is not for this role to end.
            f" AND backend_type = 'client backend' AND {only}"
        )


def _make(server: psycopg.Connection, name: str) -> None:
    """Make it under another name, so that a run that is broken off leaves no half of it."""
    growing = f"{PREFIX}growing"
    server.execute(_statement("CREATE DATABASE {}", growing))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url(growing)}, check=True,
        timeout=MIGRATION_SECONDS,
    )  # fmt: skip
    server.execute(_statement("ALTER DATABASE {} RENAME TO {}", growing, name))


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


def _digest() -> str:
    made_of = hashlib.sha256(f"{version('django')} {version('django-q2')}".encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        made_of.update(path.name.encode() + path.read_bytes())
    return made_of.hexdigest()[:12]
