"""What every process does before Django loads: settings that hold, a database that answers."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

from config import embedded
from config.environment import Environment, parse_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
OLDEST_SERVER = 15
CONNECT_SECONDS = 5
# These look at files only.
WITHOUT_DATABASE = {
    *("check_corpus", "collectstatic", "compilemessages", "makemessages", "help", "--version")
}


class StartError(Exception):
    """The process cannot start; the message is one sentence that says what to do."""


def prepare(*, needs_database: bool = True) -> None:
    """Read `.env`, make sure that the settings hold and that the database answers.

    Raises `StartError`.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    env = Environment(BASE_DIR / ".env")
    try:
        if needs_database:
            if url := os.environ.get("DATABASE_URL", ""):
                check_server(parse_database_url(url))
            else:
                embedded.ensure_running(env.folder("VAR_DIR", default=BASE_DIR / "var"))
        from django.conf import settings  # noqa: PLC0415 - reads the parameters made above

        # Whitenoise warns about a missing folder.
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    except (embedded.EmbeddedError, ImproperlyConfigured) as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(
            f"{error.filename} cannot be made ({error.strerror}): correct that, or set VAR_DIR."
        ) from error


def check_server(parameters: dict[str, Any]) -> None:
    """Connect once to the database of DATABASE_URL; raises `StartError`."""
    options = {"connect_timeout": CONNECT_SECONDS, **parameters["OPTIONS"]}
    try:
        with psycopg.connect(
            host=parameters["HOST"] or None,
            port=parameters["PORT"] or None,
            user=parameters["USER"] or None,
            password=parameters["PASSWORD"] or None,
            dbname=parameters["NAME"],
            **options,
        ) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise StartError(_explain(error, parameters)) from error
    if version < OLDEST_SERVER:
        raise StartError(
            f"PostgreSQL {version} answers at DATABASE_URL, but Crossdesk needs {OLDEST_SERVER} "
            "or newer: upgrade that server, or remove DATABASE_URL to use the embedded one."
        )


def manage(argv: list[str]) -> int:
    """The command line: `manage.py` with every start-up fault as one sentence."""
    command = argv[1] if len(argv) > 1 else "help"
    needs_database = command not in WITHOUT_DATABASE and not {"--help", "-h"} & set(argv)
    return in_one_sentence(lambda: _execute(argv, needs_database=needs_database))


def in_one_sentence(run: Callable[[], None]) -> int:
    """Run something and return its exit code; a `StartError` is printed, not traced."""
    try:
        run()
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _execute(argv: list[str], *, needs_database: bool) -> None:
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    prepare(needs_database=needs_database)
    execute_from_command_line(argv)


def _explain(error: psycopg.Error, parameters: dict[str, Any]) -> str:
    said = str(error)
    where = parameters["HOST"] or "the local socket"
    if parameters["PORT"]:
        where = f"{where}:{parameters['PORT']}"
    reasons = {
        "password authentication failed": f"the password of {parameters['USER']!r} is wrong",
        "no password supplied": f"{where} asks for a password",
        "does not exist": said.rpartition("FATAL:")[2].strip(),
        "refused": f"nothing answers at {where}",
        "No such file": f"nothing answers at {where}",
        "resolve host": f"the host {parameters['HOST']!r} is unknown",
        "translate host name": f"the host {parameters['HOST']!r} is unknown",
        "timeout expired": f"{where} does not answer within {CONNECT_SECONDS} seconds",
        "timed out": f"{where} does not answer within {CONNECT_SECONDS} seconds",
        "No space left": "its disk is full",
    }
    found = [reason for words, reason in reasons.items() if words in said]
    reason = found[0] if found else " ".join(said.split())
    return (
        f"The database of DATABASE_URL cannot be used: {reason}. Correct DATABASE_URL or that "
        "server, or remove DATABASE_URL to use the embedded database."
    )
