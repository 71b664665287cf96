"""Connecting an account: registering with its server, signing in, and what the token may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from inbox.connectors import values
from inbox.connectors.base import Access, Identity
from inbox.connectors.errors import Expired, Forbidden, NetworkError, Refused
from inbox.connectors.gathering import understood
from inbox.connectors.mastodon.client import api, get
from inbox.connectors.types import ParseError

RIGHTS = (
    "read:accounts read:follows read:notifications read:statuses "
    "write:favourites write:media write:statuses"
)
_NAME = "Crossdesk"


@understood()
def identify(access: Access) -> Identity:
    """The account of the token, what is missing, and what its server takes."""
    found = values.mapping(get(access, "/api/v1/accounts/verify_credentials"), "account")
    own_id = values.identifier(found.get("id"), "id")
    handle = values.name(found.get("acct"), "acct")
    faults = []
    wanted = access.settings.get("account_id", "")
    if wanted and wanted != own_id:
        faults.append(f"The token is of account {own_id}, not of account {wanted}.")
    try:
        get(access, "/api/v1/notifications", limit=1)
    except Forbidden:
        faults.append("The right read:notifications is missing: nobody's mentions come in.")
    return Identity(
        own_id,
        handle=handle,
        name=values.name(found.get("display_name"), "display_name"),
        url=values.link(found.get("url"), "url"),
        faults=tuple(faults),
        settings={"account_id": own_id, "max_characters": _longest(access)},
    )


def _longest(access: Access) -> str:
    """How many characters the server takes; "" when it does not say."""
    try:
        told: Any = get(access, "/api/v2/instance")
        for name in ("configuration", "statuses", "max_characters"):
            told = told.get(name) if isinstance(told, dict) else None
        if not isinstance(told, int):
            older = get(access, "/api/v1/instance")
            told = older.get("max_toot_chars") if isinstance(older, dict) else None
    except NetworkError:
        return ""
    return str(told) if isinstance(told, int) and told > 0 else ""


def sign_in_url(
    access: Access, *, redirect_uri: str, state: str, challenge: str
) -> tuple[str, Mapping[str, str]]:
    """The server's sign-in page; a server that does not know us is told of us first."""
    kept = _registered(access, redirect_uri)
    query = {
        "response_type": "code",
        "client_id": kept["client_id"],
        "redirect_uri": redirect_uri,
        "scope": RIGHTS,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{access.base_url}/oauth/authorize?{urlencode(query)}", kept


def _registered(access: Access, redirect_uri: str) -> dict[str, str]:
    names = ("client_id", "client_secret", "client_at", "client_returns_to")
    kept = {name: access.secrets.get(name, "") for name in names}
    is_same_place = (kept["client_at"], kept["client_returns_to"]) == (
        access.base_url, redirect_uri
    )  # fmt: skip
    if kept["client_id"] and is_same_place:
        return kept
    website = "{0.scheme}://{0.netloc}".format(urlsplit(redirect_uri))
    found = api(access).post(
        "/api/v1/apps", is_safe=True,
        json={"client_name": _NAME, "redirect_uris": redirect_uri, "scopes": RIGHTS,
              "website": website},
    ).object()  # fmt: skip
    try:
        made = [values.identifier(found.get(name), name, longest=1_000) for name in names[:2]]
    except ParseError:
        raise Refused("registers no app: is this the address of a Mastodon server?") from None
    return dict(zip(names, (*made, access.base_url, redirect_uri), strict=True))


def finish_sign_in(
    access: Access, *, code: str, redirect_uri: str, verifier: str
) -> Mapping[str, str]:
    """Turn a code into a token, which does not end by itself."""
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": access.secrets.get("client_id", ""),
        "client_secret": access.secrets.get("client_secret", ""),
        "code_verifier": verifier,
        "scope": RIGHTS,
    }
    try:
        found = api(access).post("/oauth/token", is_safe=True, data=grant).object()
    except Refused as error:
        raise Expired(f"{error.reason}: sign in again") from None
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise Expired("gave no token: sign in again")
    return {"access_token": token}
