"""Reddit: a subreddit, mentions of the account, and private messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.reddit import reading, writing
from inbox.connectors.reddit.client import TOKENS, Client
from inbox.connectors.reddit.parsing import MESSAGE, SITE
from inbox.connectors.types import OutgoingPost, Page, Published

RIGHTS = {
    "identity": "nobody can tell which account it is",
    "read": "posts and comments cannot be read",
    "submit": "posts and comments cannot be answered",
    "edit": "answers cannot be changed or taken back",
    "history": "answers written on Reddit itself do not come in",
    "privatemessages": "mentions and messages cannot be read or answered",
    "modposts": "posts cannot be hidden",
}


class Reddit(Network):
    """One account, and the subreddit it looks after if there is one."""

    slug = "reddit"
    label = "Reddit account"
    capabilities = Capabilities(
        polling=True,
        sign_in=True,
        reply=True,
        private_reply=True,
        edit=True,
        delete=True,
        hide=True,
        threading=True,
        missing={
            "like": "Reddit forbids votes that are cast by programs.",
            "media": "Comments on Reddit take text; pictures only in some subreddits.",
            "stream": "Reddit has no streams: it is asked every two minutes.",
        },
    )
    base_url = "https://oauth.reddit.com"
    fields = (
        Field("username", "Account", "The name without u/ that answers."),
        Field(
            "subreddit",
            "Subreddit",
            "Without r/. Left empty, only mentions, replies and messages come in.",
            is_required=False,
        ),
        Field("client_id", "Client id", "reddit.com/prefs/apps › your web app, under its name."),
        Field("client_secret", "Client secret", "Of the same place.", is_secret=True),
        Field("refresh_token", "Refresh token", "", is_secret=True, is_required=False),
    )
    length_limit = writing.LONGEST
    poll_every = timedelta(minutes=2)

    def identify(self, access: Access) -> Identity:
        """The account of the token, with the rights that are missing."""
        client = Client(access)
        found = values.mapping(client.get("/api/v1/me"), "me")
        handle = values.name(found.get("name"), "name")
        faults = []
        if client.account and client.account.casefold() != handle.casefold():
            faults.append(f"The token is of u/{handle}, not of u/{client.account}.")
        given = set(access.secrets.get("scope", "").replace(",", " ").split())
        if given and "*" not in given:
            faults += [
                f"The right {name} is missing: {why}."
                for name, why in RIGHTS.items()
                if name not in given
            ]
        if not access.secrets.get("refresh_token"):
            faults.append("There is no refresh token: the connection ends within a day.")
        faults += _subreddit_fault(client, access.settings.get("subreddit", ""))
        own_id = values.identifier(found.get("id"), "id")
        return Identity(
            own_id,
            handle=handle,
            name=handle,
            url=f"{SITE}/user/{handle}",
            faults=tuple(faults),
            settings={"username": handle},
        )

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """What is new in the subreddit, in the inbox, and of our own."""
        return reading.fetch(access, cursor)

    def thread(self, access: Access, external_id: str) -> Page:
        """A post with its comments, or a conversation."""
        return reading.thread(access, external_id)

    def sign_in_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str
    ) -> tuple[str, Mapping[str, str]]:
        """OAuth 2.0 for good; Reddit knows no challenge, the app's secret stands in for it."""
        query = {
            "client_id": access.settings.get("client_id", ""),
            "response_type": "code",
            "state": state,
            "redirect_uri": redirect_uri,
            "duration": "permanent",
            "scope": " ".join(RIGHTS),
        }
        site = access.settings.get("dialog_url") or f"{TOKENS}/api/v1/authorize"
        return f"{site}?{urlencode(query)}", {}

    def finish_sign_in(
        self, access: Access, *, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, str]:
        """A token for a day, and the one it is renewed with."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return Client(access).token_for(grant)

    def publish(self, access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
        """Say `out`; Reddit knows no keys, so only `find_published` can tell what happened."""
        return writing.publish(access, out)

    def find_published(
        self, access: Access, out: OutgoingPost, *, idempotency_key: str, since: datetime
    ) -> Published | None:
        """Our comment or message of that text."""
        return writing.find_published(access, out, since=since)

    def edit(self, access: Access, external_id: str, text: str) -> Published:
        """Other words for a comment of ours; messages stand."""
        if external_id.startswith(f"{MESSAGE}_"):
            raise Forbidden("lets nobody change a message")
        return writing.edit(access, external_id, text)

    def delete(self, access: Access, external_id: str) -> None:
        """Remove a comment of ours; messages stand."""
        if external_id.startswith(f"{MESSAGE}_"):
            raise Forbidden("lets nobody take a message back")
        writing.delete(access, external_id)

    def set_hidden(self, access: Access, external_id: str, *, is_hidden: bool) -> None:
        """Remove a post as moderator, or approve it."""
        writing.set_hidden(access, external_id, is_hidden=is_hidden)


def _subreddit_fault(client: Client, subreddit: str) -> list[str]:
    name = subreddit.strip().strip("/").removeprefix("r/")
    if not name:
        return []
    try:
        found = values.mapping(client.get(f"/r/{name}/about"), "about")
    except (Forbidden, Gone):
        return [f"r/{name} does not exist, or this account may not read it."]
    data = values.mapping(found.get("data"), "data")
    if data.get("user_is_moderator") is True:
        return []
    return [f"The account does not moderate r/{name}: posts there cannot be hidden."]
