"""History with a department column: looked at, rehearsed, learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.models import Department, User
from inbox.connectors import files
from inbox.connectors.files import FileError, Layout
from inbox.models import LessonImport
from inbox.services.conflicts import Refused
from routing import services
from routing.services import Answer
from routing.services.doubting import Doubt, doubtful

State = LessonImport.State
FIELDS = ("text", "department", "language")
GUESSES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "message", "content", "full_text", "comment", "description"),
    "department": ("department", "team", "group", "queue", "mailbox", "label", "category"),
    "language": ("language", "lang"),
}
SPAM = {"spam", "junk"}
MOST_ROWS = 100_000
SHOWN = 50
LONGEST = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One answered post of the file."""

    number: int
    text: str
    label: str
    language: str


@dataclass(slots=True)
class Found:
    """What a file holds."""

    lines: list[Line] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    rows: int = 0


def upload(*, file: Any, by: User) -> LessonImport:
    """Keep an uploaded file and look at it. Raises `FileError`."""
    layout = files.look_at(file, file.name)
    file.seek(0)
    return LessonImport.objects.create(
        file=file,
        name=file.name[:200],
        layout=layout.as_json(),
        mapping={"columns": guess(layout), "values": {}},
        created_by=by,
    )


def guess(layout: Layout) -> dict[str, str]:
    """Our field → the column that most likely holds it."""
    plain = {c.strip().lower().replace(" ", "_"): c for c in reversed(layout.columns)}
    found = {f: next((plain[n] for n in names if n in plain), "") for f, names in GUESSES.items()}
    return {name: column for name, column in found.items() if column}


@transaction.atomic
def start(
    *, task: LessonImport, columns: Mapping[str, str], values: Mapping[str, str], dry_run: bool
) -> LessonImport:
    """Have a worker check the file, or learn from it.

    `values` says what the file's own names mean, as labels. Raises `FileError` for columns that do
    not exist, and `Refused` while it runs already or once it was learned.
    """
    if not task.file:
        raise Refused(_("The file is no longer there: bring it again."))
    check(Layout.from_json(task.layout), columns)
    idle = LessonImport.objects.filter(pk=task.pk).exclude(
        state=State.RUNNING, heartbeat_at__gte=_long_ago()
    )
    started = idle.update(
        state=State.RUNNING,
        is_dry_run=dry_run,
        mapping={"columns": dict(columns), "values": dict(values)},
        report={},
        error="",
        heartbeat_at=timezone.now(),
    )
    if not started:
        raise Refused(_("This import is running already."))
    seconds = int(LONGEST.total_seconds())
    async_task("inbox.tasks.run_lesson_import", task.pk, timeout=seconds)
    task.refresh_from_db()
    return task


def is_under_way(task: LessonImport) -> bool:
    """Whether a worker has it; one that began long ago died, and it can be started again."""
    return task.state == State.RUNNING and task.heartbeat_at >= _long_ago()


def _long_ago() -> datetime:
    return timezone.now() - LONGEST


def check(layout: Layout, columns: Mapping[str, str]) -> None:
    """Raise `FileError` when a needed column is not chosen or does not exist."""
    for name in ("text", "department"):
        if not columns.get(name):
            raise FileError(_("Say which column holds the %(field)s.") % {"field": name})
    for column in columns.values():
        if column and column not in layout.columns:
            raise FileError(_("The file has no column “%(column)s”.") % {"column": column})


def run(*, task: LessonImport) -> LessonImport:
    """Check the file of `task` or learn from it; the row says what became of it."""
    try:
        with task.file.open("rb") as file:
            report = take(
                file=cast("BinaryIO", file),
                layout=Layout.from_json(task.layout),
                columns=task.mapping["columns"],
                values=task.mapping["values"],
                by=task.created_by,
                dry_run=task.is_dry_run,
            )
    except (FileError, OSError, ValueError) as error:
        task.state, task.error = State.FAILED, str(error)
    else:
        task.report = report
        task.state = State.CHECKED if task.is_dry_run else State.DONE
        if not task.is_dry_run and not report["answers"]:
            # The file stays, for another try with what its names mean.
            task.state = State.FAILED
            task.error = _("Nothing was learned: no row names a department of ours.")
        elif not task.is_dry_run:
            # The lessons have the words now, and erasing would not find them here.
            task.file.delete(save=False)
    task.save(update_fields=["state", "error", "report", "file"])
    return task


def take(
    *,
    file: BinaryIO,
    layout: Layout,
    columns: Mapping[str, str],
    values: Mapping[str, str],
    by: User | None,
    dry_run: bool,
    doubts: bool = True,
) -> dict[str, Any]:
    """Read `file` and learn from it, unless `dry_run`; return what was found, as JSON.

    Doubtful labels are named by the line they stand in. Raises `FileError`.
    """
    check(layout, columns)
    departments = {d.slug: d for d in Department.objects.active()}
    found = read(file, layout, columns, _names(departments, values))
    doubted = _doubts(found) if doubts else []
    counts = Counter(line.label for line in found.lines)
    report: dict[str, Any] = {
        "rows": found.rows,
        "answers": len(found.lines),
        "empty": found.empty,
        "unknown": dict(found.unknown.most_common(SHOWN)),
        "by_department": dict(sorted(counts.items())),
        "doubtful": len(doubted),
        "doubts": [_told(doubt, found.lines) for doubt in doubted[:SHOWN]],
        "learned": 0,
        "known": 0,
        "dry_run": dry_run,
    }
    if not dry_run:
        answers = [
            Answer(line.text, departments.get(line.label), line.language) for line in found.lines
        ]
        report["learned"] = services.learn_many(answers=answers, by=by)
        report["known"] = len(answers) - report["learned"]
    return report


def read(
    file: BinaryIO, layout: Layout, columns: Mapping[str, str], names: Mapping[str, str]
) -> Found:
    """The answered posts of `file`; `names` are labels by the names that mean them."""
    found = Found()
    for row in files.rows_of(file, layout):
        found.rows += 1
        if found.rows > MOST_ROWS:
            raise FileError(_("The file has more than %(n)d rows.") % {"n": MOST_ROWS})
        cells = {name: str(row.cells.get(column) or "") for name, column in columns.items()}
        said = cells["department"].strip()
        label = names.get(_plain(said), "")
        if not cells["text"].strip() or not said:
            found.empty += 1
        elif not label:
            found.unknown[said[:80]] += 1
        else:
            language = cells.get("language", "")
            found.lines.append(Line(row.line, cells["text"], label, language))
    return found


def lines_again(task: LessonImport, numbers: set[int]) -> Iterator[tuple[int, str]]:
    """The texts in these lines of a stored file."""
    column = task.mapping["columns"].get("text", "")
    with task.file.open("rb") as file:
        for row in files.rows_of(cast("BinaryIO", file), Layout.from_json(task.layout)):
            if row.line in numbers:
                yield row.line, str(row.cells.get(column) or "")


def _names(departments: Mapping[str, Department], values: Mapping[str, str]) -> dict[str, str]:
    """Labels by every name that means them: their own, ours, and what somebody chose."""
    names = {_plain(word): slug for slug, d in departments.items() for word in (slug, d.name)}
    names |= dict.fromkeys(SPAM, "spam")
    known = {*departments, "spam"}
    return names | {_plain(theirs): slug for theirs, slug in values.items() if slug in known}


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _doubts(found: Found) -> list[Doubt]:
    asked = [(at, line) for at, line in enumerate(found.lines) if line.label != "spam"]
    doubts = doubtful([line.text for _at, line in asked], [line.label for _at, line in asked])
    return [Doubt(asked[d.place][0], d.given, d.likely, d.probability) for d in doubts]


def _told(doubt: Doubt, lines: list[Line]) -> dict[str, Any]:
    return {
        "line": lines[doubt.place].number,
        "given": doubt.given,
        "likely": doubt.likely,
        "probability": round(doubt.probability, 3),
    }
