"""Facebook pages, over the Graph API v24.0: comments, mentions, reviews and Messenger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Handshake, Identity, Network
from inbox.connectors.errors import Unsupported
from inbox.connectors.facebook import parsing, reading, writing
from inbox.connectors.meta import connecting, conversations, graph, hooks
from inbox.connectors.types import Delivery, IncomingPost, OutgoingPost, Page, Published

RIGHTS = {
    "pages_show_list": "the page cannot be found when signing in",
    "pages_read_engagement": "posts and comments of the page cannot be read",
    "pages_read_user_content": "what visitors write cannot be read",
    "pages_manage_engagement": "comments cannot be answered, hidden or liked",
    "pages_manage_metadata": "the page cannot be told to deliver",
    "pages_messaging": "messages cannot be read or answered",
}


class Facebook(Network):
    """One page of Facebook."""

    slug = "facebook"
    label = "Facebook page"
    capabilities = Capabilities(
        deliveries=True,
        polling=True,
        sign_in=True,
        reply=True,
        private_reply=True,
        edit=True,
        delete=True,
        hide=True,
        like=True,
        media=1,
        threading=True,
        missing={"stream": "Facebook delivers by webhook and holds no connection open."},
    )
    base_url = graph.BASE_URL
    fields = (
        Field("account_id", "Page id", "The page's number: About › Page transparency."),
        *connecting.APP_FIELDS,
    )
    length_limit = writing.LONGEST_COMMENT
    poll_every = timedelta(minutes=10)

    def identify(self, access: Access) -> Identity:
        """The page of the token, with the rights that are missing."""
        page = graph.get(access, "/me", fields="id,name,username,link")
        own_id = values.identifier(page.get("id"), "id")
        expires_at, faults = connecting.judged(access, RIGHTS)
        wanted = access.settings.get("account_id", "")
        if wanted and wanted != own_id:
            faults = (f"The token is of page {own_id}, not of page {wanted}.", *faults)
        return Identity(
            own_id,
            handle=values.name(page.get("username"), "username"),
            name=values.name(page.get("name"), "name"),
            url=f"https://www.facebook.com/{own_id}",
            expires_at=expires_at,
            faults=faults,
            settings={"account_id": own_id},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Posts, comments, reviews and messages since `cursor`."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A post with its comments, or a conversation."""
        return reading.thread(access, external_id)

    def read(self, access: Access, reference: str) -> tuple[IncomingPost, ...]:
        """How many reacted, or a mention's text."""
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
        """The page's long-lived token."""
        return connecting.finish_sign_in(access, code=code, redirect_uri=redirect_uri)

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
        """Read a body, which may be about several pages (`IncomingPost.account`)."""
        return parsing.parse(body)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; Facebook knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our comment or message of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Change a comment of ours; messages stay as they are."""
        _refuse_message(external_id, "edit")
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a comment; messages cannot be taken back."""
        _refuse_message(external_id, "delete")
        graph.delete(access, f"/{external_id}")

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hide a comment, or show it."""
        _refuse_message(external_id, "hide")
        writing.set_hidden(access, external_id, is_hidden=is_hidden)

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Like, or no longer."""
        _refuse_message(external_id, "like")
        writing.set_liked(access, external_id, is_liked=is_liked)


def _refuse_message(external_id: str, capability: str) -> None:
    if conversations.is_message(external_id):
        raise Unsupported(capability)
