"""The demo's networks: invented, each with the manners of the real one, and nobody on them.

What is published reaches no one: it gets an id, and the thread shows it as it would the real one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b

from inbox.connectors import webhook
from inbox.connectors.base import Access, Capabilities, Identity, Network
from inbox.connectors.errors import Unsupported
from inbox.connectors.types import Delivery, OutgoingPost, Published
from inbox.connectors.x import length

_ADDRESS = re.compile(r"https?://\S+")


class Invented(Network):
    """What all invented networks share."""

    is_invented = True
    capabilities = Capabilities(
        reply=True, private_reply=True, edit=True, delete=True, hide=True, like=True, media=4
    )

    def identify(self, access: Access) -> Identity:
        """The page, as the demo names it."""
        own = sorted(access.own_ids)
        return Identity(own[0] if own else "demo", name="Demo")

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read what was kept and repaired; nothing is delivered from outside."""
        return webhook.parse_delivery(body)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """The same key is the same post, however often it is said."""
        digest = blake2b(idempotency_key.encode(), digest_size=8).hexdigest()
        return Published(f"demo-{digest}", published_at=datetime.now(UTC))

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Nothing is kept, so that nothing can be found; saying it again is the same post."""
        return None

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Nobody reads it there."""
        return Published(external_id)

    def delete(self, access: Access, external_id: str) -> None:
        """There is nothing to remove."""

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Nobody could see it."""

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Nobody counts."""


class DemoFacebook(Invented):
    slug = "demo-facebook"
    label = "Facebook (invented)"
    length_limit = 8_000


class DemoInstagram(Invented):
    slug = "demo-instagram"
    label = "Instagram (invented)"
    capabilities = Capabilities(
        reply=True,
        private_reply=True,
        delete=True,
        hide=True,
        missing={
            "edit": "Instagram changes no comment; delete it and write another.",
            "media": "Instagram takes no pictures in comments.",
        },
    )
    length_limit = 2_200


class DemoX(Invented):
    slug = "demo-x"
    label = "X (invented)"
    capabilities = Capabilities(
        reply=True,
        private_reply=True,
        delete=True,
        hide=True,
        like=True,
        media=4,
        missing={"edit": "X changes posts only for accounts with a subscription."},
    )
    length_limit = length.LONGEST

    def length_of(self, text: str) -> int:
        """As X counts."""
        return length.length_of(text)


class DemoMastodon(Invented):
    slug = "demo-mastodon"
    label = "Mastodon (invented)"
    length_limit = 500

    def length_of(self, text: str) -> int:
        """As Mastodon counts: any web address is 23 characters."""
        return len(_ADDRESS.sub(23 * "x", text))


class DemoYouTube(Invented):
    slug = "demo-youtube"
    label = "YouTube (invented)"
    capabilities = Capabilities(
        reply=True,
        edit=True,
        delete=True,
        hide=True,
        missing={
            "private_reply": "YouTube has no private messages.",
            "media": "YouTube takes no pictures in comments.",
        },
    )
    length_limit = 10_000


class DemoReddit(Invented):
    slug = "demo-reddit"
    label = "Reddit (invented)"
    capabilities = Capabilities(
        reply=True,
        private_reply=True,
        edit=True,
        delete=True,
        missing={"media": "Reddit takes no pictures in comments sent by a program."},
    )
    length_limit = 10_000

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Nobody finds anything here, so that people see how an uncertain reply is settled."""
        raise Unsupported("search")


class DemoBlog(Invented):
    slug = "demo-blog"
    label = "Blog (invented)"
    capabilities = Capabilities(
        reply=True,
        edit=True,
        delete=True,
        hide=True,
        missing={
            "private_reply": "Who comments on a blog has no inbox there.",
            "media": "Comments of the blog are words only.",
        },
    )


# By what the demo's channels call their network.
BY_NETWORK: Mapping[str, type[Invented]] = {
    one.slug.removeprefix("demo-"): one
    for one in (
        DemoFacebook,
        DemoInstagram,
        DemoX,
        DemoMastodon,
        DemoYouTube,
        DemoReddit,
        DemoBlog,
    )
}
