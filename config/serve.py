"""Runs every process of the Procfile under one command: `python -m config.serve [--demo]`.

Ctrl-C stops them all, and the embedded database with them unless somebody else uses it.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

from config import embedded
from config.environment import Environment
from config.startup import BASE_DIR, in_one_sentence, prepare

ANSWER_SECONDS = 120
# The live-update stream has a port of its own when no reverse proxy joins the two.
UNPROXIED_LIVE_URL = ":{port}/live/"


def main() -> int:
    """Check, start, announce, wait; returns the exit code."""
    parser = argparse.ArgumentParser(prog="config.serve", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="print the demo's sign-ins")
    options = parser.parse_args()
    env = Environment(BASE_DIR / ".env")
    port, live_port = env.number("PORT", default=8000), env.number("LIVE_PORT", default=8001)
    host = env.text("HOST", default="127.0.0.1")
    os.environ.setdefault("LIVE_URL", UNPROXIED_LIVE_URL.format(port=live_port))
    code = in_one_sentence(lambda: _check(host, port, live_port))
    if code:
        return code
    addresses = [f"http://{_reachable(host)}:{number}/" for number in (port, live_port)]
    announcement = threading.Thread(
        target=_announce, args=(addresses, options.demo, port), daemon=True
    )
    announcement.start()
    try:
        return _run_processes()
    finally:
        _stop_database(env)


def _check(host: str, port: int, live_port: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - after prepare()

    prepare()
    import django  # noqa: PLC0415

    django.setup()
    call_command("preflight", ports=[port, live_port], host=host)


def _run_processes() -> int:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
    manager = Manager(Printer(sys.stdout, colour=sys.stdout.isatty()))
    processes = parse_procfile((BASE_DIR / "Procfile").read_text()).processes
    for name, command in processes.items():
        manager.add_process(name, command, env=environment, cwd=str(BASE_DIR))
    manager.loop()
    # Ctrl-C is the way to end this, not a failure.
    return 0 if manager.returncode in {None, 130, 143} else int(manager.returncode)


def _announce(addresses: list[str], is_demo: bool, port: int) -> None:  # noqa: FBT001 - a thread's
    deadline = time.monotonic() + ANSWER_SECONDS
    while not all(answers(address) for address in addresses):
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    lines = [f"Crossdesk answers at http://localhost:{port}/  (Ctrl-C stops it)"]
    if is_demo:
        lines += ["", *_sign_ins()]
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


def _sign_ins() -> list[str]:
    from inbox.demo.people import sign_ins  # noqa: PLC0415 - needs Django

    rows = sign_ins()
    width = max(len(who) for who, _email, _password in rows)
    return ["Sign in as", *(f"  {who:<{width}}  {mail}  {word}" for who, mail, word in rows)]


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only


def _stop_database(env: Environment) -> None:
    if os.environ.get("DATABASE_URL"):
        return
    var_dir = Path(env.text("VAR_DIR", default=str(BASE_DIR / "var")))
    try:
        embedded.stop(var_dir, only_if_idle=True)
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    sys.exit(main())
