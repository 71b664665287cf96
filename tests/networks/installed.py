"""Servers of networks that tests start: `python -m tests.networks.installed` fetches them.

Nothing is fetched by a test. What was fetched stays in `var/networks/`, by what it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
KEPT = ROOT / "var" / "networks"
FETCH_SECONDS = 300  # one step of a fetch takes a minute
FETCH = "`python -m tests.networks.installed` fetches it"
# Extracted and not installed: a web server of the system's would come along.
WORDPRESS = (
    "wordpress", "wordpress-theme-twentytwentythree", "libjs-cropper", "libjs-underscore",
    "libjs-jquery", "php-getid3",
)  # fmt: skip


class MissingError(Exception):
    """This machine lacks something; the text says what, and where it comes from."""


def programs(*names: str) -> None:
    """Raise `MissingError` unless all these programs are there."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacking = [name for name in names if shutil.which(name, path=path) is None]
    if lacking:
        raise MissingError(f"{', '.join(lacking)} not found")


def installed(network: str) -> Path:
    """The folder of a network's software, once whoever fetches it is done.

    Raises `MissingError` when it is not to be had.
    """
    if os.environ.get("NETWORKS") == "0":
        raise MissingError("NETWORKS=0 leaves it out")
    folder = _folder(network)
    if not (folder / ".complete").exists() and KEPT.exists():
        with _held(network):
            pass
    if not (folder / ".complete").exists():
        raise MissingError(f"the software of {network} was not fetched: {FETCH}")
    return folder


def lacks() -> list[str]:
    """One line for each network whose tests will be skipped."""
    lines = []
    for network, needed in NEEDED.items():
        try:
            programs(*needed)
            installed(network)
        except MissingError as missing:
            lines.append(f"No {network} server: its tests are skipped ({missing}).")
    return lines


def fetch(network: str) -> Path:
    """Fetch a network's software if need be. Raises `MissingError`, `CalledProcessError`."""
    folder = _folder(network)
    KEPT.mkdir(parents=True, exist_ok=True)
    with _held(network):
        if not (folder / ".complete").exists():
            for old in KEPT.glob(f"{network}-*"):
                shutil.rmtree(old)
            folder.mkdir()
            _FETCH[network](folder)
            (folder / ".complete").touch()
    return folder


@contextmanager
def _held(network: str) -> Iterator[None]:
    """Wait for whoever fetches the same. Raises `MissingError` when that takes too long."""
    deadline = time.monotonic() + FETCH_SECONDS
    with (KEPT / f"{network}.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise MissingError(f"somebody else has been fetching into {KEPT}") from None
                time.sleep(1)
        yield


def _folder(network: str) -> Path:
    source = (HERE / "bluesky" / "package-lock.json").read_bytes()
    if network == "wordpress":
        source = " ".join(WORDPRESS).encode()
    return KEPT / f"{network}-{hashlib.sha256(source).hexdigest()[:12]}"


def _fetch_bluesky(folder: Path) -> None:
    programs("node", "npm", "make", "g++", "python3")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "bluesky" / name, folder)
    environment = os.environ | {"npm_config_build_from_source": "true"}
    # Headers of the installed Node, so that none are looked for on the web.
    prefix = Path(shutil.which("node") or "").resolve().parent.parent
    if (prefix / "include" / "node" / "node.h").exists():
        environment["npm_config_nodedir"] = str(prefix)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    _run(["npm", "ci", "--ignore-scripts", *quiet], folder, environment)
    _run(["npm", "rebuild", "better-sqlite3", *quiet], folder, environment)


def _fetch_wordpress(folder: Path) -> None:
    programs("apt-get", "dpkg")
    try:
        _run(["apt-get", "download", "-qq", *WORDPRESS], folder, dict(os.environ))
    except subprocess.CalledProcessError:
        # The system's list of packages is older than what it names, or there is none.
        _run(["apt-get", "update", "-qq"], folder, dict(os.environ))
        _run(["apt-get", "download", "-qq", *WORDPRESS], folder, dict(os.environ))
    for package in sorted(folder.glob("*.deb")):
        _run(["dpkg", "-x", package.name, "root"], folder, dict(os.environ))
        package.unlink()


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=FETCH_SECONDS)


NEEDED = {
    "bluesky": ("node", "redis-server"),
    "wordpress": ("php", "mariadbd", "mariadb-install-db"),
}
_FETCH: dict[str, Callable[[Path], None]] = {
    "bluesky": _fetch_bluesky,
    "wordpress": _fetch_wordpress,
}


def main() -> int:
    """Fetch all; what cannot be fetched is said, and its tests are skipped."""
    for network in NEEDED:
        try:
            sys.stdout.write(f"{network}: {fetch(network)}\n")
        except (MissingError, OSError, subprocess.SubprocessError) as error:
            sys.stdout.write(f"{network}: its tests will be skipped ({error})\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
