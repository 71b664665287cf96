"""Look after channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inbox.connectors.base import network_of
from inbox.models import Backfill, Channel
from inbox.queries.channel_health import ChannelHealth, channel_healths
from inbox.services import backfills, channels, feeds, polling, reconciling
from inbox.services.conflicts import Refused

MOST = 10_000


class Command(BaseCommand):
    help = "List channels, ask one now, pause it, read its conversations again, or its past."

    def add_arguments(self, parser: CommandParser) -> None:
        do = parser.add_subparsers(dest="do", required=True, metavar="WHAT")
        do.add_parser("list", help="every channel and how it is doing")
        helps = {
            "poll": "ask the network or feed now, due or not",
            "pause": "take nothing in until it is resumed",
            "resume": "take posts in again",
            "reconcile": "read lively conversations again now",
            "backfill": "read what was written before, until it is done",
        }
        for name, help_text in helps.items():
            one = do.add_parser(name, help=help_text)
            one.add_argument("name", metavar="NAME", help="the channel's name")
            if name == "backfill":
                one.add_argument("--days", type=int, required=True, help="how far back")
                one.add_argument(
                    "--most", type=int, default=MOST, help=f"posts to stop after ({MOST})"
                )

    def handle(self, **options: Any) -> None:
        if options["do"] == "list":
            for row in channel_healths():
                self.stdout.write(_line(row))
            return
        channel = Channel.objects.filter(name=options["name"]).first()
        if channel is None:
            raise CommandError(f"There is no channel “{options['name']}”.")
        getattr(self, f"_{options['do']}")(channel, options)

    def _poll(self, channel: Channel, _options: Any) -> None:
        try:
            ask = feeds.poll if channel.connector == "feed" else polling.poll
            polled = ask(channel=channel, force=True)
        except LookupError:
            raise CommandError(f"{channel} is delivered to, and cannot be asked.") from None
        if polled is None:
            raise CommandError(f"{channel}: another worker asks it right now.")
        if polled.error:
            raise CommandError(f"{channel}: the network {polled.error}.")
        receipt = polled.receipt
        self.stdout.write(f"{channel}: {receipt.created} new, {receipt.duplicates} known already.")

    def _pause(self, channel: Channel, _options: Any) -> None:
        channels.set_active(channel=channel, is_active=False, by=None)
        self.stdout.write(f"{channel} is paused.")

    def _resume(self, channel: Channel, _options: Any) -> None:
        channels.set_active(channel=channel, is_active=True, by=None)
        self.stdout.write(f"{channel} takes posts in.")

    def _reconcile(self, channel: Channel, _options: Any) -> None:
        network = network_of(channel.connector)
        if network is None or not network.capabilities.threading:
            raise CommandError(f"{channel}: its conversations cannot be read whole.")
        look = reconciling.reconcile(channel=channel, force=True)
        if look is None:
            raise CommandError(f"{channel}: another worker reads them right now.")
        if look.error:
            raise CommandError(f"{channel}: the network {look.error}.")
        self.stdout.write(f"{channel}: {look.threads} conversations read, {look.gaps} gaps.")

    def _backfill(self, channel: Channel, options: Any) -> None:
        since = timezone.now() - timedelta(days=options["days"])
        try:
            task = channel.backfills.unfinished().first() or backfills.begin(
                channel=channel, since=since, most=options["most"], by=None
            )
        except Refused as error:
            raise CommandError(error.message) from None
        while backfills.run(task=task, seconds=5.0):
            self.stdout.write(f"{task.posts} posts read …")
        task.refresh_from_db()
        if task.state != Backfill.State.DONE:
            raise CommandError(f"{task.posts} posts read. {task.reason or 'A worker goes on.'}")
        self.stdout.write(f"{channel}: {task.posts} posts read, {task.created} new.")


def _line(row: ChannelHealth) -> str:
    channel, state = row.channel, getattr(row.channel, "state", None)
    how = "paused" if not channel.is_active else state.breaker.label if state else "never asked"
    last = state.last_received_at if state else None
    when = f"{last:%Y-%m-%d %H:%M}" if last else "never"
    why = f"  {state.last_error}" if state and state.failures else ""
    return (
        f"{channel.name:<30} {channel.connector:<10} {how:<20} last {when:<16} "
        f"new {row.new:>5}  gaps {row.gaps:>3}  errors {row.errors:>3}{why}"
    )
