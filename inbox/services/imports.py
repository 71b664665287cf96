"""Taking files in batch by batch, each with its place in the file: nothing is done twice."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.models import User
from inbox.connectors import files
from inbox.connectors.files import BadRow, FileError, Layout
from inbox.connectors.types import IncomingPost
from inbox.models import Channel, Import, Post, QuarantinedPayload
from inbox.queries.intake import layout_of
from inbox.services import quarantine
from inbox.services.conflicts import Refused
from inbox.services.quarantine import Part, Unreadable
from inbox.services.receive import Receipt

State = Import.State
BATCH = 500
ERRORS_SHOWN = 100
STALE_AFTER = timedelta(minutes=2)
COUNTS = ("rows", "created", "duplicates", "edited", "quarantined", "tickets")
Rows = Sequence[tuple[files.Row, IncomingPost | BadRow]]


class TakenOver(Exception):  # noqa: N818 - reads as a sentence
    """Another process went on with this import."""


def check(*, file: BinaryIO, name: str, mapping: Mapping[str, str]) -> None:
    """Raise `FileError` when `file` cannot be read with this mapping."""
    files.choose(files.look_at(file, name), mapping)


def prepare(
    *,
    channel: Channel,
    file: BinaryIO,
    name: str,
    mapping: Mapping[str, str],
    time_zone: str = "UTC",
    dry_run: bool = False,
    by: User | None = None,
) -> Import:
    """A running import of `file`, which stays with the caller: a new one, or the one cut short.

    Raises `FileError` when the file cannot be read with this mapping.
    """
    layout = files.look_at(file, name)
    chosen = files.choose(layout, mapping)
    digest = _digest(file)
    unfinished = Import.objects.filter(
        channel=channel, digest=digest, mapping=chosen, is_dry_run=False, file=""
    ).filter(state__in=[State.RUNNING, State.FAILED])
    found = None if dry_run else unfinished.first()
    if found is not None:
        Import.objects.filter(pk=found.pk).update(state=State.RUNNING, error="")
        found.refresh_from_db()
        return found
    return Import.objects.create(
        channel=channel,
        name=name,
        digest=digest,
        mapping=chosen,
        layout=_layout_json(layout, time_zone),
        total=files.count_rows(file, layout),
        is_dry_run=dry_run,
        state=State.RUNNING,
        heartbeat_at=timezone.now(),
        created_by=by,
    )


def upload(*, channel: Channel, file: Any, time_zone: str, by: User) -> Import:
    """Keep an uploaded file and look at it; it waits for its mapping. Raises `FileError`."""
    layout = files.look_at(file, file.name)
    digest = _digest(file)
    file.seek(0)
    return Import.objects.create(
        channel=channel,
        file=file,
        name=file.name[:200],
        digest=digest,
        mapping=files.guess(layout.columns),
        layout=_layout_json(layout, time_zone),
        total=files.count_rows(file, layout),
        created_by=by,
    )


@transaction.atomic
def start(*, task: Import, mapping: Mapping[str, str], dry_run: bool) -> Import:
    """Have a worker run `task` from its first row.

    Raises `FileError` for a mapping that cannot be, and `Refused` while it runs already.
    """
    chosen = files.choose(layout_of(task), {**dict.fromkeys(files.FIELDS, ""), **mapping})
    started = (
        Import.objects.filter(pk=task.pk)
        .exclude(state=State.RUNNING)
        .update(
            state=State.RUNNING,
            mapping=chosen,
            is_dry_run=dry_run,
            position=0,
            report={},
            error="",
            finished_at=None,
            heartbeat_at=timezone.now(),
        )
    )
    if not started:
        raise Refused(_("This import is running already."))
    async_task("inbox.tasks.run_import", task.pk)
    task.refresh_from_db()
    return task


def run(
    *,
    task: Import,
    file: BinaryIO,
    seconds: float | None = None,
    on_batch: Callable[[Import], None] | None = None,
) -> bool:
    """Go on with `task` for at most `seconds`; return whether it is finished.

    Raises `TakenOver` when another process goes on with it. A fault of the file fails the import;
    one of the database leaves it to be resumed.
    """
    until = None if seconds is None else time.monotonic() + seconds
    layout = layout_of(task)
    take = _rehearse if task.is_dry_run else _take_batch
    seen: set[str] = set()
    rows = islice(files.rows_of(file, layout), task.position, None)
    found = files.posts_of(rows, layout, salt=str(task.channel_id))
    while batch := list(islice(found, BATCH)):
        take(task, batch, seen)
        if on_batch:
            on_batch(task)
        if until is not None and time.monotonic() > until:
            return False
    _remember(task, _advance(task, 0, {}, state=State.DONE, finished_at=timezone.now()))
    return True


def fail(*, task: Import, error: str) -> None:
    """Stop `task` for good, saying why."""
    Import.objects.filter(pk=task.pk, state=State.RUNNING).update(
        state=State.FAILED, error=error, finished_at=timezone.now()
    )


def stale() -> Iterator[Import]:
    """Imports with a stored file whose worker has died."""
    limit = timezone.now() - STALE_AFTER
    return (
        Import.objects.filter(state=State.RUNNING, heartbeat_at__lt=limit)
        .exclude(file="")
        .iterator()
    )


def give_up_stale_commands() -> int:
    """Say of imports begun on the command line that died that they can be continued there."""
    limit = timezone.now() - STALE_AFTER
    return Import.objects.filter(state=State.RUNNING, heartbeat_at__lt=limit, file="").update(
        state=State.FAILED,
        error=_("Interrupted. The same command again continues where it stopped."),
    )


def _take_batch(task: Import, batch: Rows, _seen: set[str]) -> None:
    good = [
        Part(post, row.raw, line=row.line) for row, post in batch if not isinstance(post, BadRow)
    ]
    bad = [_unreadable(post) for _row, post in batch if isinstance(post, BadRow)]
    with transaction.atomic():
        _lock(task)
        receipt, unstorable = quarantine.take_in(channel=task.channel, parts=good)
        bad += unstorable
        quarantine.keep(
            channel=task.channel,
            source=QuarantinedPayload.Source.IMPORT,
            parts=bad,
            from_import=task,
        )
        changes = _advance(task, len(batch), _counts(receipt, bad, len(batch)), errors=bad)
    _remember(task, changes)


def _rehearse(task: Import, batch: Rows, seen: set[str]) -> None:
    """Count what a batch would do, without locking or writing a post.

    `tickets` is an estimate: what a reply joins is known for certain only when it is taken in.
    """
    good = [post for _row, post in batch if not isinstance(post, BadRow)]
    bad = [_unreadable(post) for _row, post in batch if isinstance(post, BadRow)]
    ids = {post.external_id for post in good} | {post.parent_external_id for post in good}
    known = dict(
        Post.objects.filter(channel=task.channel, external_id__in=ids).values_list(
            "external_id", "text"
        )
    )
    own = set(task.channel.own_ids)
    receipt = dict.fromkeys(COUNTS, 0)
    for post in good:
        if post.external_id in known or post.external_id in seen:
            is_edit = known.get(post.external_id, post.text) != post.text
            receipt["edited" if is_edit else "duplicates"] += 1
            continue
        seen.add(post.external_id)
        receipt["created"] += 1
        is_own = post.is_own or bool(
            post.author and {post.author.external_id, post.author.handle} & own
        )
        parent = post.parent_external_id
        receipt["tickets"] += not is_own and parent not in known and parent not in seen
    receipt |= {"rows": len(batch), "quarantined": len(bad)}
    with transaction.atomic():
        _lock(task)
        changes = _advance(task, len(batch), receipt, errors=bad)
    _remember(task, changes)


def _lock(task: Import) -> None:
    """Hold the row if nobody moved on; the position is the fence between two workers."""
    held = (
        Import.objects.select_for_update()
        .filter(pk=task.pk, state=State.RUNNING, position=task.position)
        .values_list("pk", flat=True)
    )
    if not held:
        raise TakenOver


def _advance(
    task: Import,
    rows: int,
    counts: Mapping[str, int],
    *,
    errors: Sequence[Unreadable] = (),
    **also: Any,
) -> dict[str, Any]:
    report = dict.fromkeys(COUNTS, 0) | task.report
    for name, number in counts.items():
        report[name] += number
    shown = [{"line": e.line, "field": e.field, "reason": e.reason} for e in errors]
    report["errors"] = (report.get("errors", []) + shown)[:ERRORS_SHOWN]
    changes = {
        "position": task.position + rows,
        "report": report,
        "heartbeat_at": timezone.now(),
    } | also
    moved = Import.objects.filter(pk=task.pk, state=State.RUNNING, position=task.position).update(
        **changes
    )
    if not moved:
        raise TakenOver
    return changes


def _remember(task: Import, changes: Mapping[str, Any]) -> None:
    """Memory follows the database only once the batch is safe."""
    for name, value in changes.items():
        setattr(task, name, value)


def _counts(receipt: Receipt, bad: Sequence[Unreadable], rows: int) -> dict[str, int]:
    return {
        "rows": rows,
        "created": receipt.created,
        "duplicates": receipt.duplicates,
        "edited": receipt.edited,
        "quarantined": len(bad),
        "tickets": receipt.tickets,
    }


def _unreadable(bad: BadRow) -> Unreadable:
    return Unreadable(bad.row.raw, bad.reason, bad.field, bad.row.line)


def _layout_json(layout: Layout, time_zone: str) -> dict[str, Any]:
    data = layout.as_json() | {"time_zone": time_zone}
    del data["mapping"]
    return data


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


__all__ = [
    "COUNTS",
    "FileError",
    "TakenOver",
    "check",
    "fail",
    "give_up_stale_commands",
    "prepare",
    "run",
    "stale",
    "start",
    "upload",
]
