"""The Standard Webhooks signature, over the bytes as received.

The library's own `Webhook.verify` decodes the body first and so cannot check one that is not UTF-8,
knows a single secret, and lets a malformed header out as `ValueError`; its primitive is used here,
and the tests hold both against each other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from standardwebhooks.webhooks import hmac_data

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
_HEX = re.compile(r"[0-9a-fA-F]{64}")


class SignatureError(Exception):
    """A delivery that does not prove where it comes from; the text says what to change."""


def new_secret() -> str:
    """A fresh secret; show it once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether `text` can sign: the prefix, and at least 24 bytes as base64."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX) + "==", validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and len(key) >= 24


def sign(secret: str, *, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` for a delivery."""
    digest = hmac_data(_key(secret), f"{delivery_id}.{timestamp}.".encode() + body)
    return f"v1,{base64.b64encode(digest).decode()}"


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> str:
    """Return the delivery's id if one of `secrets` signed it; raise `SignatureError` otherwise."""
    delivery_id = _header(headers, "webhook-id")
    timestamp = _header(headers, "webhook-timestamp")
    signature = _header(headers, "webhook-signature")
    _check_time(timestamp, now)
    offered = list(_digests(signature))
    signed = f"{delivery_id}.{timestamp}.".encode("latin-1", "replace") + body
    for secret in secrets:
        expected = hmac_data(_key(secret), signed)
        if any(hmac.compare_digest(expected, digest) for digest in offered):
            return delivery_id
    raise SignatureError(
        "No signature matches: sign <webhook-id>.<webhook-timestamp>.<body>, byte for byte as "
        "sent, with this channel's secret."
    )


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX) + "==")


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise SignatureError(f"The header {name} is missing.")
    return value


def _check_time(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 13):
        raise SignatureError("webhook-timestamp must be whole seconds since 1970.")
    age = now.timestamp() - int(timestamp)
    if abs(age) > TOLERANCE.total_seconds():
        where = "in the past" if age > 0 else "in the future"
        raise SignatureError(
            f"webhook-timestamp lies more than 5 minutes {where}: sign each attempt anew and "
            "check the sender's clock."
        )


def _digests(signature: str) -> Iterator[bytes]:
    """The v1 signatures of the header; raises `SignatureError` when it holds none."""
    values = [part.partition(",")[2] for part in signature.split() if part.startswith("v1,")]
    if not values:
        raise SignatureError("webhook-signature must hold v1,<base64>.")
    if all(_HEX.fullmatch(value) for value in values):
        raise SignatureError("webhook-signature is hexadecimal: it must be base64.")
    for value in values:
        try:
            yield base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            continue
