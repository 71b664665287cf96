"""Take a file of posts in."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from inbox.connectors.files import FIELDS, FileError
from inbox.models import Channel, Import
from inbox.services import channels, imports


class Command(BaseCommand):
    help = "Take the posts of a CSV or JSON Lines file in. The same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--channel", required=True, metavar="NAME")
        parser.add_argument("--create", action="store_true", help="create the channel if missing")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"which column holds a field; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, but write nothing")
        parser.add_argument("--json", action="store_true", help="end with the counts as JSON")
        parser.add_argument("--time-zone", default="UTC", help="of times without an offset (UTC)")

    def handle(self, **options: Any) -> None:
        self._check_zone(options["time_zone"])
        mapping = dict(self._pair(text) for text in options["map"])
        path: Path = options["file"]
        begun = time.monotonic()
        try:
            with path.open("rb") as file:
                task = self._import(file, mapping, options)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except FileError as error:
            raise CommandError(str(error)) from None
        except imports.TakenOver:
            raise CommandError("Another process goes on with this import.") from None
        self._report(task, round(time.monotonic() - begun, 2), as_json=options["json"])

    def _import(self, file: BinaryIO, mapping: dict[str, str], options: dict[str, Any]) -> Import:
        dry_run: bool = options["dry_run"]
        if not dry_run:
            return self._run(file, mapping, options)
        with transaction.atomic():
            task = self._run(file, mapping, options)
            transaction.set_rollback(True)
        return task

    def _run(self, file: BinaryIO, mapping: dict[str, str], options: dict[str, Any]) -> Import:
        # Before the channel is created: a file that cannot be read leaves nothing behind.
        imports.check(file=file, name=options["file"].name, mapping=mapping)
        task = imports.prepare(
            channel=self._channel(options["channel"], may_create=options["create"]),
            file=file,
            name=options["file"].name,
            mapping=mapping,
            time_zone=options["time_zone"],
            dry_run=options["dry_run"],
        )
        for notice in task.layout.get("notices", []):
            self.stderr.write(notice)
        if task.position:
            self.stderr.write(f"Going on after row {task.position} of {task.total}.")
        imports.run(task=task, file=file, on_batch=self._progress)
        return task

    def _channel(self, name: str, *, may_create: bool) -> Channel:
        channel = Channel.objects.filter(name=name).first()
        if channel is not None:
            return channel
        if may_create:
            return channels.create_channel(name=name, network="import", connector="import", by=None)
        known = ", ".join(f"“{name}”" for name in Channel.objects.values_list("name", flat=True))
        raise CommandError(
            f"There is no channel “{name}”. "
            + (f"There are: {known}. " if known else "There is none yet. ")
            + "Add --create to create it."
        )

    def _progress(self, task: Import) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{task.position} of {task.total} rows", ending="")

    def _report(self, task: Import, seconds: float, *, as_json: bool) -> None:
        report = {name: task.report[name] for name in imports.COUNTS}
        report |= {"seconds": seconds, "dry_run": task.is_dry_run, "errors": task.report["errors"]}
        if as_json:
            self.stdout.write(json.dumps(report))
            return
        if task.is_dry_run:
            self.stdout.write("Dry run: nothing was written.")
        for error in report["errors"]:
            self.stdout.write(f"line {error['line']}: {error['field']} {error['reason']}")
        counts = ", ".join(f"{report[name]} {name}" for name in imports.COUNTS)
        self.stdout.write(f"{counts} in {seconds} s.")

    @staticmethod
    def _pair(text: str) -> tuple[str, str]:
        field, equals, column = text.partition("=")
        if not equals or not field:
            raise CommandError(f"--map takes FIELD=COLUMN, not “{text}”.")
        return field.strip(), column.strip()

    @staticmethod
    def _check_zone(name: str) -> None:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise CommandError(f"“{name}” is no time zone; one is Europe/Berlin.") from None
