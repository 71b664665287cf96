"""Connecting an account: signing in, the challenge, and what the token may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from inbox.connectors import values
from inbox.connectors.base import Access, Handshake, Identity
from inbox.connectors.digests import digest, in_base64
from inbox.connectors.errors import Forbidden
from inbox.connectors.x.client import Client

DIALOG = "https://x.com/i/oauth2/authorize"
RIGHTS = (
    "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "dm.read", "dm.write",
    "like.write", "media.write", "offline.access",
)  # fmt: skip


def identify(access: Access) -> Identity:
    """The account of the token, with the rights that are missing."""
    client = Client(access)
    found = values.mapping(client.get("/2/users/me", **{"user.fields": "username"}).get("data"), "")
    own_id = values.identifier(found.get("id"), "id")
    handle = values.name(found.get("username"), "username")
    faults = []
    wanted = client.account
    if wanted and wanted != own_id:
        faults.append(f"The token is of account {own_id}, not of account {wanted}.")
    try:
        client.get("/2/dm_events", max_results=1)
    except Forbidden:
        faults.append("The right dm.read is missing: direct messages cannot be read or answered.")
    if not access.secrets.get("refresh_token"):
        faults.append("There is no refresh token: the connection ends two hours after signing in.")
    return Identity(
        own_id,
        handle=handle,
        name=values.name(found.get("name"), "name"),
        url=f"https://x.com/{handle}",
        faults=tuple(faults),
        settings={"account_id": own_id},
    )


def sign_in_url(access: Access, *, redirect_uri: str, state: str, challenge: str) -> str:
    """The address of X's sign-in page."""
    query = {
        "response_type": "code",
        "client_id": access.settings.get("client_id", ""),
        "redirect_uri": redirect_uri,
        "scope": " ".join(RIGHTS),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{access.settings.get('dialog_url') or DIALOG}?{urlencode(query)}"


def finish_sign_in(
    access: Access, *, code: str, redirect_uri: str, verifier: str
) -> Mapping[str, str]:
    """Turn a code into tokens."""
    return Client(access).token_for(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
    )


def handshake(access: Access, query: Mapping[str, str]) -> Handshake | None:
    """The signed token of a challenge-response check; None without the consumer secret."""
    token = query.get("crc_token", "")
    secret = access.secrets.get("consumer_secret", "")
    if not token or not secret:
        return None
    signed = f"sha256={in_base64(digest(secret, token.encode()))}"
    return Handshake(json.dumps({"response_token": signed}).encode(), "application/json")
