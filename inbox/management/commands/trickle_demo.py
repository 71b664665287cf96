"""Keeps new posts coming in the demo."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from inbox.demo.trickle import LONGEST_GAP, SHORTEST_GAP
from inbox.services import demo


class Command(BaseCommand):
    help = "Take a fresh post in every 10 to 25 seconds, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, default=0, help="stop after so many (0: never)")
        parser.add_argument("--pause", type=float, help="seconds between posts instead of 10 to 25")

    def handle(self, *, count: int, pause: float | None, **_options: Any) -> None:
        rng = Random()  # noqa: S311 - only a rhythm
        number = 0
        while not count or number < count:
            if number:
                time.sleep(rng.uniform(SHORTEST_GAP, LONGEST_GAP) if pause is None else pause)
            self._drip()
            number += 1

    def _drip(self) -> None:
        # It plays on for days, through restarts of the database.
        close_old_connections()
        try:
            demo.drip()
        except DatabaseError as error:
            self.stderr.write(f"No new post this time: {error}")
