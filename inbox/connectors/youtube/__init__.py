"""YouTube: the comments under a channel's videos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.errors import Refused
from inbox.connectors.gathering import items
from inbox.connectors.types import OutgoingPost, Page, Published
from inbox.connectors.youtube import reading, writing
from inbox.connectors.youtube.client import Client
from inbox.connectors.youtube.parsing import SITE

DIALOG = "https://accounts.google.com/o/oauth2/v2/auth"
RIGHT = "https://www.googleapis.com/auth/youtube.force-ssl"


class YouTube(Network):
    """One channel of YouTube."""

    slug = "youtube"
    label = "YouTube channel"
    capabilities = Capabilities(
        polling=True,
        sign_in=True,
        reply=True,
        edit=True,
        delete=True,
        hide=True,
        threading=True,
        missing={
            "private_reply": "YouTube has no private messages.",
            "like": "YouTube's API offers no likes or hearts for comments.",
            "media": "Comments on YouTube are text.",
            "stream": "YouTube tells of new videos only; comments must be asked for.",
        },
    )
    base_url = "https://www.googleapis.com/youtube/v3"
    fields = (
        Field(
            "account_id",
            "Channel id",
            "It begins with UC. Signing in finds it out.",
            is_required=False,
        ),
        Field("client_id", "OAuth client id", "console.cloud.google.com › APIs › Credentials."),
        Field("client_secret", "OAuth client secret", "Of the same place.", is_secret=True),
        Field("refresh_token", "Refresh token", "", is_secret=True, is_required=False),
        Field(
            "daily_units",
            "Units a day",
            "What Google grants the project; reading costs 1, writing 50.",
            is_required=False,
            default="10000",
        ),
    )
    length_limit = writing.LONGEST
    poll_every = timedelta(minutes=5)
    # The developer policies let what was not given by its author's own sign-in be kept 30 days.
    retention = timedelta(days=30)

    def identify(self, access: Access) -> Identity:
        """The channel of the token."""
        found = Client(access).get("/channels", part="snippet", mine="true")
        mine = [item for _, item in items(found.get("items"), "items")]
        if not mine:
            raise Refused("knows no channel of this account: create one first")
        channel = values.mapping(mine[0], "items[0]")
        snippet = values.mapping(channel.get("snippet"), "items[0].snippet")
        own_id = values.identifier(channel.get("id"), "items[0].id")
        faults = []
        wanted = access.settings.get("account_id", "")
        if wanted and wanted != own_id:
            faults.append(f"The token is of channel {own_id}, not of channel {wanted}.")
        given = access.secrets.get("scope", "").split()
        if given and RIGHT not in given:
            faults.append("The right youtube.force-ssl is missing: nothing can be answered.")
        if not access.secrets.get("refresh_token"):
            faults.append("There is no refresh token: the connection ends within the hour.")
        handle = values.name(snippet.get("customUrl"), "customUrl").removeprefix("@")
        return Identity(
            own_id,
            handle=handle,
            name=values.name(snippet.get("title"), "title"),
            url=f"{SITE}/channel/{own_id}",
            faults=tuple(faults),
            settings={"account_id": own_id},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """New comments, with their videos, and what is held for review."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A comment with its answers."""
        return reading.thread(access, external_id)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """Google's OAuth 2.0 with PKCE; only with consent anew does it give a refresh token."""
        query = {
            "response_type": "code",
            "client_id": access.settings.get("client_id", ""),
            "redirect_uri": redirect_uri,
            "scope": RIGHT,
            "state": state,
            "access_type": "offline",
            "prompt": "consent",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{access.settings.get('dialog_url') or DIALOG}?{urlencode(query)}", {}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """An access token, which ends after an hour, and the one it is renewed with."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return Client(access).token_for(grant | {"code_verifier": verifier})

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; YouTube knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our answer of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Other words for a comment of ours."""
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a comment of ours."""
        writing.delete(access, external_id)

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Hold a comment for review, or let it through."""
        writing.set_hidden(access, external_id, is_hidden=is_hidden)
