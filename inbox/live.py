"""Tells the live-update process which tickets changed, inside the writing transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from django.db import connection

CHANNEL = "crossdesk_live"
# PostgreSQL refuses a notification of 8,000 bytes or more.
IDS_A_MESSAGE = 200


def publish(changes: Iterable[tuple[int, int | None, int | None]], *, kind: str = "action") -> None:
    """Announce (ticket id, department id now, department id before) to entitled browsers at commit."""
    rows: Sequence[tuple[int, int | None, int | None]] = list(changes)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), IDS_A_MESSAGE):
            message = {"k": kind, "t": rows[start : start + IDS_A_MESSAGE]}
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(message)])
