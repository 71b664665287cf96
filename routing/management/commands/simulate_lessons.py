"""Simulate what lessons would bring, from labelled posts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing import queries
from routing.encoder import EncoderError
from routing.simulation import Point, picture, read_posts, simulate

HEAD = "| lessons | days | macro-F1 | at 95 % | routed wrong | triage | judged macro-F1 |"


class Command(BaseCommand):
    help = "Feed labelled posts day by day as lessons, and show what the router makes of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="CSV or CSV.gz: text,department"
        )
        parser.add_argument(
            "--judged", type=Path, metavar="FILE", help="posts to test with as well"
        )
        parser.add_argument("--light", action="store_true", help="by words alone, without encoder")
        parser.add_argument("--svg", type=Path, metavar="FILE", help="where to draw the curves")

    def handle(self, **options: Any) -> None:
        try:
            posts = read_posts(options["file"])
            judged = read_posts(options["judged"]) if options["judged"] else []
        except (OSError, KeyError, UnicodeDecodeError) as error:
            raise CommandError(f"The posts cannot be read: {error}") from error
        try:
            encoder = (
                None if options["light"] else queries.load_encoder(threads=os.cpu_count() or 1)
            )
        except EncoderError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(HEAD + "\n" + "|---" * 7 + "|")
        points = []
        for point in simulate(posts, judged=judged, encoder=encoder):
            points.append(point)
            self.stdout.write(_line(point))
        if options["svg"]:
            options["svg"].write_text(picture(points))


def _line(point: Point) -> str:
    shares = (
        *(point.macro_f1, point.coverage, point.hand_overs),
        *(point.triage, point.judged_f1),
    )
    cells = " | ".join(f"{share:.3f}" for share in shares)
    return f"| {point.lessons} | {point.days} | {cells} |"
