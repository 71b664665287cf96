"""What the settings pages show of channels, imports, quarantine and health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, cast

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django_q.models import Failure, OrmQ

from inbox.connectors import files
from inbox.connectors.base import Connector, connectors, has_account
from inbox.models import Channel, Import, QuarantinedPayload
from inbox.queries.channel_health import ChannelHealth, channel_healths
from inbox.queries.waiting import Waiting, waiting_deliveries
from inbox.queries.workers import WorkerState, worker_state
from routing.models import Alarm, RouterModel

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the key of the page after them ("" on the last)."""

    rows: list[Any]
    next: str


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """What of the quarantine to show; empty means all."""

    channel: int | None = None
    source: str = ""
    state: str = QuarantinedPayload.State.WAITING

    def apply(self) -> QuerySet[QuarantinedPayload]:
        """The payloads, newest first."""
        wanted = {"channel": self.channel, "source": self.source, "state": self.state}
        chosen = {name: value for name, value in wanted.items() if value}
        return QuarantinedPayload.objects.filter(**chosen).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Health:
    """How the system is."""

    alarms: list[Alarm]
    past_alarms: list[Alarm]
    channels: list[ChannelHealth]
    model: RouterModel | None
    waiting_jobs: int
    failed_jobs: list[Failure]
    worker: WorkerState
    quarantined: int
    deliveries: Waiting


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to connect a channel, as the first step offers it."""

    connector: Connector
    is_network: bool


def choices() -> list[Choice]:
    """Networks by name, then what takes posts in without an account on one."""
    found = [
        Choice(one, has_account(one))
        for one in connectors().values()
        if not getattr(one, "is_invented", False)
    ]
    return sorted(found, key=lambda choice: (not choice.is_network, choice.connector.label))


def channel_page(*, after: str = "", size: int = PAGE) -> Page:
    """Channels by name, each with its state and how much of it waits in quarantine."""
    waiting = (
        QuarantinedPayload.objects.waiting()
        .filter(channel=OuterRef("pk"))
        .order_by()
        .values("channel")
        .annotate(n=Count("pk"))
        .values("n")
    )
    channels = Channel.objects.select_related("state").annotate(
        quarantined=Coalesce(Subquery(waiting), 0)
    )
    found = list(channels.filter(name__gt=after).order_by("name")[: size + 1])
    return Page(found[:size], found[size - 1].name if len(found) > size else "")


def quarantine_page(chosen: QuarantineFilter, *, after: str = "", size: int = PAGE) -> Page:
    """Payloads, newest first."""
    return _by_key(chosen.apply().select_related("channel").defer("raw"), after, size)


def import_page(*, after: str = "", size: int = PAGE) -> Page:
    """Imports, newest first."""
    return _by_key(
        Import.objects.select_related("channel", "created_by").order_by("-pk"), after, size
    )


def layout_of(task: Import) -> files.Layout:
    """How to read the file of `task`, its mapping included."""
    return files.Layout.from_json({**task.layout, "mapping": task.mapping})


@contextmanager
def stored_file(task: Import) -> Iterator[BinaryIO]:
    """The file of `task`, open for reading."""
    with task.file.open("rb") as file:
        yield cast("BinaryIO", file)


def preview(task: Import, *, rows: int = 5) -> list[list[tuple[str, str]]]:
    """The first rows of a stored file, each cell behind its column's name and in their order."""
    layout = layout_of(task)
    with stored_file(task) as file:
        found = list(islice(files.rows_of(file, layout), rows))
    return [
        [(column, row.fault or _shown(row.cells.get(column))) for column in layout.columns]
        for row in found
    ]


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)[:120]


def health() -> Health:
    """Everything the health page shows."""
    return Health(
        alarms=list(Alarm.objects.filter(cleared_at=None)),
        past_alarms=list(Alarm.objects.exclude(cleared_at=None).order_by("-cleared_at")[:10]),
        channels=channel_healths(),
        model=RouterModel.objects.filter(is_active=True).first(),
        waiting_jobs=OrmQ.objects.count(),
        failed_jobs=list(Failure.objects.order_by("-stopped")[:10]),
        worker=worker_state(),
        quarantined=QuarantinedPayload.objects.waiting().count(),
        deliveries=waiting_deliveries(),
    )


def _by_key(rows: QuerySet[Any], after: str, size: int) -> Page:
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")
