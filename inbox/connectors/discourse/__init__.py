"""Discourse forums: topics and private messages, by webhook and by asking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.digests import check_hex, digest
from inbox.connectors.discourse import parsing, reading, writing
from inbox.connectors.discourse.client import Client, username_of
from inbox.connectors.errors import Forbidden, Gone, Refused
from inbox.connectors.signature import SignatureError
from inbox.connectors.types import Delivery, IncomingPost, OutgoingPost, Page, Published

HEADER = "X-Discourse-Event-Signature"


class Discourse(Network):
    """One account in one forum."""

    slug = "discourse"
    label = "Discourse forum"
    capabilities = Capabilities(
        deliveries=True,
        polling=True,
        reply=True,
        private_reply=True,
        edit=True,
        delete=True,
        threading=True,
        missing={
            "hide": "Discourse hides posts by its users' flags; moderators decide in the forum.",
            "like": "Likes of a page mean little in a forum and count against its daily limit.",
            "media": "Pictures are put into a post in the forum itself.",
            "stream": "Discourse delivers by webhook.",
        },
    )
    fields = (
        Field("base_url", "Address", "Of the forum: https://forum.example.com"),
        Field("username", "Account", "The name in the forum that answers."),
        Field(
            "api_key",
            "API key",
            "Admin › Advanced › API keys: for this user; scopes topics and posts, or global.",
            is_secret=True,
        ),
        Field(
            "webhook_secret",
            "Webhook secret",
            "As entered at Admin › Advanced › Webhooks. Without one nothing can be delivered.",
            is_secret=True,
            is_required=False,
        ),
    )
    length_limit = writing.LONGEST
    poll_every = timedelta(minutes=10)

    def identify(self, access: Access) -> Identity:
        """The account of the key, and what it may not do."""
        if not access.base_url.startswith(("https://", "http://")):
            raise Refused("needs the address of the forum, with https://")
        client = Client(access)
        found = client.get(f"/u/{username_of(access)}.json")
        user = values.mapping(found.get("user"), "user")
        handle = values.name(user.get("username"), "username")
        faults = []
        try:
            client.get("/private-posts.json")
        except (Forbidden, Gone):
            faults.append("Private messages cannot be read with this key.")
        if not access.secrets.get("webhook_secret"):
            faults.append("There is no webhook secret: posts come in only when the forum is asked.")
        return Identity(
            values.identifier(user.get("id"), "id"),
            handle=handle,
            name=values.name(user.get("name"), "name"),
            url=f"{access.base_url}/u/{handle}",
            faults=tuple(faults),
            settings={"username": handle},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """The newest posts and private messages."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A whole topic."""
        return reading.thread(access, external_id)

    def read(self, access: Access, reference: str) -> tuple[IncomingPost, ...]:
        """A topic that was brought back."""
        return reading.thread(access, reference).posts

    def verify(
        self, access: Access, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None:
        """Raise `SignatureError` unless the webhook's secret signed `body`."""
        secret = access.secrets.get("webhook_secret", "")
        if not secret:
            raise SignatureError("The webhook secret is missing: enter it on the channel's page.")
        check_hex(headers, HEADER, digest(secret, body), prefix="sha256=")

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read an event; a ping says nothing."""
        return parsing.parse(body, headers, base_url=access.base_url, username=username_of(access))

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Answer; Discourse takes the same words at the same place once within two minutes."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our post of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Other words for a post of ours."""
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a post of ours."""
        writing.delete(access, external_id)
