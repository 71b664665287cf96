"""Listens to the networks that say at once when something is new."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from inbox.streamer import Streamer


class Command(BaseCommand):
    help = "Hold the streams of all channels that have one; runs until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        streamer = Streamer()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: streamer.stop())
        streamer.run()
