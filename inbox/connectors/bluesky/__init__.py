"""Bluesky, over XRPC with an app password: docs/channels/bluesky.md."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.bluesky import reading, richtext, writing
from inbox.connectors.bluesky.client import Client
from inbox.connectors.bluesky.parsing import SITE
from inbox.connectors.errors import Refused
from inbox.connectors.gathering import understood
from inbox.connectors.types import IncomingPost, OutgoingPost, Page, Published

# What a session opened with the account's own password may do; an app password's may less.
_WHOLE = "com.atproto.access"


class Bluesky(Network):
    """One account of Bluesky, or of another service that speaks the AT Protocol."""

    slug = "bluesky"
    label = "Bluesky account"
    capabilities = Capabilities(
        polling=True,
        reply=True,
        delete=True,
        hide=True,
        like=True,
        media=writing.MOST_PICTURES,
        threading=True,
        missing={
            "deliveries": "Bluesky calls nobody; it is asked every two minutes.",
            "stream": "Bluesky's stream carries the whole network; notifications are asked for.",
            "private_reply": "Bluesky's chat is a service of its own, which is not used.",
            "edit": "Bluesky shows a post as it was first written: remove it and write another.",
        },
    )
    base_url = "https://bsky.social"
    fields = (
        Field("handle", "Handle", "Such as kestrel.bsky.social, without @."),
        Field(
            "app_password",
            "App password",
            "Bluesky › Settings › Privacy and security › App passwords. Not the account's own.",
            is_secret=True,
        ),
        Field(
            "searches",
            "Searches",
            "Words to look for besides mentions, separated by commas.",
            is_required=False,
        ),
        Field(
            "base_url",
            "Service",
            "Where the account lives, if not with Bluesky itself.",
            is_required=False,
            default="https://bsky.social",
        ),
    )
    length_limit = richtext.LONGEST
    poll_every = timedelta(minutes=2)

    @understood()
    def identify(self, access: Access) -> Identity:
        """The account of the app password, in a new session."""
        if not access.base_url.startswith(("https://", "http://")):
            raise Refused("has no such address: a service begins with https://")
        client = Client(access)
        session = client.sign_in()
        did = values.identifier(session.get("did"), "did")
        handle = values.name(session.get("handle"), "handle")
        faults = []
        wanted = access.settings.get("account_id", "")
        if wanted and wanted != did:
            faults.append(f"The app password is of account {did}, not of account {wanted}.")
        if _scope(session.get("accessJwt")) == _WHOLE:
            faults.append("This is the account's own password: make an app password instead.")
        return Identity(
            did,
            handle=handle,
            name=_name(client, did) or handle,
            url=f"{SITE}/profile/{did}",
            faults=tuple(faults),
            settings={"account_id": did, "handle": handle},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """Mentions, answers, quotes, own posts and what the searches find since `cursor`."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A post with what it answers and all answers."""
        return reading.thread(access, external_id)

    def gone(self, access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
        """Which of these were removed: the network leaves them out of threads without a word."""
        return reading.gone(access, external_ids)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`, once: the key names the record."""
        return writing.publish(access, out, idempotency_key=idempotency_key)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """The record of that key, exactly."""
        return writing.find_published(access, idempotency_key=idempotency_key, since=since)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a post of ours."""
        writing.delete(access, external_id)

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hide an answer in a thread of ours, or show it again."""
        writing.set_hidden(access, external_id, is_hidden=is_hidden)

    def set_liked(self, access: Access, external_id: str, *, is_liked: bool) -> None:
        """Like, or no longer."""
        writing.set_liked(access, external_id, is_liked=is_liked)

    def length_of(self, text: str) -> int:
        """In graphemes: an emoji of several characters is one."""
        return richtext.length_of(text)


def _scope(token: Any) -> str:
    """What a session's token says it may do; it is ours, so nobody's word needs proof."""
    try:
        payload = str(token).split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(found["scope"])
    except (IndexError, KeyError, TypeError, ValueError):
        return ""


def _name(client: Client, did: str) -> str:
    try:
        found = client.get("app.bsky.actor.getProfile", actor=did)
    except Refused:
        return ""
    return values.name(found.get("displayName"), "displayName")
