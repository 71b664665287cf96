"""`python -m config.embedded start | stop [--if-idle] | status | remove | run PROGRAM …`."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from config import embedded
from config.embedded import home as homes
from config.embedded import server
from config.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """The embedded database's own command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start it (creating it the first time)")
    stop = commands.add_parser("stop", help="stop it")
    stop.add_argument("--if-idle", action="store_true", help="not while anybody is connected")
    commands.add_parser("status", help="say where it is and whether it runs")
    commands.add_parser("remove", help="stop it and delete its data")
    run = commands.add_parser("run", help="run psql, pg_dump, … connected to it")
    run.add_argument("program")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    env = Environment(BASE_DIR / ".env")
    var_dir = env.folder("VAR_DIR", default=BASE_DIR / "var")
    try:
        _execute(options, var_dir)
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _execute(options: argparse.Namespace, var_dir: Path) -> None:
    match options.command:
        case "start":
            embedded.ensure_running(var_dir)
        case "stop":
            _tell("Stopped." if embedded.stop(var_dir, only_if_idle=options.if_idle) else "")
        case "status":
            home = homes.existing(var_dir)
            running = home is not None and server.is_running(home)
            where = home.folder if home else "not created yet"
            _tell(f"{where}: {'running' if running else 'stopped'}")
        case "remove":
            _remove(var_dir)
        case "run":
            _replace_process(options.program, options.arguments, var_dir)


def _remove(var_dir: Path) -> None:
    home = homes.existing(var_dir)
    if home is None:
        return
    embedded.stop(var_dir)
    shutil.rmtree(home.folder)
    link = var_dir / "postgres"
    if link.is_symlink():
        link.unlink()
    _tell(f"Deleted {home.folder}.")


def _replace_process(program: str, arguments: list[str], var_dir: Path) -> None:
    embedded.ensure_running(var_dir)
    home = homes.existing(var_dir)
    parameters = embedded.parameters(var_dir)
    path = homes.programs(home) / program if home else Path(program)
    if not path.exists():
        raise embedded.EmbeddedError(f"{program} is not among the programs in {path.parent}.")
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
    connection = {variable: parameters[name] for name, variable in names.items()}
    environment = {**os.environ, **connection, "PGDATABASE": parameters["NAME"]}
    os.execve(path, [program, *arguments], environment)  # noqa: S606 - that is the purpose


def _tell(line: str) -> None:
    if line:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
