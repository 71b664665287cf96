"""A limit to how long a query may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let each query inside run this long; a slower one raises `OperationalError`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [f"{int(seconds * 1000)}ms"]
        )
        yield
        # An enclosing transaction goes on without the limit.
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
