"""Sends replies when their time has come."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from publishing.sender import Sender


class Command(BaseCommand):
    help = "Send replies the moment their undo window ends; runs until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workers", type=int, default=settings.SENDERS, help="replies sent at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        sender = Sender(workers=options["workers"])
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: sender.stop())
        sender.run()
