"""A page whose past is told newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import Access
from inbox.connectors.errors import NetworkError
from inbox.connectors.types import IncomingAuthor, IncomingPost, Page
from inbox.models import Backfill, Channel
from inbox.services import backfills, connecting
from tests.towns import TOKEN, Town

SIZE = 3


def said(name: str, ago: timedelta, **more: Any) -> IncomingPost:
    """A stranger's post of so long ago."""
    author = more.pop("author", IncomingAuthor(f"u-{name}", handle=name))
    at = timezone.now() - ago
    return IncomingPost(name, text=f"Post {name}", posted_at=at, author=author, **more)


class Past:
    """What the town tells of its past; `faults` come instead of the next pages."""

    def __init__(self, town: Town) -> None:
        self.posts: list[IncomingPost] = []
        self.faults: list[NetworkError | None] = []
        self.asked: list[Mapping[str, Any]] = []
        town.fetch = self.fetch  # type: ignore[method-assign]

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        self.asked.append(cursor)
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        start = cursor.get("at", 0)
        newest_first = sorted(self.posts, key=lambda post: post.posted_at, reverse=True)  # type: ignore[arg-type, return-value]
        page = tuple(newest_first[start : start + SIZE])
        return Page(page, {**cursor, "at": start + SIZE}, has_more=start + SIZE < len(self.posts))


@pytest.fixture
def square(town: Town, admin: User) -> Channel:
    """The connected page on the town square, read from now on."""
    channel = connecting.begin(
        network=town, name="Square", values={"page": "kestrel", "token": TOKEN}, by=admin
    )
    connecting.remember(channel=channel, identity=town.identity, by=admin)
    return connecting.finish(channel=channel, by=admin)


@pytest.fixture
def past(town: Town) -> Past:
    """Ten posts, one a day."""
    found = Past(town)
    found.posts = [said(f"p{n}", timedelta(days=n, hours=1)) for n in range(10)]
    return found


@pytest.fixture
def task(square: Channel, past: Past, admin: User) -> Backfill:
    """A back-fill over thirty days."""
    since = timezone.now() - timedelta(days=30)
    return backfills.begin(channel=square, since=since, most=1000, expected=12, by=admin)
