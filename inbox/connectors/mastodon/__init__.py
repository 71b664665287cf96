"""Mastodon, and other servers that speak its API: docs/channels/mastodon.md."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.mastodon import connecting, length, listening, reading, writing
from inbox.connectors.types import IncomingPost, OutgoingPost, Page, Published, Told


class Mastodon(Network):
    """One account on one server."""

    slug = "mastodon"
    label = "Mastodon account"
    capabilities = Capabilities(
        polling=True,
        stream=True,
        sign_in=True,
        reply=True,
        private_reply=True,
        edit=True,
        delete=True,
        like=True,
        media=writing.MOST_PICTURES,
        threading=True,
        missing={
            "deliveries": "Mastodon calls nobody; it is listened to, and asked every two minutes.",
            "hide": "Mastodon lets nobody hide what others wrote.",
        },
    )
    fields = (
        Field("base_url", "Server", "Such as https://mastodon.social: where the account is."),
        Field(
            "access_token",
            "Access token",
            "Or sign in. Of Preferences › Development › your application on the server.",
            is_secret=True,
            is_required=False,
        ),
    )
    length_limit = length.LONGEST
    poll_every = timedelta(minutes=2)

    def identify(self, access: Access) -> Identity:
        """The account of the token, with the rights that are missing."""
        return connecting.identify(access)

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Mentions, own statuses and direct messages since `cursor`."""
        return reading.fetch(access, cursor)

    def stream(self, access: Access) -> Generator[Told, None, None]:
        """The account's own stream."""
        return listening.stream(access)

    def thread(self, access: Access, external_id: str) -> Page:
        """A status with what it answers and all answers."""
        return reading.thread(access, external_id)

    def gone(self, access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
        """Which of these can no longer be seen."""
        return reading.gone(access, external_ids)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """OAuth 2.0; an app is registered with the server when there is none yet."""
        return connecting.sign_in_url(
            access, redirect_uri=redirect_uri, state=state, challenge=challenge
        )

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """An access token."""
        return connecting.finish_sign_in(
            access, code=code, redirect_uri=redirect_uri, verifier=verifier
        )

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; Mastodon remembers the key for an hour, other servers do not."""
        return writing.publish(access, out, idempotency_key=idempotency_key)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our status of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Change a status of ours."""
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a status of ours."""
        writing.delete(access, external_id)

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Favourite, or no longer."""
        writing.set_liked(access, external_id, is_liked=is_liked)

    def length_of(self, text: str) -> int:
        """In graphemes, an address 23, a name without its server."""
        return length.length_of(text)
