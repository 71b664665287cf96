"""Instagram professional accounts, over the Graph API v24.0 with Facebook Login."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Handshake, Identity, Network
from inbox.connectors.errors import Unsupported
from inbox.connectors.instagram import parsing, reading, writing
from inbox.connectors.meta import connecting, conversations, graph, hooks
from inbox.connectors.types import Delivery, IncomingPost, OutgoingPost, Page, Published

RIGHTS = {
    "instagram_basic": "the account and its pictures cannot be read",
    "instagram_manage_comments": "comments cannot be read, answered or hidden",
    "instagram_manage_messages": "messages cannot be read or answered",
    "pages_show_list": "the page of the account cannot be found when signing in",
    "pages_manage_metadata": "the page cannot be told to deliver",
}


class Instagram(Network):
    """One professional account of Instagram, spoken for by the token of the page it belongs to."""

    slug = "instagram"
    label = "Instagram account"
    capabilities = Capabilities(
        deliveries=True,
        polling=True,
        sign_in=True,
        reply=True,
        private_reply=True,
        delete=True,
        hide=True,
        threading=True,
        missing={
            "edit": "Instagram changes no comment once it is written; delete it and write anew.",
            "like": "Instagram's API likes no comments.",
            "media": "Instagram's API takes no pictures with a comment.",
            "stream": "Instagram delivers by webhook and holds no connection open.",
        },
    )
    base_url = graph.BASE_URL
    fields = (
        Field("account_id", "Account id", "The number of the Instagram account, not its name."),
        *connecting.APP_FIELDS,
    )
    length_limit = writing.LONGEST_COMMENT
    poll_every = timedelta(minutes=10)

    def identify(self, access: Access) -> Identity:
        """The account, with the rights that are missing."""
        wanted = access.settings.get("account_id", "")
        found = graph.get(access, f"/{wanted}", fields="id,username,name,followers_count")
        expires_at, faults = connecting.judged(access, RIGHTS)
        handle = values.name(found.get("username"), "username")
        return Identity(
            values.identifier(found.get("id"), "id"),
            handle=handle,
            name=values.name(found.get("name"), "name"),
            url=f"https://www.instagram.com/{handle}/",
            expires_at=expires_at,
            faults=faults,
            settings={"account_id": wanted},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Comments and messages since `cursor`."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A picture with its comments, a comment with its replies, or a conversation."""
        return reading.thread(access, external_id)

    def read(self, access: Access, reference: str) -> tuple[IncomingPost, ...]:
        """The words of a mention."""
        return reading.read(access, reference)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """Facebook Login; it knows no PKCE for servers, which hold the app's secret instead."""
        url = connecting.sign_in_url(access, tuple(RIGHTS), redirect_uri=redirect_uri, state=state)
        return url, {}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """The long-lived token of the page the account belongs to."""
        return connecting.finish_sign_in(
            access, code=code, redirect_uri=redirect_uri, page_of="instagram_business_account"
        )

    def handshake(
        self, access: Access, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Handshake | None:
        """The answer to a subscription's question."""
        return hooks.handshake(access, query)

    def verify(
        self, access: Access, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None:
        """Raise `SignatureError` unless the app's secret signed these bytes."""
        hooks.verify(access, headers, body)

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a body, which may be about several accounts (`IncomingPost.account`)."""
        return parsing.parse(body)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; Instagram knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our comment or message of that text."""
        return writing.find_published(access, out, since=since)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a comment; messages cannot be taken back."""
        if conversations.is_message(external_id):
            raise Unsupported("delete")
        graph.delete(access, f"/{external_id}")

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hide a comment, or show it."""
        if conversations.is_message(external_id):
            raise Unsupported("hide")
        writing.set_hidden(access, external_id, is_hidden=is_hidden)
