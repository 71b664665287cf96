"""Signatures of a body by a shared secret, over the very bytes that came."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from inbox.connectors.signature import SignatureError

_HEX = re.compile(r"[0-9a-fA-F]{64}")


def digest(secret: str, message: bytes) -> bytes:
    """HMAC-SHA256 of `message`."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def in_base64(found: bytes) -> str:
    """`found` as text."""
    return base64.b64encode(found).decode()


def check_hex(headers: Mapping[str, str], name: str, expected: bytes, *, prefix: str = "") -> None:
    """Raise `SignatureError` unless header `name` holds `expected` as hexadecimal digits."""
    value = _value(headers, name, prefix)
    if not _HEX.fullmatch(value):
        raise SignatureError(f"{name} must be {prefix}<64 hexadecimal digits>.")
    _compare(bytes.fromhex(value), expected, name)


def check_base64(
    headers: Mapping[str, str], name: str, expected: bytes, *, prefix: str = ""
) -> None:
    """Raise `SignatureError` unless header `name` holds `expected` as base64."""
    value = _value(headers, name, prefix)
    if _HEX.fullmatch(value):
        raise SignatureError(f"{name} is hexadecimal: it must be base64.")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError(f"{name} must be {prefix}<base64>.") from None
    _compare(found, expected, name)


def _value(headers: Mapping[str, str], name: str, prefix: str) -> str:
    value = next((headers[key] for key in headers if key.lower() == name.lower()), "").strip()
    if not value:
        raise SignatureError(f"The header {name} is missing.")
    if not value.startswith(prefix):
        raise SignatureError(f"{name} must begin with {prefix}")
    return value.removeprefix(prefix)


def _compare(found: bytes, expected: bytes, name: str) -> None:
    if not hmac.compare_digest(found, expected):
        raise SignatureError(
            f"{name} does not fit the body: check that the secret is this app's, and that nothing "
            "in between changes the bytes."
        )
