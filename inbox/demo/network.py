"""What a post looks like on its network: its id, its address, what it hangs under."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from inbox.connectors.types import IncomingPost, Verb
from inbox.demo.content import DemoChannel


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a channel tells us; `expected` is the department it concerns, "" when unclear.

    `expected` is for measuring and for the people of the demo; routing never sees it.
    """

    channel: str
    post: IncomingPost
    expected: str

    @property
    def at(self) -> datetime:
        """When it happened on the network."""
        at = self.post.edited_at or self.post.posted_at
        assert at is not None, self.post.external_id  # noqa: S101 - the generator always sets it
        return at

    @property
    def is_new(self) -> bool:
        """True for a post, False for an edit, a deletion or a count."""
        return self.post.verb is Verb.ADD and self.post.edited_at is None


class Ids:
    """Ids that look like each network's own; never the same twice for different scopes."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self._count = 0

    def next(self, channel: DemoChannel, at: datetime, kind: str) -> str:
        """A new id for a post of `kind` written at `at`."""
        self._count += 1
        digest = blake2b(f"{self.scope}:{self._count}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest)
        match channel.network:
            case "x" | "mastodon":
                return (
                    str(int(at.timestamp() * 1000) << 22 | number & 0x3FFFFF) + f"{number % 997:03}"
                )
            case "facebook":
                return f"884100271_{number}"
            case "youtube":
                return "Ug" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
            case "reddit":
                return ("t3_" if kind == "post" else "t1_") + f"{number:x}"
            case _:
                return f"{channel.key[0]}{number}"


def address_of(channel: DemoChannel, external_id: str) -> str:
    """Where the post can be read on its network."""
    return f"{channel.url}/p/{external_id}"


def claimed_language(channel: DemoChannel, language: str) -> str:
    """What the network itself says about the language."""
    return language if channel.tells_language else ""
