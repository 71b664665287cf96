"""Train the classifier, unless nothing has changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from routing import services


class Command(BaseCommand):
    help = "Train the classifier on the starter corpus and put it in charge (seconds)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-missing", action="store_true", help="Keep any model that can be used."
        )
        parser.add_argument("--force", action="store_true", help="Train even if nothing changed.")

    def handle(self, *_args: Any, **options: Any) -> None:
        model = services.train_model(force=options["force"], only_if_missing=options["if_missing"])
        self.stdout.write(
            f"Model {model.version} is in charge: macro-F1 {model.metrics['macro_f1']:.3f} on "
            "parts of the starter corpus it had not seen."
        )
