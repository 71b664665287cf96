"""Makes the demo organisation."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from inbox.demo.history import POSTS
from inbox.demo.people import sign_ins, signin_file
from inbox.services import demo


class Command(BaseCommand):
    help = (
        "Create an invented bakery: people of each department, channels, rules, 2,000 posts of the "
        "last fortnight and the work done on them. Doing it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="delete the demo's posts and tickets first"
        )
        parser.add_argument(
            "--posts", type=int, default=POSTS, help="about how many posts (default: %(default)s)"
        )
        parser.add_argument("--quiet", action="store_true", help="do not print the sign-ins")

    def handle(self, *, reset: bool, posts: int, quiet: bool, **_options: Any) -> None:
        began = time.monotonic()
        if reset:
            self.stdout.write(f"Deleted {demo.wipe():,} tickets of the demo.")
        done = demo.seed(posts=posts, say=self.stdout.write)
        if done.is_new:
            self.stdout.write(
                f"{done.posts:,} posts, {done.tickets:,} tickets and {done.actions:,} actions by "
                f"people in {time.monotonic() - began:.0f} s."
            )
        else:
            self.stdout.write("The demo is there already.")
        if not quiet:
            self._write_sign_ins()

    def _write_sign_ins(self) -> None:
        rows = sign_ins(everyone=True)
        width = max(len(who) for who, _, _ in rows)
        self.stdout.write(f"\nSign in (also in {signin_file()}):")
        for who, email, word in rows:
            self.stdout.write(f"  {who:<{width}}  {email:<24}  {word}")
