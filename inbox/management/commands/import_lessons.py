"""Teach the router with history that has a department column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.connectors import files
from inbox.connectors.files import FileError
from inbox.services import lesson_imports
from routing.services.training import request_training, run_training


class Command(BaseCommand):
    help = "Learn from a CSV or JSON Lines file of answered posts, and say which look wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"which column holds a field; fields: {', '.join(lesson_imports.FIELDS)}",
        )
        parser.add_argument(
            "--value",
            action="append",
            default=[],
            metavar="THEIRS=LABEL",
            help="what a name in the department column means, for example Support=customer_service",
        )
        parser.add_argument("--dry-run", action="store_true", help="check, but learn nothing")
        parser.add_argument("--no-check", action="store_true", help="do not look for wrong labels")
        parser.add_argument("--train", action="store_true", help="train at once, in this process")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                layout = files.look_at(file, path.name)
                report = lesson_imports.take(
                    file=file,
                    layout=layout,
                    columns=lesson_imports.guess(layout) | _pairs(options["map"]),
                    values=_pairs(options["value"]),
                    by=None,
                    dry_run=options["dry_run"],
                    doubts=not options["no_check"],
                )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except FileError as error:
            raise CommandError(str(error)) from None
        if options["train"] and not options["dry_run"]:
            training = run_training(training=request_training(by=None))
            report |= {"is_promoted": training.is_promoted, "outcome": training.outcome}
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(_lines(report)))


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandError(f"Write NAME=VALUE, not “{text}”.")
        pairs[name.strip()] = value.strip()
    return pairs


def _lines(report: dict[str, Any]) -> list[str]:
    lines = ["Dry run: nothing was learned."] if report["dry_run"] else []
    lines.append(f"{report['rows']} rows, {report['answers']} answers, {report['empty']} empty")
    lines += [f"{name:26} {n}" for name, n in report["by_department"].items()]
    lines += [f"unknown department “{name}”: {n} rows" for name, n in report["unknown"].items()]
    lines.append(f"{report['doubtful']} labels look wrong")
    lines += [
        f"line {d['line']}: {d['given']}, rather {d['likely']} ({d['probability']:.0%})"
        for d in report["doubts"]
    ]
    if not report["dry_run"]:
        lines.append(f"{report['learned']} learned, {report['known']} known already")
    if "outcome" in report:
        lines.append(report["outcome"])
    return lines
