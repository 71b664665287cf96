"""Runs every process of the Procfile under one command; `manage.py setup --serve` leads here.

Ctrl-C stops them all, and the embedded database with them unless somebody else uses it.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import honcho.manager
from honcho.compat import ProcessManager
from honcho.environ import parse_procfile
from honcho.printer import Printer

from config import embedded
from config.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
ANSWER_SECONDS = 120
# A worker finishes the job in its hands.
honcho.manager.KILL_WAIT = 10
# What to say besides the address, from whoever hands over to us.
GREETING = "CROSSDESK_GREETING"
# Lines of a Procfile to run besides ours, from the same.
BESIDES = "CROSSDESK_BESIDES"
# The live-update stream has a port of its own when no reverse proxy joins the two.
UNPROXIED_LIVE_URL = ":{port}/live/"


class LeadersOnly(ProcessManager):  # type: ignore[misc]
    """Asks a process to end and leaves its children to it; killing still takes them all.

    django-q's children, asked directly, die with the jobs in their hands.
    """

    def terminate(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


class Processes(honcho.manager.Manager):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(Printer(sys.stdout, colour=sys.stdout.isatty()))
        self._procmgr = LeadersOnly()


def main() -> int:
    """Start everything, announce it, wait until it ends; returns the exit code."""
    env = Environment(BASE_DIR / ".env")
    port, live_port = env.number("PORT", default=8000), env.number("LIVE_PORT", default=8001)
    host = _reachable(env.text("BIND", default="127.0.0.1"))
    addresses = [f"http://{host}:{port}/accounts/login/", f"http://{host}:{live_port}/"]
    greeting = os.environ.get(GREETING, "").splitlines()
    threading.Thread(target=_announce, args=(addresses, port, greeting), daemon=True).start()
    # A closed terminal ends the servers as Ctrl-C does.
    signal.signal(signal.SIGHUP, lambda *_args: os.kill(os.getpid(), signal.SIGTERM))
    try:
        return _run_processes()
    finally:
        _stop_database(env)


def _run_processes() -> int:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
    manager = Processes()
    lines = [(BASE_DIR / "Procfile").read_text(), os.environ.get(BESIDES, "")]
    processes = parse_procfile("\n".join(lines)).processes
    for name, command in processes.items():
        manager.add_process(name, command, env=environment, cwd=str(BASE_DIR))
    manager.loop()
    # Ctrl-C is the way to end this, not a failure.
    return 0 if manager.returncode in {None, 130, 143} else int(manager.returncode)


def _announce(addresses: list[str], port: int, greeting: list[str]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while not all(answers(address) for address in addresses):
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    lines = [f"Crossdesk answers at http://localhost:{port}/  (Ctrl-C stops it)"]
    if greeting:
        lines += ["", "Sign in as", *greeting]
    width = max(map(len, lines)) + 2
    box = ["", "┌" + "─" * width + "┐", *(f"│ {line:<{width - 1}}│" for line in lines)]
    sys.stdout.write("\n".join([*box, "└" + "─" * width + "┘", "", ""]))
    sys.stdout.flush()


def answers(address: str) -> bool:
    """True when a web server gives any answer at `address`, be it "please sign in"."""
    try:
        urlopen(address, timeout=2).close()  # noqa: S310 - http, built above
    except HTTPError as error:
        return error.code < 500
    except (URLError, OSError):
        return False
    return True


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only


def _stop_database(env: Environment) -> None:
    if os.environ.get("DATABASE_URL"):
        return
    var_dir = env.folder("VAR_DIR", default=BASE_DIR / "var")
    try:
        embedded.stop(var_dir, only_if_idle=True)
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    sys.exit(main())
