"""Writes the rows of a batch: one statement a kind of row, all of them in one round trip.

The rows of a statement travel as one JSON array that PostgreSQL reads by the table's own columns
and types, so that one row and a thousand take the same way, and nothing here names a type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models


class Writes:
    """Statements collected while a batch is worked out, and run together by `run`."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.arguments: list[Any] = []

    def add(self, statement: str, arguments: Sequence[Any] = ()) -> None:
        """Run `statement` in its turn."""
        self.statements.append(statement)
        self.arguments += arguments

    def insert(self, rows: Sequence[models.Model], *, or_keep: bool = False) -> None:
        """Insert `rows`, all of one model; without primary keys the database gives them.

        With `or_keep` a row that is there already in all that makes it unique stays as it is.
        """
        if not rows:
            return
        model = type(rows[0])
        names = _writable(model, has_key=rows[0].pk is not None)
        table, columns = _quoted(model, names)
        listed = ", ".join(columns)
        self.add(
            f"INSERT INTO {table} ({listed}) SELECT {listed}"  # noqa: S608 - names of our own models
            f" FROM json_populate_recordset(NULL::{table}, %s)"
            f"{' ON CONFLICT DO NOTHING' if or_keep else ''}",
            [_as_json(rows, names)],
        )

    def update(self, rows: Sequence[models.Model], fields: Iterable[str]) -> None:
        """Write `fields` of `rows`, all of one model and none of them twice."""
        if not rows:
            return
        model = type(rows[0])
        names = _attribute_names(model, tuple(fields))
        table, columns = _quoted(model, names)
        assignments = ", ".join(f"{column} = new.{column}" for column in columns)
        self.add(
            f"UPDATE {table} AS old SET {assignments}"  # noqa: S608 - names of our own models
            f" FROM json_populate_recordset(NULL::{table}, %s) AS new WHERE old.id = new.id",
            [_as_json(rows, ("id", *names))],
        )

    def run(self) -> None:
        """Send everything; needs client-side binding, Django's default for psycopg."""
        if self.statements:
            with connection.cursor() as cursor:
                cursor.execute(";\n".join(self.statements), self.arguments)


def reserve_ids(counts: Mapping[type[models.Model], int]) -> dict[type[models.Model], list[int]]:
    """Draw as many primary keys of each model as asked for, so that rows can name each other."""
    wanted = {model: count for model, count in counts.items() if count}
    ids: dict[type[models.Model], list[int]] = {model: [] for model in counts}
    if not wanted:
        return ids
    columns = ", ".join(
        "ARRAY(SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s))"
        for _ in wanted
    )
    arguments: list[Any] = []
    for model, count in wanted.items():
        arguments += [_quoted(model, ())[0], count]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", arguments)
        row = cursor.fetchone()
    return ids | dict(zip(wanted, row or (), strict=True))


@cache
def _writable(model: type[models.Model], *, has_key: bool) -> tuple[str, ...]:
    """Columns of `model` but those the database makes itself."""
    return tuple(
        field.attname
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented Meta API
        if not field.generated and (has_key or not field.primary_key)
    )


@cache
def _attribute_names(model: type[models.Model], fields: tuple[str, ...]) -> tuple[str, ...]:
    meta = model._meta  # noqa: SLF001 - Django's documented Meta API
    return tuple(field.attname for field in meta.concrete_fields if field.name in fields)


@cache
def _quoted(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    quote = connection.ops.quote_name
    table = model._meta.db_table  # noqa: SLF001 - Django's documented Meta API
    return quote(table), tuple(quote(name) for name in names)


def _as_json(rows: Sequence[models.Model], names: tuple[str, ...]) -> str:
    values = attrgetter(*names)
    return _encode([dict(zip(names, values(row), strict=True)) for row in rows])


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"  # As PostgreSQL writes and reads bytea.
    raise TypeError(f"{type(value).__name__} cannot be written.")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_text).encode
