"""Says in plain sentences whether the servers could start here."""

import socket
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

SHORTEST_KEY = 32


class Command(BaseCommand):
    help = "Check settings, database, migrations, static files and ports before serving."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="address the servers will listen on"
        )
        parser.add_argument(
            "--ports", type=int, nargs="*", default=[], help="ports the servers will listen on"
        )

    def handle(self, *, host: str, ports: list[int], **_options: Any) -> None:
        faults = [*_key_faults(), *_migration_faults(), *_static_faults()]
        faults += port_faults(host, ports)
        if faults:
            raise CommandError("\n".join(faults))
        for note in _notes():
            self.stderr.write(note)


def port_faults(host: str, ports: Sequence[int]) -> list[str]:
    """What keeps servers from listening on `ports`, a sentence each."""
    return [fault for port in ports for fault in _faults_of(host, port)]


def _key_faults() -> list[str]:
    if settings.IS_PRODUCTION and len(settings.SECRET_KEY) < SHORTEST_KEY:
        return [
            f"SECRET_KEY is too short to be safe: give it at least {SHORTEST_KEY} characters "
            "(`openssl rand -base64 48` makes one)."
        ]
    return []


def _migration_faults() -> list[str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return [
            f"The database lacks {len(waiting)} migrations: run `make setup`, or "
            "`python manage.py migrate`."
        ]
    return []


def _static_faults() -> list[str]:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.IS_PRODUCTION and not manifest.exists():
        return ["The static files are not collected: run `python manage.py collectstatic`."]
    return []


def _faults_of(host: str, port: int) -> list[str]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            return [f"Port {port} does not exist: PORT and LIVE_PORT go from 1 to 65535."]
        except OSError as error:
            return [
                f"Port {port} on {host} cannot be used ({error.strerror}): stop what uses it, or "
                "choose other ports with PORT and LIVE_PORT."
            ]
    return []


def _notes() -> list[str]:
    notes = []
    if settings.IS_PRODUCTION and not settings.IS_HTTPS:
        notes.append("Note: HTTPS=1 is not set, so cookies may travel unencrypted.")
    if settings.IS_HTTPS and not settings.TRUSTED_PROXIES:
        notes.append(
            "Note: HTTPS=1 without TRUSTED_PROXIES works only when TLS ends in this server; "
            "behind a proxy, name its address there."
        )
    return notes
