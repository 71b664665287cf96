"""Check the starter corpus and count its posts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.corpus import posts
from routing.corpus_check import faults, table


class Command(BaseCommand):
    help = "Say what is wrong with the starter posts, and count them by topic and language."

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = posts()
        found = faults(rows)
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(table(rows))
