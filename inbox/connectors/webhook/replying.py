"""Replies to other systems: signed, once only, in a format of ours (docs/channels/webhook.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from inbox.connectors import values
from inbox.connectors.base import Access, Identity
from inbox.connectors.errors import (
    Expired,
    Forbidden,
    Gone,
    NetworkError,
    Refused,
    TooLong,
    Uncertain,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply
from inbox.connectors.signature import PREFIX, sign
from inbox.connectors.types import OutgoingPost, ParseError, Published, Upload

# What a receiver may say it can do besides taking public replies.
ABILITIES = ("private", "edit", "delete", "attachments", "lookup")
MOST_UPLOADS = 4


class _DoneBefore(Refused):
    """The receiver has done this webhook-id already; its answer says what came of it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("did this before")
        self.reply = reply


def supports(settings: Mapping[str, str]) -> frozenset[str]:
    """What the receiver said it can do."""
    return frozenset(settings.get("reply_supports", "").split()) & frozenset(ABILITIES)


def longest(settings: Mapping[str, str]) -> int | None:
    """The longest reply the receiver said it takes."""
    told = settings.get("reply_length", "")
    return int(told) if told.isdecimal() else None


def identify(access: Access) -> Identity:
    """Greet the receiver and learn what it can do; nothing is published."""
    found = _answer(_ask(access, "hello", {}, key=_new_key(), is_safe=True))
    listed = found.get("supports")
    told = [one for one in listed if one in ABILITIES] if isinstance(listed, list) else []
    most = found.get("length_limit")
    is_number = isinstance(most, int) and not isinstance(most, bool) and most > 0
    address = _address(access)
    return Identity(
        address,
        name=values.name(found.get("name"), "name") if isinstance(found.get("name"), str) else "",
        settings={
            "reply_url": address,
            "reply_supports": " ".join(told),
            "reply_length": str(most) if is_number else "",
        },
    )


def publish(access: Access, out: OutgoingPost, key: str) -> Published:
    """Send a reply. Raises `Uncertain` when the receiver may have it."""
    most = longest(access.settings)
    if most is not None and len(out.text) > most:
        raise TooLong(f"takes replies of at most {most} characters")
    if out.uploads and "attachments" not in supports(access.settings):
        raise Refused("takes no pictures")
    data = {
        "text": out.text,
        "in_reply_to": out.in_reply_to,
        "thread": out.root or out.in_reply_to,
        "kind": out.kind,
        "is_private": out.is_private,
        "recipient": {"external_id": out.recipient, "handle": out.recipient_handle},
        "language": out.language,
        "attachments": [_attached(upload) for upload in out.uploads],
        "details": dict(out.details),
    }
    try:
        return _published(_ask(access, "reply.publish", data, key=key), key)
    except _DoneBefore as done:
        return _published(done.reply, key)


def find_published(access: Access, key: str) -> Published | None:
    """What the receiver has under `key`; None when it has nothing, or a repeat is harmless.

    A receiver that cannot be asked has promised to do nothing twice for one webhook-id.
    """
    if "lookup" not in supports(access.settings):
        return None
    query = urlencode({"id": key})
    address = _address(access)
    path = f"{address}{'&' if urlsplit(address).query else '?'}{query}"
    api = _api(access, is_lookup=True)
    try:
        reply = api.ask("GET", path, headers=_signed(access, _new_key(), b""))
    except Gone:
        return None
    return _published(reply, key)


def edit(access: Access, external_id: str, text: str) -> Published:
    """Tell the receiver the new words of a reply."""
    data = {"id": external_id, "text": text}
    reply = _ask(access, "reply.edit", data, key=_new_key(), is_safe=True)
    return _published(reply, external_id)


def delete(access: Access, external_id: str) -> None:
    """Tell the receiver to remove a reply; one that is gone already is fine."""
    try:
        _ask(access, "reply.delete", {"id": external_id}, key=_new_key(), is_safe=True)
    except Gone:
        return


def _ask(
    access: Access, kind: str, data: Mapping[str, Any], *, key: str, is_safe: bool = False
) -> Reply:
    message = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", **_signed(access, key, body)}
    api = _api(access)
    return api.ask("POST", _address(access), is_safe=is_safe, headers=headers, content=body)


def _api(access: Access, *, is_lookup: bool = False) -> Api:
    fault = _lookup_fault if is_lookup else _fault
    return Api("", {"Accept": "application/json"}, access.allow_private, fault)


def _address(access: Access) -> str:
    address = access.settings.get("reply_url", "")
    try:
        return values.link(address, "address") or _missing()
    except ParseError as error:
        raise Refused(f"has no usable address: it {error.reason}") from None


def _missing() -> str:
    raise Refused("has no address for replies: enter it on the channel's page")


def _signed(access: Access, key: str, body: bytes) -> dict[str, str]:
    """The headers, by each secret that is valid now, so that a change of it loses nothing."""
    own = access.secrets.get("reply_secret", "")
    secrets = [own] if own else access.secrets.get("secret", "").split()
    if not secrets or not all(secret.startswith(PREFIX) for secret in secrets):
        raise Expired("cannot be written to: there is no secret to sign with")
    now = int(datetime.now(UTC).timestamp())
    signatures = [sign(one, delivery_id=key, timestamp=now, body=body) for one in secrets]
    return {
        "webhook-id": key,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signatures),
    }


def _new_key() -> str:
    return f"msg_{uuid4().hex}"


def _attached(upload: Upload) -> dict[str, str]:
    return {
        "name": upload.name,
        "content_type": upload.content_type,
        "alt": upload.alt,
        "content": base64.b64encode(upload.content).decode(),
    }


def _fault(reply: Reply) -> NetworkError | None:
    """What a refusal means; its `message` is what a person reads."""
    if reply.status < 300 or reply.status in {401, 403, 404, 410, 429} or reply.status >= 500:
        return None if reply.status != 401 else Expired("answers 401: it does not know the secret")
    said = _answer(reply).get("message") or _answer(reply).get("detail") or ""
    words = said if isinstance(said, str) else ""
    reason = f"answers {reply.status}{': ' if words else ''}{words}"[:LONGEST_REASON]
    if reply.status in {413, 422}:
        return TooLong(reason)
    if reply.status < 400:
        return Refused(f"{reason}: redirects are not followed")
    # Done before, under this very id: the answer says what came of it.
    if reply.status == 409 and _answer(reply).get("id"):
        return _DoneBefore(reply)
    return Forbidden(reason) if reply.status == 405 else Refused(reason)


def _lookup_fault(reply: Reply) -> NetworkError | None:
    if reply.status in {404, 410} or reply.status < 300:
        return None
    return Unreachable(f"answers {reply.status} when it is asked what it has")


def _answer(reply: Reply) -> dict[str, Any]:
    """The object a receiver answered with; it may answer with nothing or anything else."""
    try:
        found = reply.json()
    except Unreachable:
        return {}
    return found if isinstance(found, dict) else {}


def _published(reply: Reply, key: str) -> Published:
    found = _answer(reply)
    try:
        external_id = values.optional_identifier(found.get("id"), "id") or key
        at = values.moment(found.get("published_at"), "published_at")
    except ParseError as error:
        raise Uncertain(f"took it, but its {error.field} {error.reason}") from None
    try:
        url = values.link(found.get("url"), "url")
    except ParseError:
        url = ""  # better a reply without its address than one nobody knows the end of
    return Published(external_id, url=url, published_at=at)
