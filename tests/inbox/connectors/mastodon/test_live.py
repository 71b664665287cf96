"""A real server of Mastodon's API, when the environment names one with two accounts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inbox.connectors.base import Access
from inbox.connectors.mastodon import Mastodon
from inbox.connectors.types import IncomingPost, OutgoingPost

NAMED = ("MASTODON_TEST_URL", "MASTODON_TEST_TOKEN", "MASTODON_TEST_OTHER_TOKEN")
URL, TOKEN, OTHER = (os.environ.get(name, "") for name in NAMED)
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not (URL and TOKEN and OTHER), reason=f"Not set: {', '.join(NAMED)}"),
]
mastodon = Mastodon()
DELIVERY_SECONDS = 30  # some servers take ten to tell of a mention


@pytest.fixture(scope="module")
def access() -> Access:
    token = {"access_token": TOKEN}
    found = mastodon.identify(Access(URL, secrets=token, allow_private=True))
    settings = {**found.settings, "settle_seconds": "0", "handle": found.handle}
    return Access(URL, settings, token, allow_private=True)


def write(text: str, **content: Any) -> str:
    """The other account writes; returns the id."""
    made = httpx.post(
        f"{URL}/api/v1/statuses", json={"status": text, **content}, timeout=30,
        headers={"Authorization": f"Bearer {OTHER}"},
    )  # fmt: skip
    made.raise_for_status()
    return str(made.json()["id"])


def waited_for(find: Callable[[], IncomingPost | None]) -> IncomingPost:
    deadline = time.monotonic() + DELIVERY_SECONDS
    while (found := find()) is None:
        assert time.monotonic() < deadline, "It does not come in."
        time.sleep(1)
    return found


def come_in(access: Access, word: str) -> IncomingPost | None:
    cursor: Any = mastodon.cursor_since(datetime.now(UTC) - timedelta(hours=1))
    for _ in range(10):
        page = mastodon.fetch(access, cursor)
        for post in page.posts:
            if word in post.text and not post.is_own:
                return post
        cursor = page.cursor
        if not page.has_more:
            return None
    return None


@pytest.mark.parametrize("visibility", ["public", "unlisted", "direct"])
def test_a_mention_is_answered_once_and_as_privately_as_it_came(
    access: Access, visibility: str
) -> None:
    word = uuid4().hex
    write(f"@{access.settings['handle']} help {word}", visibility=visibility)
    post = waited_for(lambda: come_in(access, word))
    out = OutgoingPost(f"Sorry {word}", post.external_id, kind=post.kind, details=post.details)
    said = mastodon.publish(access, out, idempotency_key=word)
    since = datetime.now(UTC) - timedelta(minutes=1)
    found = mastodon.find_published(access, out, idempotency_key=word, since=since)
    assert found is not None
    assert found.external_id == said.external_id
    assert said.details["visibility"] == visibility
    thread = {one.external_id for one in mastodon.thread(access, post.external_id).posts}
    assert {post.external_id, said.external_id} <= thread
    mastodon.delete(access, said.external_id)
