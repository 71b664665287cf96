"""The PostgreSQL that comes with the checkout: used whenever DATABASE_URL is not set.

Any number of processes call `ensure_running` when they start; the first one starts the server,
which outlives it. `make stop` ends it; `make demo` ends it too when nobody else is connected.
"""

import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.embedded import home as homes
from config.embedded import server
from config.embedded.errors import EmbeddedError, from_os_error
from config.embedded.home import Home, Say

__all__ = ["EmbeddedError", "ensure_running", "parameters", "stop"]

LOCK_SECONDS = 360
ANSWER_SECONDS = 60


def parameters(var_dir: Path) -> dict[str, str]:
    """Django's connection parameters; the password is empty before the first start."""
    home = homes.existing(var_dir) or Home((var_dir / "postgres").resolve(), None)
    return {
        "NAME": server.DATABASE,
        "USER": server.ROLE,
        "PASSWORD": homes.secrets_of(home).get("password", ""),
        "HOST": str(homes.socket_folder(home)),
        "PORT": "5432",
    }


def ensure_running(var_dir: Path, *, say: Say | None = None) -> None:
    """Make the embedded database answer: a connection when it is up, else create and start it.

    Raises `EmbeddedError` with a sentence for the person at the terminal.
    """
    say = say or _say
    with _readable_faults(var_dir):
        if _answers(homes.existing(var_dir)):
            return
        var_dir.mkdir(parents=True, exist_ok=True)
        with _only_one(var_dir):
            if not _answers(homes.existing(var_dir)):
                _bring_up(homes.choose(var_dir, say), say)


def stop(var_dir: Path, *, only_if_idle: bool = False) -> bool:
    """Stop the server; with `only_if_idle`, not while anybody is connected. True when stopped."""
    with _readable_faults(var_dir):
        home = homes.existing(var_dir)
        if home is None or not server.is_running(home):
            return False
        with _only_one(var_dir):
            if only_if_idle and _is_busy(home):
                return False
            server.stop(home, homes.programs(home))
    return True


def _bring_up(home: Home, say: Say) -> None:
    bin_dir = homes.programs(home)
    if not home.is_initialised:
        say("Creating the database …")
        server.initialise(home, bin_dir)
    homes.ensure_secrets(home)
    if server.is_running(home) and not _accepts(home):
        # Alive but out of reach: its socket was swept away, or it hangs while stopping.
        server.stop(home, bin_dir)
    if not server.is_running(home):
        server.start(home, bin_dir)
    try:
        server.create_database(home)
        server.connect(home).close()
    except psycopg.OperationalError as error:
        raise EmbeddedError(
            f"The embedded database in {home.folder} runs but refuses the connection: {error}"
        ) from error


def _answers(home: Home | None) -> bool:
    if home is None:
        return False
    try:
        server.connect(home).close()
    except psycopg.OperationalError:
        return False
    return True


def _accepts(home: Home) -> bool:
    """Wait while a running server is still starting; False when it stays out of reach."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline and server.is_running(home):
        try:
            server.connect(home, as_admin=True).close()
        except psycopg.errors.ConnectionTimeout:
            # Slow is not gone: others may be at work on it.
            continue
        except psycopg.OperationalError as error:
            if "starting up" not in str(error) and "recovery" not in str(error):
                return False
            time.sleep(0.1)
        else:
            return True
    return False


def _is_busy(home: Home) -> bool:
    try:
        return server.clients(home) > 0
    except psycopg.OperationalError:
        return True


@contextmanager
def _only_one(var_dir: Path) -> Iterator[None]:
    with (var_dir / "postgres.lock").open("a") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        "Another process has been starting the embedded database for "
                        f"{LOCK_SECONDS} seconds: see {var_dir / 'postgres' / 'log'}."
                    ) from None
                time.sleep(0.05)
        yield


@contextmanager
def _readable_faults(var_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise from_os_error(error, var_dir) from error


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
