"""Reads single values of a payload, so that nothing a network can send breaks the database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from inbox.connectors.types import ParseError

LONGEST_TEXT = 100_000  # PostgreSQL refuses a search vector of 1 MB
LONGEST_ID = 300
LONGEST_NAME = 200
LONGEST_LINK = 1000
LARGEST_COUNT = 2_147_483_647
KINDS = ("post", "comment", "mention", "direct_message", "review")
# A number beyond this is no number of seconds: they would lead past the year 5000.
_MILLISECONDS = 100_000_000_000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def clean(value: str) -> str:
    """`value` without what PostgreSQL cannot store: NUL, and halves of a character."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    return _LONE_SURROGATE.sub("�", value)


def text(value: Any, field: str, *, longest: int = LONGEST_TEXT) -> str:
    """A text, kept as written; None is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ParseError(f"must be a text, not {_kind_of(value)}", field=field)
    if len(value) > longest:
        raise ParseError(f"is longer than {longest:,} characters", field=field)
    return clean(value)


def name(value: Any, field: str) -> str:
    """A name or handle, cut to what fits: better a cut name than a lost post."""
    return text(value, field).strip()[:LONGEST_NAME]


def identifier(value: Any, field: str, *, longest: int = LONGEST_ID) -> str:
    """A network's id: a text or whole number that is not empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ParseError("is missing" if value is None else "must be a text", field=field)
    found = value.strip()
    if not found:
        raise ParseError("is empty", field=field)
    if len(found) > longest:
        raise ParseError(f"is longer than {longest} characters", field=field)
    if clean(found) != found:
        raise ParseError("holds characters that no id may hold", field=field)
    return found


def optional_identifier(value: Any, field: str) -> str:
    """A network's id, or "" for None and the empty text."""
    return "" if value is None or value == "" else identifier(value, field)


def moment(value: Any, field: str) -> datetime | None:
    """An ISO 8601 time with its offset, in UTC; None stays None."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ParseError(
            "is not an ISO 8601 time such as 2026-03-01T12:00:00Z", field=field
        ) from None
    if found.utcoffset() is None:
        raise ParseError("has no offset: end it with Z or one such as +01:00", field=field)
    return in_utc(found, field)


def in_utc(value: datetime, field: str) -> datetime:
    """An aware time in UTC; times that leave the calendar are refused."""
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ParseError("is outside the calendar", field=field) from None


def link(value: Any, field: str, *, longest: int = LONGEST_LINK) -> str:
    """An http(s) address or "". Others are refused: a page shows them as links."""
    found = text(value, field).strip()
    if not found:
        return ""
    try:
        parts = urlsplit(found)
    except ValueError:
        raise ParseError("is not an address", field=field) from None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        raise ParseError("must be an address that starts with http:// or https://", field=field)
    if len(found) > longest:
        raise ParseError(f"is longer than {longest} characters", field=field)
    return found


def flag(value: Any, field: str) -> bool:
    """True or false; None is false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ParseError("must be true or false", field=field)


def whole(value: Any, field: str, *, smallest: int = 0, largest: int = LARGEST_COUNT) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParseError(f"must be a whole number, not {_kind_of(value)}", field=field)
    if not smallest <= value <= largest:
        raise ParseError(f"must lie between {smallest} and {largest}", field=field)
    return value


def one_of(value: Any, choices: Sequence[str], field: str) -> str:
    """One of `choices`."""
    if value not in choices or not isinstance(value, str):
        raise ParseError(f"must be one of {', '.join(choices)}", field=field)
    return value


def language(value: Any, field: str) -> str:
    """A two- or three-letter language code; `de-AT` is `de`, anything unreadable is ""."""
    found = _LANGUAGE.match(text(value, field).strip().lower().replace("_", "-").partition("-")[0])
    return found.group() if found else ""


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """A JSON object; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParseError(f"must be an object, not {_kind_of(value)}", field=field)
    return value


def _kind_of(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")


def stamp(value: Any, field: str) -> datetime | None:
    """A moment as networks tell it: seconds or milliseconds since 1970, or ISO 8601; None stays."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return moment(value, field)
    try:
        seconds = value / 1000 if abs(value) > _MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise ParseError("is outside the calendar", field=field) from None
