"""Measure the classifier on labelled posts."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing import queries
from routing.classifier import Classifier, ModelError
from routing.encoder import EncoderError
from routing.evaluation import evaluate
from routing.services import training


class Command(BaseCommand):
    help = "Compare the classifier in charge with a CSV file of labelled posts (text,department)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--lessons", type=Path, metavar="FILE.csv", help="Learn these first; saves nothing."
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        rows = _rows(options["file"])
        classifier = _taught(_rows(options["lessons"])) if options["lessons"] else _in_charge()
        truth = [row["department"] for row in rows]
        probabilities = classifier.predict_proba([row["text"] for row in rows])
        result = evaluate(truth, probabilities, classifier.labels)
        addressed = [at for at, row in enumerate(rows) if row["text"].lstrip().startswith("@")]
        if addressed:
            result["addressed"] = evaluate(
                [truth[at] for at in addressed], probabilities[addressed], classifier.labels
            )
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
        else:
            self.stdout.write("\n".join(_lines(result)))


def _in_charge() -> Classifier:
    try:
        classifier = queries.classifier_in_charge()
    except (ModelError, EncoderError, ValueError) as error:
        raise CommandError(str(error)) from error
    if classifier is None:
        raise CommandError("No classifier has been trained: run train_router.")
    return classifier


def _taught(lessons: list[dict[str, str]]) -> Classifier:
    try:
        return training.teach(
            [row["text"] for row in lessons], [row["department"] for row in lessons]
        )
    except (EncoderError, ValueError) as error:
        raise CommandError(str(error)) from error


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"text", "department"} - set(reader.fieldnames or [])
            if missing:
                raise CommandError(f"{path} has no column {', '.join(sorted(missing))}.")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise CommandError(f"{path} holds no posts.")
    return rows


def _lines(result: dict[str, Any]) -> list[str]:
    shares = ("accuracy", "macro_f1", "top2_accuracy", "coverage_at_95_precision", "ece")
    lines = [f"{result['n']} posts"] + [f"{name:26} {result[name]:.3f}" for name in shares]
    lines.append(f"{'':26} precision  recall  f1")
    for slug, row in result["per_department"].items():
        lines.append(f"{slug:26} {row['precision']:9.3f} {row['recall']:7.3f} {row['f1']:5.3f}")
    if "addressed" in result:
        among = result["addressed"]
        lines.append(f"opening with a handle: {among['n']}, macro-F1 {among['macro_f1']:.3f}")
    return lines
