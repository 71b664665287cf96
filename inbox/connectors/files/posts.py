"""From a row to a post, by a mapping of our fields to a file's columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from inbox.connectors import values
from inbox.connectors.files.layout import FileError, Layout
from inbox.connectors.files.rows import Row, rows_again
from inbox.connectors.files.times import moment
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

# Our field: columns that mean it, the likeliest first.
GUESSES: Mapping[str, tuple[str, ...]] = {
    "external_id": (
        "external_id", "id", "post_id", "tweet_id", "comment_id", "message_id", "guid", "uuid",
    ),
    "posted_at": (
        "posted_at", "ts", "timestamp", "created_at", "date", "datetime", "time", "created",
        "published_at", "published", "created_time", "created_utc",
    ),
    "text": ("text", "body", "message", "content", "full_text", "comment", "tweet", "post"),
    "author": (
        "author", "author_id", "author.external_id", "author.id", "user_id", "user.id", "from.id",
        "username", "handle", "user", "author_handle", "author.handle", "screen_name", "from",
    ),
    "author_handle": (
        "author_handle", "handle", "username", "screen_name", "author.handle", "author.username",
        "user.username",
    ),
    "author_name": (
        "author_name", "display_name", "author.name", "user.name", "from.name", "full_name",
    ),
    "parent": (
        "parent", "parent_external_id", "in_reply_to", "parent_id", "reply_to", "in_reply_to_id",
        "in_reply_to_status_id", "in_response_to_tweet_id",
    ),
    "language": ("language", "lang"),
    "kind": ("kind",),
    "url": ("url", "permalink", "permalink_url", "link"),
    "is_own": ("is_own",),
    "is_private": ("is_private",),
    "edited_at": ("edited_at", "edited"),
    "rating": ("rating", "stars"),
}  # fmt: skip
FIELDS = tuple(GUESSES)
NEEDED = ("posted_at", "text")
ALIASES = {"parent_external_id": "parent", "in_reply_to": "parent"}
_NOTHING = {"", "null", "none", "nan", "n/a", "\\n"}
_YES = {"1", "true", "t", "yes", "y"}
_NO = {"0", "false", "f", "no", "n"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken in."""

    row: Row
    reason: str
    field: str


def guess(columns: Iterable[str]) -> dict[str, str]:
    """Our field → the column that most likely holds it, for the fields that can be guessed."""
    plain = {c.strip().lower().replace(" ", "_").replace("-", "_"): c for c in reversed([*columns])}
    found = {
        field: next((plain[name] for name in names if name in plain), "")
        for field, names in GUESSES.items()
    }
    return {field: column for field, column in found.items() if column}


def choose(layout: Layout, wanted: Mapping[str, str]) -> dict[str, str]:
    """The mapping to read `layout` with: guesses, and `wanted` over them ("" leaves a field out).

    Raises `FileError` for a field or column that does not exist and for a needed field without one.
    """
    columns = ", ".join(layout.columns)
    chosen = guess(layout.columns)
    for name, column in wanted.items():
        field = ALIASES.get(name, name)
        if field not in FIELDS:
            raise FileError(f"There is no field “{name}”. The fields are: {', '.join(FIELDS)}.")
        if column and column not in layout.columns:
            raise FileError(f"The file has no column “{column}”. Its columns are: {columns}.")
        chosen[field] = column
    for field in NEEDED:
        if not chosen.get(field):
            raise FileError(
                f"No column is known to hold {field}. The columns are: {columns}. "
                f"Say which with --map {field}=COLUMN."
            )
    return {field: column for field, column in chosen.items() if column}


def posts_of(
    rows: Iterable[Row], layout: Layout, *, salt: str
) -> Iterator[tuple[Row, IncomingPost | BadRow]]:
    """Each row with its post, or with why there is none."""
    zone = layout.zone
    for row in rows:
        try:
            yield row, _post(row, layout.mapping, zone, salt)
        except ParseError as error:
            column = layout.mapping.get(error.field, "")
            yield row, BadRow(row, error.reason, column or error.field)


def read_again(raw: bytes, layout: Layout, *, salt: str) -> list[IncomingPost]:
    """The posts of rows kept in quarantine; raises `ParseError` for the first that is still bad."""
    found = []
    for _, post in posts_of(rows_again(raw, layout), layout, salt=salt):
        if isinstance(post, BadRow):
            raise ParseError(post.reason, field=post.field)
        found.append(post)
    if not found:
        raise ParseError("is empty")
    return found


def _post(row: Row, mapping: Mapping[str, str], zone: tzinfo, salt: str) -> IncomingPost:
    if row.fault:
        raise ParseError(row.fault)
    cells = {field: row.cells.get(column) for field, column in mapping.items()}
    posted_at = moment(_or_none(cells.get("posted_at")), zone, "posted_at")
    if posted_at is None:
        raise ParseError("is empty", field="posted_at")
    text = values.text(_as_text(cells.get("text")), "text")
    rating = _rating(_or_none(cells.get("rating")))
    if not text.strip() and rating is None:
        raise ParseError("is empty", field="text")
    author = _author(cells)
    parent = values.optional_identifier(_or_none(cells.get("parent")), "parent")
    given_id = _or_none(cells.get("external_id"))
    return IncomingPost(
        external_id=values.identifier(given_id, "external_id")
        if given_id is not None
        else _stable_id(salt, author, posted_at.isoformat(), text),
        text=text,
        posted_at=posted_at,
        author=author,
        parent_external_id=parent,
        kind=_kind(_or_none(cells.get("kind")), parent),
        is_own=_flag(cells.get("is_own"), "is_own"),
        is_private=_flag(cells.get("is_private"), "is_private"),
        language=values.language(_or_none(cells.get("language")), "language"),
        url=values.link(_or_none(cells.get("url")), "url"),
        edited_at=moment(_or_none(cells.get("edited_at")), zone, "edited_at"),
        rating=rating,
    )


def _stable_id(salt: str, author: IncomingAuthor | None, posted_at: str, text: str) -> str:
    """The same for the same row whenever it is brought, so that a second import changes nothing."""
    parts = (salt, author.external_id if author else "", posted_at, text)
    return "row-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _author(cells: Mapping[str, Any]) -> IncomingAuthor | None:
    handle = values.name(_or_none(cells.get("author_handle")), "author_handle")
    name = values.name(_or_none(cells.get("author_name")), "author_name")
    own_id = values.optional_identifier(_or_none(cells.get("author")), "author")
    external_id = (own_id or handle or name)[: values.LONGEST_NAME]
    if not external_id:
        return None
    # Without any name the id is what people know the author by.
    return IncomingAuthor(external_id, handle=handle or ("" if name else external_id), name=name)


def _kind(value: Any, parent: str) -> str:
    if value is None:
        return "comment" if parent else "post"
    return values.one_of(str(value).strip().lower().replace(" ", "_"), values.KINDS, "kind")


def _rating(value: Any) -> int | None:
    if value is None:
        return None
    try:
        stars = float(str(value).partition("/")[0])
    except ValueError:
        raise ParseError(f"{str(value)[:30]!r} is no number", field="rating") from None
    if not 1 <= stars <= 5 or stars != int(stars):
        raise ParseError("must be a whole number from 1 to 5", field="rating")
    return int(stars)


def _flag(value: Any, field: str) -> bool:
    word = str(value).strip().lower()
    if word in _NOTHING or word in _NO:
        return False
    if word in _YES:
        return True
    raise ParseError(f"{word[:30]!r} is neither yes nor no", field=field)


def _or_none(value: Any) -> Any:
    """None for the ways files write that there is nothing."""
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
