"""Connecting a page or account: what is entered, signing in, and what the token may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from inbox.connectors import values
from inbox.connectors.base import Access, Field
from inbox.connectors.errors import NetworkError, Refused
from inbox.connectors.meta import graph

DIALOG = "https://www.facebook.com/v24.0/dialog/oauth"
APP_FIELDS = (
    Field("app_id", "App id", "The number of your app on developers.facebook.com."),
    Field(
        "app_secret",
        "App secret",
        "App settings › Basic. It proves that deliveries come from Meta.",
        is_secret=True,
    ),
    Field(
        "verify_token",
        "Verify token",
        "Any words of your choice; enter the same on the app's Webhooks page.",
        is_secret=True,
    ),
    Field(
        "page_token",
        "Page access token",
        "A long-lived token of the page. Signing in with Facebook fills it in.",
        is_secret=True,
        is_required=False,
    ),
)


def sign_in_url(access: Access, rights: Sequence[str], *, redirect_uri: str, state: str) -> str:
    """The address of Facebook's sign-in dialog, which asks for `rights`."""
    query = {
        "client_id": access.settings.get("app_id", ""),
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "scope": ",".join(rights),
    }
    return f"{access.settings.get('dialog_url') or DIALOG}?{urlencode(query)}"


def finish_sign_in(
    access: Access, *, code: str, redirect_uri: str, page_of: str = "id"
) -> Mapping[str, str]:
    """Turn a code into the page's own long-lived token.

    `page_of` is what of a page the setting `account_id` names: its `id`, or its Instagram account.
    Raises `Refused` when it cannot be told which page is meant.
    """
    app = {
        "client_id": access.settings.get("app_id", ""),
        "client_secret": access.secrets.get("app_secret", ""),
    }
    short = _token(access, {**app, "code": code, "redirect_uri": redirect_uri})
    person = _token(access, {**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short})
    params = {
        "fields": "id,name,access_token,instagram_business_account",
        "limit": 100,
        **graph.proof_of(access, person),
    }
    found = _anonymous(access).ask(
        "GET", "/me/accounts", params=params, headers={"Authorization": f"Bearer {person}"}
    )
    return {"page_token": _chosen(graph.data_of(found.object()), access, page_of)}


def _token(access: Access, params: Mapping[str, str]) -> str:
    found = _anonymous(access).post("/oauth/access_token", is_safe=True, data=dict(params))
    token = found.object().get("access_token")
    if not isinstance(token, str) or not token:
        raise Refused("gave no token for the sign-in")
    return token


def _anonymous(access: Access) -> Any:
    return graph.reading(Access(access.base_url, allow_private=access.allow_private))


def _chosen(pages: Iterable[Any], access: Access, page_of: str) -> str:
    """The token of the page that is meant."""
    tokens: dict[str, str] = {}
    for page in pages:
        if isinstance(page, dict) and isinstance(page.get("access_token"), str):
            linked = page.get(page_of)
            own_id = linked.get("id") if isinstance(linked, dict) else linked
            if own_id:
                tokens[str(own_id)] = page["access_token"]
    wanted = access.settings.get("account_id", "")
    if wanted in tokens:
        return tokens[wanted]
    if wanted or len(tokens) != 1:
        offered = ", ".join(tokens) or "none"
        raise Refused(f"lets you speak for these accounts: {offered}; enter the id of one of them")
    return next(iter(tokens.values()))


def token_of(access: Access) -> Mapping[str, Any]:
    """What the network knows of the token: its rights and when it ends.

    Raises `NetworkError`, for example when the app's secret does not fit.
    """
    app = f"{access.settings.get('app_id', '')}|{access.secrets.get('app_secret', '')}"
    token = access.secrets.get("page_token", "")
    found = _anonymous(access).ask(
        "GET",
        "/debug_token",
        params={"input_token": token},
        headers={"Authorization": f"Bearer {app}"},
    )
    return values.mapping(found.object().get("data"), "data")


def judged(access: Access, rights: Mapping[str, str]) -> tuple[datetime | None, tuple[str, ...]]:
    """When the token ends, and what is amiss; `rights` says what each right is needed for."""
    try:
        token = token_of(access)
    except NetworkError as error:
        return None, (
            f"What the token may do cannot be told, for the network {error.reason}. Check the app "
            "id and the app secret.",
        )
    faults = []
    if token.get("is_valid") is not True:
        faults.append("The page access token is no longer valid: connect the channel again.")
    app_id = str(token.get("app_id") or "")
    if app_id and app_id != access.settings.get("app_id"):
        faults.append("The page access token belongs to another app than the app id.")
    given = token.get("scopes")
    granted = set(given) if isinstance(given, list) else set()
    faults += [
        f"The right {right} is missing: {purpose}."
        for right, purpose in rights.items()
        if right not in granted
    ]
    return ends_at(token), tuple(faults)


def ends_at(token: Mapping[str, Any]) -> datetime | None:
    """When a token, or its access to data, ends; 0 stands for never."""
    ends = [
        datetime.fromtimestamp(token[name], UTC)
        for name in ("expires_at", "data_access_expires_at")
        if isinstance(token.get(name), int) and 0 < token[name] < 10**11
    ]
    return min(ends, default=None)
