"""WordPress itself, with MariaDB, on this machine: a blog, its admin, and readers who comment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from inbox.connectors.base import Access
from tests.networks.installed import installed, programs
from tests.networks.processes import started, until
from tests.servers import free_port

START_SECONDS = 60
CONFIG = Path(__file__).resolve().parent / "wordpress-config.php"
_SCHEMA = """
CREATE DATABASE wp CHARACTER SET utf8mb4;
CREATE USER wp@'127.0.0.1' IDENTIFIED BY 'wp';
CREATE USER wp@localhost IDENTIFIED BY 'wp';
GRANT ALL ON wp.* TO wp@'127.0.0.1', wp@localhost;
"""
_NEW_PASSWORD = """
require $argv[1] . '/wp-load.php';
$made = WP_Application_Passwords::create_new_application_password(
    (int) $argv[2], ['name' => 'crossdesk ' . uniqid()]);
echo $made[0];
"""
_NEW_COMMENTS = """
require $argv[1] . '/wp-load.php';
$new = json_decode($argv[2], true);
foreach ($new['texts'] as $text) {
    $number = wp_insert_comment(wp_slash(['comment_post_ID' => $new['post'],
        'comment_parent' => $new['parent'], 'comment_content' => $text,
        'comment_author' => 'Ana Reader', 'comment_author_email' => uniqid() . '@example.com',
        'comment_date_gmt' => $new['at'], 'comment_date' => $new['at'], 'comment_approved' => 0]));
    if ($new['status'] !== 'hold') {
        wp_set_comment_status($number, $new['status']);
    }
    echo $number, ' ';
}
"""
# A blog takes no two comments of one address within 15 seconds.
_TIME_PASSES = """
require $argv[1] . '/wp-load.php';
$wpdb->query('UPDATE wp_comments SET comment_date_gmt = comment_date_gmt - INTERVAL 1 MINUTE');
"""
_NEW_USER = """
require $argv[1] . '/wp-load.php';
echo wp_insert_user(['user_login' => $argv[2], 'user_pass' => $argv[3], 'role' => $argv[4]]);
"""


@dataclass(frozen=True, slots=True)
class Blog:
    """A running blog; the admin is user 1."""

    url: str
    root: Path
    database_port: int
    password: str = field(default="", repr=False)

    def php(self, script: str, *arguments: str) -> str:
        """Run a script inside the blog."""
        found = subprocess.run(
            [_path_of("php"), "-r", script, "--", str(self.root), *arguments],
            check=True, text=True, capture_output=True, timeout=60,
            env=os.environ | {"BLOG_DB_PORT": str(self.database_port)},
        )  # fmt: skip
        return found.stdout.strip()

    def user(self, role: str) -> tuple[str, str]:
        """A new user of that role, with an application password."""
        name = f"{role}{uuid4().hex[:6]}"
        number = self.php(_NEW_USER, name, uuid4().hex, role)
        return name, self.php(_NEW_PASSWORD, number)

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """Call the blog's API as its admin."""
        answer = httpx.request(
            method, f"{self.url}/wp-json/wp/v2/{path}", auth=("admin", self.password), timeout=30,
            **content,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()

    def article(self, title: str = "News") -> dict[str, Any]:
        """A published post of the blog."""
        content = {"title": title, "content": f"<p>{title}.</p>", "status": "publish"}
        made: dict[str, Any] = self.ask("POST", "posts", json=content)
        return made

    def comment(
        self, text: str, article: dict[str, Any], *, under: int = 0, status: str = "hold"
    ) -> int:
        """The number of a reader's new comment; `status` is hold, approve, spam or trash."""
        (number,) = self.comments([text], article, under=under, status=status)
        return number

    def comments(
        self,
        texts: list[str],
        article: dict[str, Any],
        *,
        under: int = 0,
        status: str = "hold",
        at: datetime | None = None,
    ) -> list[int]:
        """The numbers of new comments of as many readers."""
        new = {
            "post": article["id"], "parent": under, "texts": texts, "status": status,
            "at": f"{at or datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        return [int(one) for one in self.php(_NEW_COMMENTS, json.dumps(new)).split()]

    def write(self, text: str, article: dict[str, Any], *, email: str) -> httpx.Response:
        """A stranger fills in the form under an article, a while after the last one did."""
        self.php(_TIME_PASSES)
        form = {"comment": text, "author": "Stranger", "email": email, "url": "",
                "comment_post_ID": article["id"], "comment_parent": 0}  # fmt: skip
        return httpx.post(f"{self.url}/wp-comments-post.php", data=form, timeout=30)

    def access(self, url: str = "", **changes: Any) -> Access:
        """How the connector speaks for the admin; what is not found is certain at once."""
        secrets = {"application_password": changes.pop("password", self.password)}
        own = {"user": "admin", "account_id": "1", "settle_seconds": "0"}
        return Access(
            url or self.url, settings=own | changes.pop("settings", {}), secrets=secrets,
            own_ids=frozenset({"1"}), allow_private=True, **changes,
        )  # fmt: skip


@contextmanager
def running() -> Iterator[Blog]:
    """A new blog on free ports.

    Raises `MissingError` when this machine lacks something that it needs.
    """
    programs("php", "mariadbd", "mariadb-install-db")
    root = installed("wordpress") / "root" / "usr" / "share" / "wordpress"
    shutil.copy(CONFIG, root / "wp-config.php")
    folder = Path(tempfile.mkdtemp(prefix="crossdesk-blog-"))
    try:
        with _database(folder) as database_port:
            yield from _served(root, folder, database_port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _served(root: Path, folder: Path, database_port: int) -> Iterator[Blog]:
    port = free_port()
    log = folder / "php.log"
    serve = ["php", "-d", "sendmail_path=/bin/true", "-S", f"127.0.0.1:{port}", "-t", str(root)]
    environment = {"PHP_CLI_SERVER_WORKERS": "4", "BLOG_DB_PORT": str(database_port)}
    with started(serve, log=log, cwd=root, environment=environment) as process:
        blog = Blog(f"http://127.0.0.1:{port}", root, database_port)
        until(lambda: _answers(blog.url), process, log, seconds=START_SECONDS)
        _set_up(blog)
        yield Blog(blog.url, root, database_port, blog.php(_NEW_PASSWORD, "1"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/wp-admin/install.php", timeout=30).is_success
    except httpx.HTTPError:
        return False


def _set_up(blog: Blog) -> None:
    form = {
        "weblog_title": "Kestrel", "user_name": "admin", "admin_password": "admin-password",
        "admin_password2": "admin-password", "pw_weak": "on", "admin_email": "a@example.com",
        "blog_public": "0", "Submit": "Install",
    }  # fmt: skip
    answer = httpx.post(f"{blog.url}/wp-admin/install.php?step=2", data=form, timeout=60)
    if not re.search("Success", answer.text):
        raise RuntimeError(f"WordPress was not installed: {answer.text[-1000:]}")


@contextmanager
def _database(folder: Path) -> Iterator[int]:
    """A MariaDB of its own, with what it starts with written before it listens."""
    port = free_port()
    data, schema = folder / "data", folder / "schema.sql"
    schema.write_text(_SCHEMA)
    make = [
        "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
        "--auth-root-authentication-method=normal", *_as_nobody(folder),
    ]  # fmt: skip
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    serve = [
        _path_of("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}",
        "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}", f"--init-file={schema}",
        "--innodb-flush-log-at-trx-commit=0", "--pid-file", str(folder / "pid"),
        *_as_nobody(folder),
    ]  # fmt: skip
    log = folder / "mariadb.log"
    with started(serve, log=log) as process:
        until(
            lambda: "ready for connections" in log.read_text(), process, log, seconds=START_SECONDS
        )
        yield port


def _as_nobody(folder: Path) -> list[str]:
    """MariaDB refuses to run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["--user=nobody"]


def _path_of(program: str) -> str:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or program
