"""Deliveries of Meta: the handshake, the signature, and the envelope around what happened."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access, Handshake
from inbox.connectors.digests import check_hex, digest
from inbox.connectors.gathering import Gathering, alone, document, items
from inbox.connectors.signature import SignatureError
from inbox.connectors.types import Delivery, IncomingPost, ParseError

HEADER = "X-Hub-Signature-256"
_MESSAGES = ("messaging", "standby")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on `account`; `field` is messaging or standby for a message."""

    account: str
    field: str
    value: dict[str, Any]
    at: datetime | None  # when the network told it
    path: str


Reader = Callable[[Event], Iterable[IncomingPost | str]]


def handshake(access: Access, query: Mapping[str, str]) -> Handshake | None:
    """The challenge, if the question holds the verify token that was entered."""
    expected = access.secrets.get("verify_token", "")
    given = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not expected or "hub.challenge" not in query:
        return None
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return None
    return Handshake(query["hub.challenge"].encode())


def verify(access: Access, headers: Mapping[str, str], body: bytes) -> None:
    """Raise `SignatureError` unless the app's secret signed `body`."""
    secret = access.secrets.get("app_secret", "")
    if not secret:
        raise SignatureError("The app secret is missing: enter it on the channel's page.")
    check_hex(headers, HEADER, digest(secret, body), prefix="sha256=")


def parse(body: bytes, kind: str, read: Reader) -> Delivery:
    """What `read` finds in each event of a body about an object of that `kind`."""
    found = document(body)
    if found.get("object") != kind:
        raise ParseError(f"must be {kind}", field="object")
    gathering = Gathering()
    for path, entry in items(found.get("entry"), "entry"):
        _gather_entry(gathering, path, entry, kind, read)
    return gathering.delivery()


def _gather_entry(gathering: Gathering, path: str, entry: Any, kind: str, read: Reader) -> None:
    def whole() -> Iterable[str]:
        fields = values.mapping(entry, path)
        values.identifier(fields.get("id"), f"{path}.id")
        for name in ("changes", *_MESSAGES):
            items(fields.get(name), f"{path}.{name}")
        values.stamp(fields.get("time"), f"{path}.time")
        return ()

    refused = len(gathering.refused)
    gathering.add(path, alone({"object": kind, "entry": [entry]}), whole)
    if len(gathering.refused) > refused:
        return
    account = values.identifier(entry["id"], path)
    at = values.stamp(entry.get("time"), path)
    frame = {"id": entry["id"], "time": entry.get("time")}
    for name, where, item in _events(entry, path):
        raw = alone({"object": kind, "entry": [frame | _framed(name, item)]})
        gathering.add(where, raw, _reader(read, account, name, item, at, where))


def _events(entry: dict[str, Any], path: str) -> Iterable[tuple[str, str, Any]]:
    """The events of an entry: in lists, or, as Instagram also sends them, in the entry itself."""
    if "field" in entry:
        yield "", path, {"field": entry["field"], "value": entry.get("value")}
    for where, change in items(entry.get("changes"), f"{path}.changes"):
        yield "", where, change
    for name in _MESSAGES:
        for where, message in items(entry.get(name), f"{path}.{name}"):
            yield name, where, message


def _framed(name: str, item: Any) -> dict[str, Any]:
    return {name or "changes": [item]}


def _reader(
    read: Reader, account: str, name: str, item: Any, at: datetime | None, path: str
) -> Callable[[], Iterable[IncomingPost | str]]:
    def event() -> Iterable[IncomingPost | str]:
        found = values.mapping(item, path)
        if name:
            return read(Event(account, name, dict(found), at, path))
        kind = values.text(found.get("field"), f"{path}.field")
        value = found.get("value")
        if not isinstance(value, dict):
            return ()  # some fields carry a bare word, none of them a post
        return read(Event(account, kind, value, at, f"{path}.value"))

    return event
