"""List, export and import routing rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.definitions import definition_of
from routing.models import Rule
from routing.services.rule_files import FORMAT, import_rules
from routing.wording import names, sentence_of


class Command(BaseCommand):
    help = "List the routing rules, write them to a file, or take them from one."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="print the rules (the default)")
        what.add_argument("--export", type=Path, metavar="FILE", help="write all rules as JSON")
        what.add_argument(
            "--import",
            type=Path,
            metavar="FILE",
            dest="source",
            help="make the rules of a file: known by name they change, others are added",
        )
        parser.add_argument("--json", action="store_true", help="answer with JSON")

    def handle(self, **options: Any) -> None:
        if options["source"]:
            self._import(options["source"], as_json=options["json"])
        elif options["export"]:
            self._export(options["export"], as_json=options["json"])
        else:
            self._list(as_json=options["json"])

    def _list(self, *, as_json: bool) -> None:
        rules = list(Rule.objects.all())
        if as_json:
            rows = [
                {"id": rule.pk, "version": rule.version, **definition_of(rule)} for rule in rules
            ]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        known = names({})
        for number, rule in enumerate(rules, 1):
            state = "" if rule.is_active else " (off)"
            self.stdout.write(f"{number}. {rule.name}{state}\n   {sentence_of(rule, known)}")

    def _export(self, path: Path, *, as_json: bool) -> None:
        rules = [definition_of(rule) for rule in Rule.objects.all()]
        try:
            path.write_text(
                json.dumps({"format": FORMAT, "rules": rules}, ensure_ascii=False, indent=2) + "\n",
                encoding="utf-8",
            )
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        self._say({"exported": len(rules)}, as_json=as_json)

    def _import(self, path: Path, *, as_json: bool) -> None:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise CommandError(f"{path} is no JSON.") from None
        try:
            counts = import_rules(document=document, by=None, reason=f"From {path.name}.")
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self._say(counts, as_json=as_json)

    def _say(self, counts: dict[str, int], *, as_json: bool) -> None:
        text = ", ".join(f"{count} {what}" for what, count in counts.items())
        self.stdout.write(json.dumps(counts) if as_json else f"{text}.")
