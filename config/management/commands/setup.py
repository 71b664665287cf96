"""Brings a database up to this release, and hands over to the servers if asked."""

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.management.commands.preflight import port_faults
from config.serve import BESIDES, GREETING, UNPROXIED_LIVE_URL

TRICKLE = "demo: exec python manage.py trickle_demo"


class Command(BaseCommand):
    help = "Migrate, train the first model, collect static files in production."
    # A database without tables cannot be checked.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="invent the demo organisation too")
        parser.add_argument("--serve", action="store_true", help="then run all servers")

    def handle(self, *, demo: bool, serve: bool, **_options: Any) -> None:
        ports = [settings.PORT, settings.LIVE_PORT]
        # What follows takes minutes; who started it twice should not have to wait for them.
        if serve and (faults := port_faults(settings.BIND, ports)):
            raise CommandError("\n".join(faults))
        self._step("Preparing the database", "migrate", verbosity=0)
        self._step("Looking for the sentence encoder", "build_encoder", if_possible=True)
        self._step("Looking for the classifier's model", "train_router", if_missing=True)
        if settings.IS_PRODUCTION:
            self._step("Collecting static files", "collectstatic", interactive=False, verbosity=0)
        if demo:
            self._step("Inventing an organisation and its posts", "seed_demo", quiet=serve)
        if serve:
            told = {GREETING: _sign_ins(), BESIDES: TRICKLE} if demo else {}
            self._serve(ports, told)

    def _step(self, what: str, command: str, **options: Any) -> None:
        self.stdout.write(f"{what} …")
        began = time.monotonic()
        call_command(command, **options)
        if (seconds := time.monotonic() - began) > 1:
            self.stdout.write(f"  {seconds:.1f} s")

    def _serve(self, ports: list[int], told: dict[str, str]) -> None:
        call_command("preflight", host=settings.BIND, ports=ports)
        connections.close_all()
        self.stdout.flush()
        live_url = os.environ.get("LIVE_URL") or UNPROXIED_LIVE_URL.format(port=settings.LIVE_PORT)
        environment = {**os.environ, "LIVE_URL": live_url, **told}
        # In place of this process, which has grown by all that set-up needs.
        os.execve(sys.executable, [sys.executable, "-m", "config.serve"], environment)  # noqa: S606


def _sign_ins() -> str:
    from inbox.demo.people import sign_ins  # noqa: PLC0415 - nothing else here knows the demo

    rows = sign_ins()
    who, mail = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return "\n".join(f"  {row[0]:<{who}}  {row[1]:<{mail}}  {row[2]}" for row in rows)
