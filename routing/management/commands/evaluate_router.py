"""Measure the router on labelled posts."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing import queries
from routing.classifier import Classifier, ModelError
from routing.encoder import EncoderError
from routing.services import measuring, training

SHARES = ("accuracy", "macro_f1", "top2_accuracy", "coverage_at_95_precision", "ece")


class Command(BaseCommand):
    help = "Compare the router with labelled posts, and what it tells besides the department."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE.csv", nargs="?", help="Columns text,department."
        )
        parser.add_argument(
            "--lessons", type=Path, metavar="FILE.csv", help="Learn these first; saves nothing."
        )
        parser.add_argument(
            "--draws",
            type=int,
            metavar="N",
            help="Learn a random half, test on the other; N times.",
        )
        parser.add_argument(
            "--count", type=int, metavar="N", default=10_000, help="Lessons a draw; default: half."
        )
        parser.add_argument(
            "--sentiment", type=Path, metavar="FILE.csv", help="Columns text,sentiment."
        )
        parser.add_argument("--topic", action="store_true", help="On starter posts not learned.")
        parser.add_argument("--urgency", action="store_true", help="On our own cue sentences.")
        parser.add_argument("--language", action="store_true", help="On the starter posts.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            told = _told(options)
        except (ModelError, EncoderError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not told:
            raise CommandError(
                "Name a file, or one of --sentiment, --topic, --urgency, --language."
            )
        if options["json"]:
            (first, *more) = told.values()
            self.stdout.write(json.dumps(told if more else first, indent=2))
        else:
            self.stdout.write("\n".join(_lines(told)))


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if options["file"]:
        told["department"] = _departments(options)
    if options["sentiment"]:
        rows = _rows(options["sentiment"], "sentiment")
        told["sentiment"] = measuring.sentiments(_in_charge(), rows)
    asked = ("topic", measuring.topics), ("urgency", measuring.urgencies)
    for name, measure in (*asked, ("language", measuring.languages)):
        if options[name]:
            told[name] = measure()
    return told


def _departments(options: Mapping[str, Any]) -> dict[str, Any]:
    rows = _rows(options["file"], "department")
    if options["draws"]:
        found = measuring.drawn(rows, draws=options["draws"], lessons=options["count"])
        return measuring.summary(list(found))
    if not options["lessons"]:
        return measuring.measured(_in_charge(), rows)
    lessons = _rows(options["lessons"], "department")
    taught = training.teach(
        [row["text"] for row in lessons], [row["department"] for row in lessons]
    )
    return measuring.measured(taught, rows)


def _in_charge() -> Classifier:
    classifier = queries.classifier_in_charge()
    if classifier is None:
        raise CommandError("No classifier has been trained: run train_router.")
    return classifier


def _rows(path: Path, label: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"text", label} - set(reader.fieldnames or [])
            if missing:
                raise CommandError(f"{path} has no column {', '.join(sorted(missing))}.")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise CommandError(f"{path} holds no posts.")
    return rows


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, result in told.items():
        lines += [name] if len(told) > 1 else []
        if "per_department" in result:
            lines += _department_lines(result)
            among = result.get("addressed")
            lines += ["", "opening with a handle:", *_department_lines(among)] if among else []
        else:
            lines += [f"{key:26} {_shown(value)}" for key, value in result.items()]
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key} {one:.3f}" for key, one in value.items())
    if isinstance(value, list):
        return "; ".join(value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _department_lines(result: Mapping[str, Any]) -> list[str]:
    lines = [f"{result['n']} posts"] + [f"{name:26} {result[name]:.3f}" for name in SHARES]
    lines.append(f"{'':26} precision  recall  f1")
    for slug, row in result["per_department"].items():
        lines.append(f"{slug:26} {row['precision']:9.3f} {row['recall']:7.3f} {row['f1']:5.3f}")
    return lines
