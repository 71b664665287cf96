"""Brings the demo a file and two deliveries that could not be read whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

from inbox.connectors import webhook
from inbox.connectors.types import ParseError
from inbox.demo.content import load
from inbox.models import Channel, Import, QuarantinedPayload
from inbox.services import imports, quarantine
from inbox.services.quarantine import Unreadable

COLUMNS = ("id", "date", "author", "text")


def take_in_the_rest(*, channels: Mapping[str, Channel], now: datetime) -> Import:
    """Import the demo's file and keep its broken deliveries; the second time changes nothing."""
    export = load().intake["export"]
    channel, file = channels[export["channel"]], _file(export["rows"], now)
    there = Import.objects.filter(channel=channel, name=export["name"]).first()
    task = there or imports.prepare(channel=channel, file=file, name=export["name"], mapping={})
    if task.state == Import.State.RUNNING:
        imports.run(task=task, file=file)
    for delivery in load().intake["deliveries"]:
        quarantine.keep(
            channel=channels[delivery["channel"]],
            source=QuarantinedPayload.Source.WEBHOOK,
            parts=_faults(delivery["raw"].encode()),
        )
    return task


def concerned() -> dict[tuple[str, str], str]:
    """The department each row of the file concerns, by channel and the post's name there."""
    export = load().intake["export"]
    rows = enumerate(export["rows"], start=1)
    return {(export["channel"], _name(number)): row[3] for number, row in rows}


def _file(rows: list[list[Any]], now: datetime) -> BytesIO:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, (days, at, author, _department, words) in enumerate(rows, start=1):
        day = (now - timedelta(days=days)).strftime("%Y-%m-%d")
        date = f"{day} {at}" if at[:1].isdigit() else at
        writer.writerow((_name(number), date, author, words))
    return BytesIO(text.getvalue().encode())


def _name(number: int) -> str:
    return f"journal-old-{number}"


def _faults(raw: bytes) -> Iterator[Unreadable]:
    try:
        refused = webhook.parse_delivery(raw).refused
    except ParseError as error:
        yield Unreadable(raw, error.reason, error.field)
    else:
        yield from (Unreadable(part.raw, part.reason, part.field) for part in refused)
