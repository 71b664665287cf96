"""The Bluesky network's own software on this machine, and people who write on it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import psycopg
from django.conf import settings

from inbox.connectors.base import Access
from tests.networks.installed import MissingError, installed, programs
from tests.networks.processes import started, until
from tests.servers import free_port

FOLDER = Path(__file__).resolve().parent
START_SECONDS = 150
PRELOADED = ("loopback.cjs", "embedded.cjs")
POST = "app.bsky.feed.post"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class BlueskyNetwork:
    """A running network: `url` is its personal data server, which connectors ask."""

    url: str
    control: str

    def sync(self) -> None:
        """Return when the app view has read all that was written."""
        httpx.post(f"{self.control}/sync", timeout=30).raise_for_status()

    def person(self, name: str) -> Person:
        """Somebody new with an account, signed in."""
        handle = f"{name}{next(_numbers)}{uuid4().hex[:4]}.test"
        account = {"handle": handle, "email": f"{handle}@example.com", "password": f"pw-{handle}"}
        made = httpx.post(
            f"{self.url}/xrpc/com.atproto.server.createAccount", json=account, timeout=30
        )
        made.raise_for_status()
        return Person(self, handle, made.json()["did"], made.json()["accessJwt"])


@dataclass(frozen=True, slots=True)
class Person:
    """One account, used as the network's own app would."""

    network: BlueskyNetwork
    handle: str
    did: str
    token: str = field(repr=False)

    def ask(self, method: str, name: str, **content: Any) -> Any:
        """Call the network in this person's name."""
        answer = httpx.request(
            method, f"{self.network.url}/xrpc/{name}", timeout=30,
            headers={"Authorization": f"Bearer {self.token}"}, **content,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def post(
        self,
        text: str,
        *,
        under: dict[str, Any] | None = None,
        mentions: Person | None = None,
        quotes: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Write a post; returns its `uri` and `cid`, and its thread's `root`."""
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": _now(), **more}
        root: dict[str, str] = {}
        if under:
            root = under.get("root") or _reference(under)
            record["reply"] = {"root": root, "parent": _reference(under)}
        if mentions:
            record["text"] = f"@{mentions.handle} {text}"
            index = {"byteStart": 0, "byteEnd": len(mentions.handle) + 1}
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mentions.did}
            record["facets"] = [{"index": index, "features": [feature]}]
        if quotes:
            record["embed"] = {"$type": "app.bsky.embed.record", "record": _reference(quotes)}
        return self.create(POST, record) | ({"root": root} if root else {})

    def create(self, collection: str, record: dict[str, Any]) -> dict[str, Any]:
        """Write a record of any kind."""
        content = {"repo": self.did, "collection": collection, "record": record}
        made: dict[str, Any] = self.ask("POST", "com.atproto.repo.createRecord", json=content)
        return made

    def remove(self, post: dict[str, Any]) -> None:
        """Delete a record of one's own."""
        _, _, _, collection, key = post["uri"].split("/")
        place = {"repo": self.did, "collection": collection, "rkey": key}
        self.ask("POST", "com.atproto.repo.deleteRecord", json=place)

    def posts(self) -> list[dict[str, Any]]:
        """All posts of this account, as its own server has them."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"repo": self.did, "collection": POST, "limit": 100}
        while True:
            page = self.ask("GET", "com.atproto.repo.listRecords", params=query)
            found += page["records"]
            if not page.get("cursor"):
                return found
            query["cursor"] = page["cursor"]

    def app_password(self) -> str:
        """A new app password."""
        made = self.ask(
            "POST", "com.atproto.server.createAppPassword", json={"name": uuid4().hex[:12]}
        )
        return str(made["password"])

    def access(self, url: str = "", **changes: Any) -> Access:
        """How the connector speaks for this account; what is not found is certain at once."""
        own = {"handle": self.handle, "account_id": self.did, "settle_seconds": "0"}
        secrets = {"app_password": self.app_password()}
        # As a channel does: a session is opened once, for opening one takes the network long.
        changes.setdefault("renewed", secrets.update)
        return Access(
            url or self.network.url,
            settings=own | changes.pop("settings", {}),
            secrets=secrets,
            own_ids=frozenset({self.did, self.handle}),
            allow_private=True,
            **changes,
        )


def _reference(post: dict[str, Any]) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


@contextmanager
def running() -> Iterator[BlueskyNetwork]:
    """The network on free ports, with a database and a Redis of its own.

    Raises `MissingError` when this machine lacks something that it needs.
    """
    programs("node", "redis-server")
    modules = installed("bluesky") / "node_modules"
    ports = [free_port() for _ in range(5)]
    redis = free_port()
    folder = Path(tempfile.mkdtemp(prefix="crossdesk-redis-"))
    serve = [
        "redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "",
        "--dir", str(folder),
    ]  # fmt: skip
    try:
        with _database() as url, started(serve, log=folder / "redis.log"):
            environment = {
                "PORTS": ",".join(map(str, ports)), "NODE_PATH": str(modules),
                "DB_POSTGRES_URL": url, "REDIS_HOST": f"127.0.0.1:{redis}", "LOG_ENABLED": "false",
            }  # fmt: skip
            preloaded = [part for name in PRELOADED for part in ("-r", str(FOLDER / name))]
            command = ["node", *preloaded, str(FOLDER / "network.cjs")]
            log = folder / "network.log"
            with started(command, log=log, environment=environment) as process:
                until(lambda: "READY" in log.read_text(), process, log, seconds=START_SECONDS)
                yield BlueskyNetwork(f"http://localhost:{ports[1]}", f"http://127.0.0.1:{ports[4]}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database() -> Iterator[str]:
    """The address of a fresh database beside the tests' own."""
    where = settings.DATABASES["default"]
    name = f"bsky_{uuid4().hex[:12]}"
    given = {"host": where["HOST"], "port": where["PORT"], "user": where["USER"],
             "password": where["PASSWORD"], "dbname": "postgres"}  # fmt: skip
    options = {key: value for key, value in given.items() if value}
    with psycopg.connect(autocommit=True, **options) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        user = f"{quote(str(where['USER']), safe='')}:{quote(str(where['PASSWORD']), safe='')}"
        host, port = str(where["HOST"] or "localhost"), where["PORT"] or 5432
        try:
            if host.startswith("/"):
                yield f"postgresql://{user}@localhost:{port}/{name}?host={quote(host, safe='')}"
            else:
                yield f"postgresql://{user}@{host}:{port}/{name}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


__all__ = ["BlueskyNetwork", "MissingError", "Person", "running"]
