"""A sender as other systems are: it signs with the scheme's own library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from standardwebhooks import Webhook

from inbox.models import Channel, Post
from inbox.services.waiting import set_aside, turn

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_post(external_id: str = "p1", /, **also: Any) -> dict[str, Any]:
    """One post as a sender writes it."""
    return {
        "external_id": external_id,
        "text": "My parcel arrived crushed.",
        "posted_at": "2026-03-01T11:59:00+00:00",
        "author": {"external_id": "u1", "handle": "sam", "name": "Sam Poe"},
    } | also


def body_of(posts: Iterable[Any]) -> bytes:
    """A delivery of `posts`."""
    return json.dumps({"posts": list(posts)}).encode()


def headers_of(
    secret: str, body: bytes, *, at: datetime | None = None, key: str = ""
) -> dict[str, str]:
    """The three headers, by the library."""
    at, key = at or datetime.now(UTC), key or f"msg_{uuid4().hex}"
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, at, body.decode()),
    }


def deliver(
    client: Client, channel: Channel, body: bytes, *, headers: dict[str, str] | None = None
) -> Any:
    """Post `body` to the channel's address, signed unless `headers` say otherwise."""
    sent = headers_of(channel.secret, body) if headers is None else headers
    return client.post(
        f"/webhooks/{channel.pk}/", body, content_type="application/json", headers=sent
    )


@contextmanager
def busy(channel: Channel) -> Iterator[None]:
    """Another delivery of the channel is being taken in."""
    with turn(channel, posts=1, has_waiting=False) as is_now:
        assert is_now
        yield


def names() -> list[str]:
    """The posts that were taken in."""
    return sorted(Post.objects.values_list("external_id", flat=True))


def keep(channel: Channel, *posts: str) -> None:
    """Let a delivery wait for each of `posts`."""
    for name in posts:
        set_aside(channel=channel, headers={}, body=body_of([a_post(name)]))
