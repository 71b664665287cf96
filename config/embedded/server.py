"""Making, starting and stopping one embedded PostgreSQL server."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from config.embedded import home as homes
from config.embedded.errors import EmbeddedError, from_output
from config.embedded.home import Home

ROLE = DATABASE = "crossdesk"
ADMIN = "postgres"
START_SECONDS = 300  # crash recovery of a large database takes its time
STOP_SECONDS = 60
MEGABYTE = 1024 * 1024
LOG_TAIL_BYTES = 8_000
INITDB_OPTIONS = [
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",  # sorts alike on every machine
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--text-search-config=simple",
    "--no-instructions",
]

CONFIGURATION = """\
# Written at every start; put changes of your own in with ALTER SYSTEM.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = {shared_buffers}MB
effective_cache_size = {cache}MB
work_mem = 16MB
maintenance_work_mem = {maintenance}MB
max_wal_size = 2GB
min_wal_size = 128MB
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_min_error_statement = panic
log_line_prefix = '%m [%p] %a '
"""


def initialise(home: Home, bin_dir: Path) -> None:
    """Create the empty database cluster; interrupted or failed, it leaves nothing behind."""
    unfinished = home.folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    home.make_private(unfinished)
    password_file = home.folder / "password.new"
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(homes.ensure_secrets(home)["admin_password"])
    if home.runs_as is not None:
        os.chown(password_file, home.runs_as.uid, home.runs_as.gid)
    options = [*INITDB_OPTIONS, "-U", ADMIN, f"--pwfile={password_file}"]
    try:
        done = home.run([bin_dir / "initdb", *options, "-D", unfinished])
        if done.returncode != 0:
            raise from_output(done.stdout, home.folder, doing="could not be created")
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write("include '../crossdesk.conf'\n")
        home.data.rmdir()
        unfinished.rename(home.data)
    finally:
        password_file.unlink(missing_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)


def start(home: Home, bin_dir: Path) -> None:
    """Start the server in a session of its own, so that it outlives this process.

    Raises `EmbeddedError` when it does not start.
    """
    _check_version(home)
    _wait_for_leftovers(home)
    socket = homes.ensure_socket_folder(home)
    _write_configuration(home, socket)
    home.make_private(home.log)
    # The process numbers in these files may meanwhile be those of other programs, which would
    # make PostgreSQL refuse; no process of this database is left, so the files are stale.
    for stale in (home.data / "postmaster.pid", socket / f"{homes.SOCKET_NAME}.lock"):
        stale.unlink(missing_ok=True)
    start_log = home.log / "start.log"
    start_log.unlink(missing_ok=True)
    options = f"-s -w -t {START_SECONDS} -D".split()
    done = home.run([bin_dir / "pg_ctl", "start", *options, home.data, "-l", start_log])
    if done.returncode != 0:
        raise from_output(done.stdout + _log_tail(home), home.folder, doing="did not start")


def stop(home: Home, bin_dir: Path) -> None:
    """Stop the server; open transactions are rolled back."""
    options = f"-s -w -t {STOP_SECONDS} -m fast -D".split()
    done = home.run([bin_dir / "pg_ctl", "stop", *options, home.data])
    if done.returncode != 0 and processes(home):
        raise from_output(done.stdout, home.folder, doing="did not stop")


def processes(home: Home) -> list[psutil.Process]:
    """Every living PostgreSQL process of this database, whatever its files say."""
    data = str(home.data)
    found = []
    for process in psutil.process_iter(["name", "status", "cwd"]):
        is_alive = process.info["status"] != psutil.STATUS_ZOMBIE
        if is_alive and process.info["name"] == "postgres" and process.info["cwd"] == data:
            found.append(process)
    return found


def is_running(home: Home) -> bool:
    """True when the process in `postmaster.pid` is alive and works on this data folder."""
    try:
        first_line = (home.data / "postmaster.pid").read_text().splitlines()[0]
        process = psutil.Process(int(first_line))
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(home.data)
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        return False


def connect(home: Home, *, as_admin: bool = False) -> psycopg.Connection[Any]:
    """Open a connection; raises `psycopg.OperationalError` when the server does not answer."""
    stored = homes.secrets_of(home)
    return psycopg.connect(
        host=str(homes.socket_folder(home)),
        port=5432,
        user=ADMIN if as_admin else ROLE,
        password=stored.get("admin_password" if as_admin else "password", ""),
        dbname=ADMIN if as_admin else DATABASE,
        connect_timeout=5,
        application_name="crossdesk start",
        autocommit=True,
    )


def create_database(home: Home) -> None:
    """Create the application's role and database unless they exist.

    The role may create databases (for tests) and is no superuser; `vector`, which only a
    superuser may install, comes with the template.
    """
    password = homes.secrets_of(home)["password"]
    with connect(home, as_admin=True) as admin:
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
            admin.execute(create.format(sql.Identifier(ROLE), sql.Literal(password)))
            admin.execute(sql.SQL("GRANT pg_monitor TO {}").format(sql.Identifier(ROLE)))
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            _extend_template(home)
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            admin.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))


def clients(home: Home) -> int:
    """How many connections the server has besides the one that asks."""
    with connect(home, as_admin=True) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def _extend_template(home: Home) -> None:
    stored = homes.secrets_of(home)
    with psycopg.connect(
        host=str(homes.socket_folder(home)),
        port=5432,
        user=ADMIN,
        password=stored["admin_password"],
        dbname="template1",
        autocommit=True,
    ) as template:
        template.execute("CREATE EXTENSION IF NOT EXISTS vector")


def _write_configuration(home: Home, socket: Path) -> None:
    memory = psutil.virtual_memory().total // MEGABYTE
    # Doubled quotes for the file's syntax, and inner ones because the value is a list.
    quoted = '"' + str(socket).replace("'", "''") + '"'
    path = home.folder / "crossdesk.conf"
    path.write_text(
        CONFIGURATION.format(
            socket=quoted,
            shared_buffers=max(64, min(memory // 8, 1024)),
            cache=max(256, memory // 2),
            maintenance=max(64, min(memory // 32, 512)),
        )
    )
    path.chmod(0o600)
    if home.runs_as is not None:
        os.chown(path, 0, home.runs_as.gid)
        path.chmod(0o640)


def _check_version(home: Home) -> None:
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != str(homes.MAJOR):
        raise EmbeddedError(
            f"The database in {home.data} was made by PostgreSQL {found} and this release brings "
            f'{homes.MAJOR}: see "Upgrades" in docs/operations.md.'
        )


def _wait_for_leftovers(home: Home) -> None:
    # After a kill the helpers of the dead server need a moment; two servers on one data folder
    # would destroy it.
    deadline = time.monotonic() + STOP_SECONDS
    while left := processes(home):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"An earlier database server still works on {home.data} (process {left[0].pid}): "
                "stop it with `make stop` or end that process."
            )
        time.sleep(0.1)


def _log_tail(home: Home) -> str:
    logs = sorted(home.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
    return "".join(f"\n{path.read_text(errors='replace')[-LOG_TAIL_BYTES:]}" for path in logs[-2:])
