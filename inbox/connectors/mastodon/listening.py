"""Being told at once: the stream of an account's notifications, messages and own statuses."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any

from inbox.connectors.base import Access
from inbox.connectors.errors import Gone
from inbox.connectors.mastodon.client import api, get
from inbox.connectors.streaming import Event, events
from inbox.connectors.types import Told

PATH = "/api/v1/streaming/user"
_SCHEMES = {"wss://": "https://", "https://": "https://", "ws://": "http://", "http://": "http://"}
_NOTICES = {"mention", "status", "update"}
_NOTHING, _NEWS = Told(), Told(is_news=True)


def stream(access: Access) -> Generator[Told, None, None]:
    """What is to be looked at, each time the server says something. Raises as `events`."""
    server = replace(api(access), base_url=_place(access))
    with closing(events(server, PATH)) as said:
        for event in said:
            yield told_by(event, access.settings.get("account_id", ""))


def told_by(event: Event, own_id: str) -> Told:
    """What there is for us to read: the stream carries the home timeline as well."""
    if event.name == "conversation":
        return _NEWS
    if event.name == "delete":
        # Of all events this one is no JSON: a bare id.
        return Told(changed=event.data.strip())
    if event.name not in {"notification", "update", "status.update"}:
        return _NOTHING
    try:
        told = json.loads(event.data)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        # Looking once too often does no harm.
        return _NEWS
    if event.name == "notification":
        return _NEWS if told.get("type") in _NOTICES else _NOTHING
    if event.name == "status.update":
        return Told(changed=str(told.get("id") or ""))
    author = told.get("account")
    is_own = isinstance(author, dict) and str(author.get("id")) == own_id
    return _NEWS if is_own else _NOTHING


def _place(access: Access) -> str:
    """Where the server streams, which may be a host of its own."""
    try:
        told: Any = get(access, "/api/v2/instance")
    except Gone:
        told = None
    for name in ("configuration", "urls", "streaming"):
        told = told.get(name) if isinstance(told, dict) else None
    if isinstance(told, str):
        for scheme, ours in _SCHEMES.items():
            # What is told over https is not carried on in the clear.
            if told.startswith(scheme) and (ours == "https://" or access.base_url.startswith(ours)):
                return ours + told.removeprefix(scheme).rstrip("/")
    return access.base_url
