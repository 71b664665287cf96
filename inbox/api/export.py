"""Tickets as one file, row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.models import User
from inbox.api.serializers import TicketSerializer
from inbox.models import Ticket
from inbox.queries import TicketFilter, page_of
from inbox.queries.lists import LARGEST

COLUMNS: dict[str, Callable[[Ticket], Any]] = {
    "id": lambda t: t.pk,
    "state": lambda t: t.state,
    "priority": lambda t: t.get_priority_display(),
    "department": lambda t: t.department.slug if t.department else "",
    "assignee": lambda t: t.assignee or "",
    "channel": lambda t: t.channel,
    "network": lambda t: t.channel.network,
    "contact": lambda t: t.contact or "",
    "handle": lambda t: t.contact.handle if t.contact else "",
    "language": lambda t: t.language,
    "tags": lambda t: ", ".join(tag.name for tag in t.tags.all()),
    "excerpt": lambda t: t.excerpt,
    "private": lambda t: "yes" if t.is_private else "",
    "posts": lambda t: t.post_count,
    "opened_at": lambda t: t.opened_at.isoformat(),
    "last_post_at": lambda t: t.last_post_at.isoformat(),
    "snoozed_until": lambda t: t.snoozed_until.isoformat() if t.snoozed_until else "",
    "sla_policy": lambda t: t.sla_policy.slug if t.sla_policy else "",
    "due_at": lambda t: t.due_at.isoformat() if t.has_due else "",
    "resolved_at": lambda t: t.resolved_at.isoformat() if t.resolved_at else "",
}
# A spreadsheet takes a cell that begins like this for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def as_file(user: User, wanted: TicketFilter, *, kind: str) -> StreamingHttpResponse:
    """Stream the tickets `user` may see on this list as CSV or JSON Lines."""
    lines = _csv_lines(user, wanted) if kind == "csv" else _json_lines(user, wanted)
    name = f"tickets-{timezone.localdate():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=TYPES[kind], headers=headers)


def _rows(user: User, wanted: TicketFilter) -> Iterator[Ticket]:
    after = ""
    while True:
        page = page_of(user, wanted, after=after, size=LARGEST)
        yield from page.rows
        after = page.next
        if not after:
            return


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(user: User, wanted: TicketFilter) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for ticket in _rows(user, wanted):
        yield writer.writerow([harmless(str(value(ticket))) for value in COLUMNS.values()])


def harmless(cell: str) -> str:
    """`cell` as text that no spreadsheet runs."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _json_lines(user: User, wanted: TicketFilter) -> Iterator[str]:
    for ticket in _rows(user, wanted):
        data = TicketSerializer(ticket).data
        yield json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n"
