"""X, over API v2, with deliveries of the Account Activity API and of the X Activity API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors.base import Access, Capabilities, Field, Handshake, Identity, Network
from inbox.connectors.digests import check_base64, digest
from inbox.connectors.signature import SignatureError
from inbox.connectors.types import Delivery, OutgoingPost, Page, Published
from inbox.connectors.x import connecting, length, parsing, reading, writing

HEADER = "x-twitter-webhooks-signature"


class X(Network):
    """One account of X."""

    slug = "x"
    label = "X account"
    capabilities = Capabilities(
        deliveries=True,
        polling=True,
        sign_in=True,
        reply=True,
        private_reply=True,
        delete=True,
        hide=True,
        like=True,
        media=4,
        threading=True,
        missing={
            "edit": "X changes posts only for accounts with a subscription, and makes new ones.",
            "stream": "X delivers by webhook; its streams are not used.",
        },
    )
    base_url = "https://api.x.com"
    fields = (
        Field(
            "account_id",
            "Account id",
            "The account's number, not its @name. Signing in finds it out.",
            is_required=False,
        ),
        Field("client_id", "OAuth 2.0 client id", "Your app's page on developer.x.com › Keys."),
        Field(
            "client_secret",
            "OAuth 2.0 client secret",
            "Of the same place; leave it empty for a public client.",
            is_secret=True,
            is_required=False,
        ),
        Field(
            "consumer_secret",
            "API key secret",
            "The consumer secret. It proves that deliveries come from X.",
            is_secret=True,
        ),
        Field("access_token", "Access token", "", is_secret=True, is_required=False),
        Field("refresh_token", "Refresh token", "", is_secret=True, is_required=False),
    )
    length_limit = length.LONGEST
    poll_every = timedelta(minutes=5)

    def identify(self, access: Access) -> Identity:
        """The account of the token, with the rights that are missing."""
        return connecting.identify(access)

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Mentions, the account's own posts and direct messages since `cursor`."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """The conversation, of posts as far as the recent search goes: seven days."""
        return reading.thread(access, external_id)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """OAuth 2.0 with PKCE."""
        url = connecting.sign_in_url(
            access, redirect_uri=redirect_uri, state=state, challenge=challenge
        )
        return url, {}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """An access token, which ends after two hours, and the one it is renewed with."""
        return connecting.finish_sign_in(
            access, code=code, redirect_uri=redirect_uri, verifier=verifier
        )

    def handshake(
        self, access: Access, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Handshake | None:
        """The answer to the challenge X repeats every hour."""
        return connecting.handshake(access, query)

    def verify(
        self, access: Access, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> None:
        """Raise `SignatureError` unless the consumer secret signed these bytes."""
        secret = access.secrets.get("consumer_secret", "")
        if not secret:
            raise SignatureError("The API key secret is missing: enter it on the channel's page.")
        check_base64(headers, HEADER, digest(secret, body), prefix="sha256=")

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a body of either API."""
        return parsing.parse(body)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; X knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our post or message of that text."""
        return writing.find_published(access, out, since=since)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a post or message of ours."""
        writing.delete(access, external_id)

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hide a reply under a post of ours, or show it again."""
        writing.set_hidden(access, external_id, is_hidden=is_hidden)

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Like, or no longer."""
        writing.set_liked(access, external_id, is_liked=is_liked)

    def length_of(self, text: str) -> int:
        """As X counts: an address 23, an emoji or a character of most Asian scripts two."""
        return length.length_of(text)
