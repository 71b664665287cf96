"""The one way in which a reply changes its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from inbox import live
from publishing.models import TRANSITIONS, Reply

# Wakes the process that sends.
CHANNEL = "crossdesk_replies"


def advance(
    reply: Reply,
    *,
    expect: Reply.State,
    to: Reply.State,
    only_if: Mapping[str, Any] | None = None,
    **fields: Any,
) -> bool:
    """Move `reply` from `expect` to `to` if it still is there, and tell browsers and sender.

    A compare-and-swap: False, with nothing changed, when another was first or `only_if` (further
    columns as they must be) does not hold. Without `next_attempt_at` no worker looks at it again.
    Raises `ValueError` for a move that `TRANSITIONS` does not know.
    """
    if to not in TRANSITIONS[expect]:
        raise ValueError(f"a reply does not go from {expect} to {to}")
    changes = {"next_attempt_at": None, "updated_at": timezone.now(), **fields, "state": to}
    held = Reply.objects.filter(pk=reply.pk, state=expect, **(only_if or {}))
    if not held.update(**changes):
        return False
    for name, value in changes.items():
        setattr(reply, name, value)
    live.publish([live.change_of(reply.ticket, reply.ticket.department_id)])
    if reply.next_attempt_at is not None:
        wake_sender()
    return True


def wake_sender() -> None:
    """Tell the sending processes at commit that something may be due earlier than they know."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
