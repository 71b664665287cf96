"""Try again to take in what waits in quarantine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.models import QuarantinedPayload
from inbox.services import quarantine

Source = QuarantinedPayload.Source


class Command(BaseCommand):
    help = "Try again to take in what waits in quarantine, oldest first; after a fix, for example."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="only these")
        parser.add_argument("--channel", metavar="NAME", help="only of this channel")
        parser.add_argument("--source", choices=Source.values, help="only what came this way")

    def handle(self, **options: Any) -> None:
        waiting = QuarantinedPayload.objects.waiting().select_related("channel", "from_import")
        if options["ids"]:
            waiting = waiting.filter(pk__in=options["ids"])
        if options["channel"]:
            waiting = waiting.filter(channel__name=options["channel"])
        if options["source"]:
            waiting = waiting.filter(source=options["source"])
        payloads = waiting.order_by("pk").iterator(chunk_size=100)
        done, failed = quarantine.replay_many(payloads=payloads, by=None)
        self.stdout.write(f"{done} taken in, {failed} still cannot be.")
        if failed:
            raise CommandError("Settings › Quarantine shows why.")
