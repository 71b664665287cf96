"""Writes many rows at once: COPY for new ones, one UPDATE for changed ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, cast

from django.db import connection, models

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reserve_ids(counts: Mapping[type[models.Model], int]) -> dict[type[models.Model], list[int]]:
    """Draw as many primary keys of each model as asked for, so that rows can name each other."""
    wanted = {model: count for model, count in counts.items() if count}
    if not wanted:
        return {model: [] for model in counts}
    columns = ", ".join(
        "ARRAY(SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s))"
        for _ in wanted
    )
    arguments: list[Any] = []
    for model, count in wanted.items():
        arguments += [model._meta.db_table, count]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", arguments)
        row = cursor.fetchone()
    return {model: [] for model in counts} | dict(zip(wanted, row or (), strict=True))


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert `rows`, all of one model, by COPY; without primary keys the database gives them."""
    if not rows:
        return
    columns, read = _layout(type(rows[0]), rows[0].pk is not None)
    table = connection.ops.quote_name(type(rows[0])._meta.db_table)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(read(row))


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of `rows`, all of one model and none twice, in one statement."""
    if not rows:
        return
    meta = type(rows[0])._meta
    quote = connection.ops.quote_name
    columns = [cast("models.Field[Any, Any]", meta.get_field(name)) for name in fields]
    assignments, arrays = [], []
    for number, field in enumerate(columns):
        kind = field.db_type(connection)
        assignments.append(f"{quote(field.column)} = v.c{number}::{kind}")
        arrays.append("%s::text[]")
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    getters = [attrgetter(field.attname) for field in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS t SET {', '.join(assignments)}"  # noqa: S608 - names of our own models
            f" FROM unnest(%s::bigint[], {', '.join(arrays)}) AS v(id, {names}) WHERE t.id = v.id",
            [[row.pk for row in rows], *([_text(get(row)) for row in rows] for get in getters)],
        )


@cache
def _layout(
    model: type[models.Model], with_key: bool
) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """Column list and reader of a row: everything but what the database generates."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (with_key or not field.primary_key)
    ]
    values = attrgetter(*(field.attname for field in fields))
    is_json = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]

    def read(row: Any) -> tuple[Any, ...]:
        cells = list(values(row))
        for place in is_json:
            cells[place] = _JSON(cells[place])
        return tuple(cells)

    return ", ".join(connection.ops.quote_name(field.column) for field in fields), read


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _JSON(value)
    return str(value)
