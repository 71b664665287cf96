"""Messages to the live-update process, sent by the database when the transaction commits."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.db import connection

CHANNEL = "crossdesk_live"


def send(message: Mapping[str, object]) -> None:
    """Send `message`, at most 7,999 bytes of JSON, to every live-update process at commit."""
    with connection.cursor() as cursor:
        cursor.execute(*statement_of(message))


def statement_of(message: Mapping[str, object]) -> tuple[str, list[str]]:
    """What `send` executes, for whoever sends it along with other statements."""
    text = json.dumps(message, separators=(",", ":"))
    return "SELECT pg_notify(%s, %s)", [CHANNEL, text]


def announce_access() -> None:
    """Say that somebody's rights changed, so that open streams obey the new ones."""
    send({"k": "access", "t": []})
