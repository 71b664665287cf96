"""The embedded database: private, quick to find again, hard to confuse."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import psycopg
import pytest

from config import embedded
from config.embedded import server
from tests.config.checkouts import (
    NOBODY,
    REPOSITORY,
    Checkout,
    checkout_in,
    connect_with,
    copy_of_the_wheel,
    open_folder,
    permissions,
    wheel,
)

pytestmark = pytest.mark.integration
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def running() -> Iterator[Checkout]:
    with open_folder() as folder, checkout_in(folder / "one") as checkout:
        yield checkout.started()


@pytest.fixture
def fresh() -> Iterator[Checkout]:
    with open_folder() as folder, checkout_in(folder / "desk") as checkout:
        yield checkout


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_no_permission_changes_outside_the_data_folder() -> None:
    with open_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        inside = (wheel(), *(path for path in wheel().rglob("*") if path.is_dir()))
        with checkout_in(folder / "closed" / "desk") as checkout:
            watched = (checkout.folder, *inside, Path("/var/lib"), Path("/run"))
            before = permissions(*watched)
            checkout.started()
            assert permissions(*watched) == before


def test_what_is_private_is_private(running: Checkout) -> None:
    home = running.home
    assert mode(home.data) == mode(home.folder / "socket") == mode(home.log) == 0o700
    assert mode(home.folder / "connection.json") == 0o600
    assert mode(home.folder) & 0o007 == 0


def test_the_server_listens_on_its_socket_alone(running: Checkout) -> None:
    assert running.execute("SHOW listen_addresses") == ("",)


@pytest.mark.parametrize("user", ["crossdesk", "postgres"])
@pytest.mark.parametrize("password", [None, "", "guess"])
def test_nobody_connects_without_the_password(
    running: Checkout, user: str, password: str | None
) -> None:
    for dbname in ("crossdesk", "postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect_with(running, user=user, password=password, dbname=dbname)


def test_the_application_is_no_superuser_but_may_create_databases(running: Checkout) -> None:
    row = running.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
    assert row == (False, True)


def test_every_new_database_knows_vectors(running: Checkout) -> None:
    assert running.execute("SELECT '[1,2]'::vector <-> '[1,3]'") == (1.0,)


def test_a_second_start_is_a_connection_to_the_same_server(running: Checkout) -> None:
    pid = running.pid
    began = time.process_time()
    embedded.ensure_running(running.var)
    assert time.process_time() - began < 0.5
    assert running.pid == pid


def test_the_server_lives_in_a_session_of_its_own(running: Checkout) -> None:
    assert os.getsid(running.pid) == running.pid


def test_an_idle_stop_spares_a_server_in_use(fresh: Checkout) -> None:
    fresh.started()
    with server.connect(fresh.home):
        assert not embedded.stop(fresh.var, only_if_idle=True)
    assert embedded.stop(fresh.var, only_if_idle=True)
    assert not server.processes(fresh.home)


def test_two_checkouts_have_two_servers(running: Checkout, fresh: Checkout) -> None:
    fresh.started()
    assert fresh.pid != running.pid
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect_with(running, password=embedded.parameters(fresh.var)["PASSWORD"])


def test_four_processes_at_once_start_one_server(fresh: Checkout) -> None:
    starters = [
        subprocess.Popen(fresh.command("start"), cwd=REPOSITORY, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    outcomes = [starter.communicate(timeout=120)[0] for starter in starters]
    assert all(b'"fault": null' in outcome for outcome in outcomes), outcomes
    family = server.processes(fresh.home)
    pids = {process.pid for process in family}
    assert [p.pid for p in family if p.ppid() not in pids] == [fresh.pid]


def test_it_starts_again_after_a_kill_with_its_data(fresh: Checkout) -> None:
    fresh.started().execute("CREATE TABLE kept AS SELECT 7 AS n")
    fresh.kill()
    fresh.started()
    assert fresh.execute("SELECT n FROM kept") == (7,)


def test_it_starts_again_when_only_the_postmaster_is_killed(fresh: Checkout) -> None:
    first = fresh.started().pid
    with server.connect(fresh.home):
        os.kill(first, 9)
        fresh.started()
    assert fresh.pid != first


def test_a_reused_process_number_does_not_keep_it_from_starting(fresh: Checkout) -> None:
    fresh.started()
    content = (fresh.home.data / "postmaster.pid").read_text()
    killed = str(fresh.pid)
    lock = fresh.home.folder / "socket" / ".s.PGSQL.5432.lock"
    fresh.kill()
    owner = fresh.home.data.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "60"], user=owner) as stranger:
        for path in (fresh.home.data / "postmaster.pid", lock):
            path.write_text(content.replace(killed, str(stranger.pid)))
        fresh.started()
        assert stranger.poll() is None
        stranger.kill()
    assert fresh.execute("SELECT 1") == (1,)


def test_it_comes_back_when_its_socket_was_swept_away(fresh: Checkout) -> None:
    fresh.started()
    shutil.rmtree(fresh.home.folder / "socket")
    fresh.started()
    assert fresh.execute("SELECT 1") == (1,)


def test_a_server_that_is_slow_to_answer_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = MagicMock(side_effect=[psycopg.errors.ConnectionTimeout("expired"), MagicMock()])
    monkeypatch.setattr(server, "connect", asked)
    monkeypatch.setattr(server, "is_running", lambda _home: True)
    assert embedded._accepts(MagicMock())
    assert asked.call_count == 2


def test_a_moved_checkout_keeps_its_database(fresh: Checkout) -> None:
    fresh.started().execute("CREATE TABLE kept AS SELECT 7 AS n")
    embedded.stop(fresh.var)
    fresh.var.rename(fresh.folder / "moved")
    fresh.var = fresh.folder / "moved"
    fresh.started()
    assert fresh.execute("SELECT n FROM kept") == (7,)


def test_a_long_path_gets_a_short_private_socket_folder() -> None:
    with open_folder() as folder, checkout_in(folder / ("long" * 30)) as checkout:
        socket = Path(embedded.parameters(checkout.started().var)["HOST"])
        assert len(str(socket)) < 80
        assert mode(socket) == 0o700
        assert checkout.execute("SELECT 1") == (1,)
        shutil.rmtree(socket)
        checkout.started()
        assert checkout.execute("SELECT 1") == (1,)


@pytest.mark.parametrize("name", ["with space", 'd\'été, "x"', "$HOME `id`"])
def test_any_folder_name_will_do(name: str) -> None:
    with open_folder() as folder, checkout_in(folder / name) as checkout:
        checkout.started()
        assert checkout.execute("SELECT 1") == (1,)


def test_an_interrupted_creation_is_begun_anew(fresh: Checkout) -> None:
    (fresh.var / "postgres" / "data.new" / "base").mkdir(parents=True)
    fresh.started()
    assert fresh.execute("SELECT 1") == (1,)


def test_a_lost_password_file_is_one_sentence(fresh: Checkout) -> None:
    (fresh.started().home.folder / "connection.json").unlink()
    fault = fresh.start()["fault"]
    assert "connection.json" in fault
    assert "make reset-demo" in fault


def test_data_of_another_version_is_one_sentence(fresh: Checkout) -> None:
    fresh.started()
    embedded.stop(fresh.var)
    (fresh.home.data / "PG_VERSION").write_text("17\n")
    assert "was made by PostgreSQL 17" in fresh.start()["fault"]


@as_root
def test_root_behind_a_closed_folder_gets_a_home_elsewhere_and_is_told() -> None:
    with open_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        with checkout_in(folder / "closed" / "desk") as checkout:
            said = " ".join(checkout.start()["said"])
            assert checkout.home.folder.parent == Path("/var/lib")
            assert str(checkout.home.folder) in said
            assert (checkout.var / "postgres").is_symlink()
            assert checkout.execute("SELECT 1") == (1,)
            assert "elsewhere" not in str(checkout.start()["said"])


@as_root
def test_root_copies_programs_that_its_lent_account_cannot_read() -> None:
    with open_folder() as folder:
        package = copy_of_the_wheel(folder / "private")
        (folder / "private").chmod(0o700)
        with checkout_in(folder / "desk") as checkout:
            assert checkout.start(package=package)["fault"] is None
            assert list(checkout.home.folder.glob("programs-*"))


@as_root
def test_the_server_does_not_run_as_root(running: Checkout) -> None:
    assert all(process.uids().effective != 0 for process in server.processes(running.home))


@as_root
def test_an_ordinary_user_runs_it_alone() -> None:
    with open_folder() as folder:
        package = copy_of_the_wheel(folder)
        with checkout_in(folder / "desk") as checkout:
            os.chown(checkout.folder, NOBODY.pw_uid, NOBODY.pw_gid)
            assert checkout.start(package=package, user=NOBODY) == {
                "said": ["Creating the database …"],
                "fault": None,
                "result": None,
            }
            owners = {path.stat().st_uid for path in checkout.home.folder.iterdir()}
            assert owners == {NOBODY.pw_uid}
            assert mode(checkout.home.folder / "connection.json") == 0o600
            # Root may use the same database later, and leaves it to its owner.
            checkout.kill()
            checkout.started()
            assert server.processes(checkout.home)[0].uids().effective == NOBODY.pw_uid


@as_root
def test_another_users_database_is_one_sentence(running: Checkout) -> None:
    with open_folder() as folder:
        fault = running.start(package=copy_of_the_wheel(folder), user=NOBODY)["fault"]
    assert "belongs to another user" in fault


@as_root
@pytest.mark.parametrize("has_to_copy", [False, True], ids=["in place", "copying programs"])
@pytest.mark.parametrize("megabytes", [1, 12, 30])
def test_a_full_disk_is_one_sentence(fresh: Checkout, megabytes: int, has_to_copy: bool) -> None:
    package = copy_of_the_wheel(fresh.folder / "packages")
    if has_to_copy:
        package.parent.chmod(0o700)
    fresh.var.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(fresh.var)]
    if subprocess.run(mount, check=False, capture_output=True, timeout=30).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        fault = fresh.start(package=package)["fault"]
        assert fault is not None
        assert "is full" in fault
        assert "\n" not in fault
    finally:
        fresh.kill() if (fresh.var / "postgres" / "data").exists() else None
        subprocess.run(["/bin/umount", "-l", str(fresh.var)], check=True, timeout=30)
