"""Migrates a bare checkout's database, and keeps a copy: `python -m tests.beginning`.

What follows, `manage.py setup` and a test run, need not run all migrations once each.
"""

import sys
import time

import django
import psycopg
from django.core.management import call_command

from config.startup import prepare

FILLED = "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')"
# Nobody may be connected with what is copied, and a check may be for a moment.
TRIES = 60


def begin() -> None:
    """Run the migrations in this checkout's database, if it has no table, for its tests as well."""
    from django.db import connection

    from tests import database, servers

    with psycopg.connect(servers.database_url()) as own:
        if own.execute(FILLED).fetchone() == (True,):
            return
    call_command("migrate", verbosity=0)
    connection.close()
    for _ in range(TRIES):
        try:
            database.template(migrated=connection.settings_dict["NAME"])
        except psycopg.errors.ObjectInUse:
            time.sleep(1)
        else:
            return
    sys.stderr.write("Somebody is connected with the database: its tests run all migrations.\n")


if __name__ == "__main__":
    prepare()
    django.setup()
    begin()
