"""A network that exists only in memory, for tests that are not about any real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from inbox.connectors import base
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.errors import Expired, NetworkError
from inbox.connectors.types import IncomingPost, Page

TOKEN = "right-token"
NAMES = ("town", "village")
KESTREL = Identity("page-1", handle="kestrel", name="Kestrel in town")


@dataclass
class Town(Network):
    """One page, one token, and the posts on it; `fault` is what it answers with instead."""

    slug = "town"
    label = "Town square"
    base_url = "https://town.example"
    capabilities = Capabilities(
        polling=True, reply=True, missing={"edit": "The town square keeps what was said."}
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("page", "Page", "The name in the page's address."),
        Field("token", "Token", is_secret=True),
    )
    posts: list[IncomingPost] = field(default_factory=list)
    fault: NetworkError | None = None
    identity: Identity = KESTREL

    def identify(self, access: Access) -> Identity:
        if self.fault is not None:
            raise self.fault
        if access.secrets.get("token") != TOKEN:
            raise Expired("answers 401: no such token")
        return self.identity

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        since = datetime.fromisoformat(cursor["since"])
        return Page(tuple(p for p in self.posts if p.posted_at and p.posted_at >= since), cursor)


@dataclass
class Village(Town):
    """The same, connected by signing in."""

    slug = "village"
    label = "Village green"
    capabilities = Capabilities(polling=True, sign_in=True)
    fields = (Field("page", "Page"),)
    seen: list[Mapping[str, str]] = field(default_factory=list)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        return f"https://village.example/in?state={state}&c={challenge}", {"client": "abc"}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        if code != "good-code":
            raise Expired("answers 400: the code is not valid")
        self.seen.append({"client": access.secrets["client"], "verifier": verifier})
        return {"token": TOKEN}


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, Any]]:
    """The connectors, with the two of this module found by entry point as any other."""
    more = [EntryPoint(name, f"tests.towns:{name.title()}", base.GROUP) for name in NAMES]
    monkeypatch.setattr(base, "BUILT_IN", (*base.BUILT_IN, *more))
    base.connectors.cache_clear()
    yield base.connectors()
    base.connectors.cache_clear()


@pytest.fixture
def town(networks: Mapping[str, Any]) -> Town:
    found: Town = networks["town"]
    return found


@pytest.fixture
def village(networks: Mapping[str, Any]) -> Village:
    found: Village = networks["village"]
    return found
