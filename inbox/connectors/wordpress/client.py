"""Asking a blog's REST API in a user's name, and what its errors mean."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from inbox.connectors.base import Access
from inbox.connectors.errors import (
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made


class Duplicate(Refused):
    """The blog has this very text of this author at this place."""


class NoTrash(Refused):
    """The blog removes at once, and wants to be told so."""


_FLOOD = 20.0  # a blog takes a comment of one author every 15 seconds
_ROOT = re.compile(r'<([^>]+)>;\s*rel="https://api\.w\.org/"')
_CODES: dict[str, type[NetworkError]] = {
    "rest_not_logged_in": Expired,
    "incorrect_password": Expired,
    "invalid_username": Expired,
    "invalid_email": Expired,
    "rest_comment_invalid_id": Gone,
    "rest_comment_invalid_post_id": Gone,
    "rest_post_invalid_id": Gone,
    "rest_already_trashed": Gone,
    "comment_content_column_length": TooLong,
    "rest_comment_closed": Forbidden,
    "rest_trash_not_supported": NoTrash,
}


def get(access: Access, path: str, **params: Any) -> Any:
    """Read something below `wp/v2/`."""
    return reading(access, path, **params).json()


def reading(access: Access, path: str, **params: Any) -> Reply:
    """As `get`, with the headers."""
    return _api(access).get(_address(access, path), params)


def write(
    access: Access, method: str, path: str, *, is_safe: bool = False, **content: Any
) -> dict[str, Any]:
    """Write something; raises `Uncertain` when it may have been done, unless `is_safe`."""
    reply = _api(access).ask(method, _address(access, path), is_safe=is_safe, **content)
    return reply.object() if is_safe else made(reply)


def root_of(access: Access) -> str:
    """Where the blog says its API is. Raises `Refused` for what is no address of a blog."""
    if not access.base_url.startswith(("https://", "http://")):
        raise Refused("has no such address: a blog's begins with https://")
    found = _ROOT.search(_api(access).ask("HEAD", "/").headers.get("link", ""))
    usual = f"{access.base_url}/wp-json"
    root = found.group(1).rstrip("/") if found else usual
    if urlsplit(root).netloc != urlsplit(access.base_url).netloc:
        # The password goes to the address the admin entered, and nowhere else.
        raise Refused(f"has its API at {urlsplit(root).netloc}: enter that address")
    return root


def _address(access: Access, path: str) -> str:
    root = access.settings.get("api_root") or f"{access.base_url}/wp-json"
    return f"{root}/wp/v2/{path}"


def _api(access: Access) -> Api:
    user = access.settings.get("user", "").strip()
    password = access.secrets.get("application_password", "").strip()
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Api(
        access.base_url,
        {"Authorization": f"Basic {pair}"},
        allow_private=access.allow_private,
        fault=fault_of,
    )


def fault_of(reply: Reply) -> NetworkError | None:
    """What an answer means; None when its status says it best."""
    if 300 <= reply.status < 400:
        place = _place(reply.headers.get("location", ""))
        return Refused(f"moved to {place}: enter that address")
    if reply.status < 400:
        return None
    code, said = _told(reply)
    reason = f"answers {reply.status}{': ' if said else ''}{said}"[:LONGEST_REASON]
    if reply.status == 429:
        return Limited(reason, retry_after=retry_after(reply.headers) or _FLOOD)
    if reply.status == 409 or code == "comment_duplicate":
        return Duplicate("has this very text at this place already")
    known = _CODES.get(code)
    if known is None and reply.status == 401:
        # A right is missing, and not the password wrong, which has codes of its own.
        known = Forbidden if code.startswith("rest_") else Expired
    return known(reason) if known else None


def _place(location: str) -> str:
    try:
        found = httpx.URL(location)
    except httpx.InvalidURL:
        return "another address"
    return f"{found.scheme}://{found.host}" if found.host else "another address"


def _told(reply: Reply) -> tuple[str, str]:
    try:
        found = json.loads(reply.body) if reply.body else {}
    except (ValueError, RecursionError):
        return "", ""
    found = found if isinstance(found, dict) else {}
    code, said = found.get("code"), found.get("message")
    plain = re.sub(r"<[^>]+>", "", html.unescape(said)) if isinstance(said, str) else ""
    return code if isinstance(code, str) else "", plain
