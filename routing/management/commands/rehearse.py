"""Say what a change of routing would have done, without making it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.classifier import ModelError
from routing.models import Rehearsal
from routing.replay import SPAM, TRIAGE
from routing.services.changes import Change, prepared, rules_of_file
from routing.services.rehearsing import rehearse

NAMES = {TRIAGE: "triage", SPAM: "parked as spam"}


class Command(BaseCommand):
    help = "Replay a change of routing over stored decisions and print what would move."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--rules", type=Path, metavar="FILE", help="as if the rules of a file were imported"
        )
        what.add_argument("--threshold", type=float, metavar="SHARE", help="0 to 1")
        what.add_argument("--model", metavar="VERSION", help="as if this model were in charge")
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--days", type=int, help=f"default: {Rehearsal.DAYS}")
        scope.add_argument("--posts", type=int, help=f"at most {Rehearsal.MOST_POSTS}")
        parser.add_argument("--json", action="store_true", help="answer with JSON")

    def handle(self, **options: Any) -> None:
        days, posts = options["days"], options["posts"]
        if (days is not None and days < 1) or (posts is not None and posts < 1):
            raise CommandError("Give at least one day or post.")
        if days is None and posts is None:
            days = Rehearsal.DAYS
        most = min(posts, Rehearsal.MOST_POSTS) if posts else None
        try:
            result = rehearse(_change(options), days=days, posts=most)["result"]
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except ModelError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            counts = {name: found for name, found in result.items() if name != "examples"}
            self.stdout.write(json.dumps(counts, indent=2))
            return
        self._tell(result)

    def _tell(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"{result['moved']:,} of {result['n']:,} posts would move.")
        for origin, target, n in result["flows"]:
            names = NAMES.get(origin, origin), NAMES.get(target, target)
            self.stdout.write(f"{n:>8,}  {names[0]} → {names[1]}")
        for name, n in result["others"].items():
            self.stdout.write(f"{n:>8,}  with other {name}")
        corrected = result["corrected"]
        if corrected:
            self.stdout.write(
                f"Of {corrected['n']:,} that people spoke about, {corrected['right_more']:,} more "
                f"would be right and {corrected['wrong_more']:,} more wrong."
            )
        if result["erased"]:
            self.stdout.write(f"{result['erased']:,} passed over: their words were erased.")


def _change(options: dict[str, Any]) -> Change:
    if options["threshold"] is not None:
        return prepared({"kind": "threshold", "threshold": options["threshold"]})
    if options["model"]:
        return prepared({"kind": "model", "model": options["model"]})
    path = options["rules"]
    try:
        return rules_of_file(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"{path} is no JSON.") from None
