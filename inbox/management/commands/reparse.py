"""Read again what came before, after a connector has learned to understand more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from inbox.models import Channel
from inbox.services.reparsing import reparse


class Command(BaseCommand):
    help = "Read the payloads kept of a channel again, and take in what is found more than before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", required=True, metavar="NAME")
        parser.add_argument(
            "--since", metavar="TIME", help="2026-11-28 or 2026-11-28T09:00+01:00; else all"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, **options: Any) -> None:
        channel = Channel.objects.filter(name=options["channel"]).first()
        if channel is None:
            raise CommandError(f"There is no channel “{options['channel']}”.")
        found = reparse(
            channel=channel, since=_time(options["since"]), is_dry_run=options["dry_run"]
        )
        for name, what in found.changes:
            self.stdout.write(f"{name}: {what}")
        verb = "would be" if options["dry_run"] else "were"
        self.stdout.write(
            f"{found.payloads} payloads read again: {found.new} posts {verb} new,"
            f" {found.edited} {verb} changed, {found.unchanged} are as they were."
        )
        if found.faults:
            faults = "\n".join(found.faults[:20])
            raise CommandError(f"{len(found.faults)} payloads could not be read:\n{faults}")


def _time(text: str | None) -> datetime:
    if not text:
        return datetime(1970, 1, 1, tzinfo=UTC)
    try:
        day = parse_date(text)
        at = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001
    except ValueError:
        at = None
    if at is None:
        raise CommandError(f"“{text}” is no time: write 2026-11-28 or 2026-11-28T09:00+01:00.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
