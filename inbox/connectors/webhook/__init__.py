"""The signed webhook: JSON deliveries of any system that can sign them, and replies back to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.types import Delivery, OutgoingPost, Published
from inbox.connectors.webhook import replying
from inbox.connectors.webhook.parsing import MOST_POSTS, parse_delivery, parse_post, raws_of

__all__ = ["MOST_POSTS", "Webhook", "parse_delivery", "parse_post", "raws_of"]

_NOT_SAID = "The receiver does not say that it can."


class Webhook(Network):
    """Takes deliveries whose format is ours, and sends replies: docs/channels/webhook.md.

    What can be done depends on the channel: without an address for replies it only takes in.
    """

    slug = "webhook"
    label = "Signed webhook"
    has_account = False
    capabilities = Capabilities(
        deliveries=True,
        missing=dict.fromkeys(
            ("reply", "private_reply", "edit", "delete", "media"),
            "This channel only listens: an admin can give it an address for replies.",
        ),
    )
    fields = (
        Field("reply_url", "Address for replies", is_required=False),
        Field("reply_secret", "Secret of that address", is_secret=True, is_required=False),
    )

    def able(self, settings: Mapping[str, str]) -> Capabilities:
        """What the receiver at the address for replies can do, if there is one."""
        if not settings.get("reply_url"):
            return self.capabilities
        told = replying.supports(settings)
        able: dict[str, Any] = {
            "private_reply": "private" in told,
            "edit": "edit" in told,
            "delete": "delete" in told,
            "media": replying.MOST_UPLOADS if "attachments" in told else 0,
        }
        missing = {name: _NOT_SAID for name, is_able in able.items() if not is_able}
        missing |= dict.fromkeys(("hide", "like"), "Other systems are only told of replies.")
        return replace(self.capabilities, reply=True, missing=missing, **able)

    def limit_for(self, settings: Mapping[str, str], *, is_message: bool) -> int | None:
        """What the receiver said, of posts and of messages."""
        return replying.longest(settings)

    def identify(self, access: Access) -> Identity:
        """Greet the receiver, and learn what it can do."""
        return replying.identify(access)

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a body. Raises `ParseError` when not even its posts can be told apart."""
        return parse_delivery(body)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Send `out`; the same key again is the same webhook-id, which is done once."""
        return replying.publish(access, out, idempotency_key)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """What the receiver has under the key; None also when sending again is harmless."""
        return replying.find_published(access, idempotency_key)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Tell the new words."""
        return replying.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Tell that it is to go."""
        replying.delete(access, external_id)
