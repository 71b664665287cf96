"""All processes under one command: they start, they answer, they end together."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Self

import httpx
import psutil
import pytest

from config.embedded.home import MAJOR
from config.serve import answers
from tests.config.checkouts import REPOSITORY, Checkout, checkout_in, open_folder, wheel
from tests.database import copied

# The first start trains a classifier.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Servers:
    """`make run` in a folder of its own."""

    def __init__(self, checkout: Checkout) -> None:
        self.port, self.live_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "DATABASE_URL": "",
            "DEBUG": "0",
            "SECRET_KEY": "k" * 50,
            "VAR_DIR": str(checkout.var),
            "PORT": str(self.port),
            "LIVE_PORT": str(self.live_port),
            "WEB_WORKERS": "1",
            # Encoding the corpus takes longer than all the rest, and others test it.
            "ROUTING_ENCODER": "none",
        }
        self.process = self.start()

    def __enter__(self) -> Self:
        """Read what they say up to the announcement."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if "Crossdesk answers at" in line:
                return self
        self.__exit__()
        raise AssertionError(said)

    def __exit__(self, *_: object) -> None:
        for process in self.family():
            process.kill()
        if self.process.poll() is None:
            self.process.communicate(timeout=30)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "setup", "--serve"],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def family(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    """One folder for all starts: only the first has a classifier to train.

    Its tables are there: that migrations run from nothing is what every test begins with.
    """
    with open_folder() as folder, checkout_in(folder / "desk") as checkout:
        checkout.started()
        copied(wheel() / f"pginstall{MAJOR}" / "bin", checkout.address)
        yield checkout


@pytest.fixture(scope="module")
def started(checkout: Checkout) -> Iterator[Servers]:
    with Servers(checkout) as servers:
        yield servers


@pytest.fixture
def servers(started: Servers) -> Servers:
    """Running, again if a test has ended them."""
    if started.process.poll() is not None:
        started.process = started.start()
        started.__enter__()
    return started


def test_pages_carry_the_headers_of_production(servers: Servers) -> None:
    headers = httpx.get(f"{servers.address}/accounts/login/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert f"http://127.0.0.1:{servers.live_port}" in policy
    assert "unsafe-eval" not in policy


def test_static_files_are_hashed_compressed_and_kept(servers: Servers) -> None:
    page = httpx.get(f"{servers.address}/accounts/login/").text
    style = re.search(r'href="(/static/crossdesk\.[0-9a-f]{12}\.css)"', page)
    assert style, page[:500]
    answer = httpx.get(servers.address + style[1], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]


def test_a_wrong_host_is_refused_without_a_traceback(servers: Servers) -> None:
    answer = httpx.get(f"{servers.address}/accounts/login/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_second_start_names_the_taken_port(servers: Servers) -> None:
    second = servers.start()
    said, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"Port {servers.port} on 127.0.0.1 cannot be used" in said
    assert "Traceback" not in said


def test_ctrl_c_ends_all_processes_and_the_idle_database(
    checkout: Checkout, servers: Servers
) -> None:
    family = servers.family()
    assert len(family) >= 7
    servers.process.send_signal(signal.SIGINT)
    said, _ = servers.process.communicate(timeout=60)
    assert servers.process.returncode == 0, said
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not answers(servers.address)
    assert not (checkout.home.data / "postmaster.pid").exists()
