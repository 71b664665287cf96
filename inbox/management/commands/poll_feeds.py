"""Ask feeds now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.models import Channel
from inbox.services import feeds


class Command(BaseCommand):
    help = "Ask the feeds that are due, or one by name whether it is due or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", metavar="NAME", help="only this one, due or not")

    def handle(self, **options: Any) -> None:
        name = options["channel"]
        chosen = {"name": name} if name else {"pk__in": feeds.due_channels()}
        channels = list(Channel.objects.filter(connector="feed", **chosen))
        if name and not channels:
            raise CommandError(f"There is no feed channel “{name}”.")
        failed = [channel for channel in channels if not self._ask(channel, force=bool(name))]
        if failed:
            raise CommandError("Not every feed could be read.")

    def _ask(self, channel: Channel, *, force: bool) -> bool:
        polled = feeds.poll(channel=channel, force=force)
        if polled is None:
            self.stdout.write(f"{channel}: another worker asks it right now.")
        elif polled.error:
            self.stderr.write(f"{channel}: the feed {polled.error}.")
            return False
        else:
            receipt = polled.receipt
            self.stdout.write(
                f"{channel}: {polled.entries} entries, {receipt.created} new, "
                f"{receipt.edited} edited, {receipt.tickets} tickets."
            )
        return True
