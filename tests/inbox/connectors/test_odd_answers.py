"""Whatever a network answers when it is asked, asking ends well: posts, or a failure of its."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.base import Access, Network
from inbox.connectors.bluesky import Bluesky
from inbox.connectors.errors import NetworkError
from inbox.connectors.mastodon import Mastodon
from inbox.connectors.types import OutgoingPost
from inbox.connectors.wordpress import WordPress
from tests.networks.stub import Answer, Asked, Stub, running

pytestmark = pytest.mark.integration
NETWORKS = [Bluesky(), Mastodon(), WordPress()]
ODD: list[Any] = [
    None, 7, "x", [], {}, [None, 7, "x", [], {}], b"<html>", b"\xff", {"id": 1, "account": []},
    {"notifications": 7, "feed": 7, "posts": 7, "thread": 7}, {"feed": [{"post": 7}, None]},
    {"notifications": [None, {"reason": "mention", "uri": []}], "posts": [None, {"uri": 7}]},
    {"thread": {"post": {"uri": 5, "author": 7, "record": []}, "replies": [None, 7]}},
    {"ancestors": 7}, {"post": "x", "content": 7, "status": []}, [{"id": [], "status": 7}],
]  # fmt: skip


class Odd:
    """A server that answers everything alike."""

    body: Any = None

    def answer(self, asked: Asked) -> Answer:
        return Answer(body=self.body)


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with running(Odd()) as found:
        yield found


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.slug)
def test_any_answer_is_read_or_a_failure_of_the_network(
    network: Network, stub: Stub, body: Any
) -> None:
    stub.network.body = body  # type: ignore[attr-defined]
    own = {"account_id": "1", "handle": "a", "user": "a", "searches": "a", "settle_seconds": "0"}
    secrets = {"access_jwt": "a", "refresh_jwt": "b", "app_password": "c", "access_token": "d"}
    access = Access(stub.url, own, secrets, allow_private=True)
    now = datetime.now(UTC)
    out = OutgoingPost("Hi", "at://a/app.bsky.feed.post/b" if network.slug == "bluesky" else "7")
    stage = "own" if network.slug == "mastodon" else 1
    asking: list[Callable[[], object]] = [
        lambda: network.identify(access),
        lambda: network.fetch(access, network.cursor_since(now)),
        lambda: network.fetch(access, {"since": now.isoformat(), "stage": stage}),
        lambda: network.thread(access, out.in_reply_to),
        lambda: network.gone(access, [out.in_reply_to]),
        lambda: network.publish(access, out, idempotency_key="k"),
        lambda: network.find_published(access, out, idempotency_key="k", since=now),
    ]
    for ask in asking:
        with suppress(NetworkError):
            ask()
