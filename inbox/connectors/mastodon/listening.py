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

PATH = "/api/v1/streaming/user"
_SCHEMES = {"wss://": "https://", "https://": "https://", "ws://": "http://", "http://": "http://"}
_TOLD = {"mention", "status", "update"}


def stream(access: Access) -> Generator[bool, None, None]:
    """Whether something may be new, each time the server says something. Raises as `events`."""
    server = replace(api(access), base_url=_place(access))
    with closing(events(server, PATH)) as told:
        for event in told:
            yield matters(event, access.settings.get("account_id", ""))


def matters(event: Event, own_id: str) -> bool:
    """Whether there is something for us to read: the stream carries the home timeline as well."""
    if event.name == "conversation":
        return True
    if event.name not in {"notification", "update", "status.update"}:
        return False
    try:
        told = json.loads(event.data)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        # Looking once too often does no harm.
        return True
    if event.name == "notification":
        return told.get("type") in _TOLD
    author = told.get("account")
    return isinstance(author, dict) and str(author.get("id")) == own_id


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
