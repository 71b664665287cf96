"""Posts from the bytes of a feed."""

from __future__ import annotations

import calendar
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

import feedparser

from inbox.connectors import values
from inbox.connectors.readable import readable
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|RDF)\s*>\s*(?:<!--.*?-->\s*)*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a feed held, oldest first."""

    posts: tuple[IncomingPost, ...]
    title: str = ""


def parse(
    raw: bytes, *, address: str, content_type: str = "", now: datetime | None = None
) -> Parsed:
    """Read a feed fetched from `address` at `now`; raises `ParseError` when it is none, or torn."""
    found = _read(raw, content_type)
    if not found.version:
        is_page = b"<html" in raw[:2000].lower()
        raise ParseError("is a web page, not a feed" if is_page else _fault(found))
    if found.bozo and not found.entries:
        raise ParseError(_fault(found))
    # A torn feed would bring half a text, and its other half as an edit.
    if found.bozo and b"\x00" not in raw[:100] and not _END.search(raw[-4000:].rstrip()):
        raise ParseError("ends in the middle")
    now = now or datetime.now(UTC)
    posts = [post for entry in found.entries if (post := _post(entry, address, now))]
    posts.sort(key=lambda post: post.posted_at or now)
    return Parsed(tuple(posts), values.name(found.feed.get("title"), "title"))


def _read(raw: bytes, content_type: str) -> Any:
    if not raw.strip():
        raise ParseError("is empty, not a feed")
    try:
        # A file object: the library would take bytes that spell a path for a file to open.
        return feedparser.parse(
            io.BytesIO(raw),
            response_headers={"content-type": content_type or "application/xml"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise ParseError(f"is not a feed: {values.clean(str(error))[:200]}") from error


def _fault(found: Any) -> str:
    error = found.get("bozo_exception")
    reason = getattr(error, "getMessage", lambda: str(error))() if error else "no feed format"
    return f"is not a feed: {values.clean(str(reason))[:200]}"


def _post(entry: Mapping[str, Any], address: str, now: datetime) -> IncomingPost | None:
    """The post of an entry; None for one without any content."""
    link = _link(entry.get("link"))
    parent = _parent(entry)
    title, body = _title(entry), _body(entry, link or address)
    written = body if parent or body.startswith(title) else f"{title}\n\n{body}".strip()
    text = values.clean(written or title)[: values.LONGEST_TEXT]
    if not text:
        return None
    published = _time(entry.get("published_parsed"))
    updated = _time(entry.get("updated_parsed"))
    posted_at = published or updated or now
    is_edited = updated is not None and updated - posted_at > timedelta(seconds=1)
    own_id = values.clean(
        entry.get("id") or entry.get("link") or f"{title}\x1f{published}\x1f{body}"
    )
    return IncomingPost(
        external_id=_short(own_id),
        text=text,
        posted_at=posted_at,
        author=_author(entry),
        parent_external_id=_short(parent) if parent else "",
        kind="comment" if parent else "post",
        language=_language(entry),
        url=link,
        edited_at=updated if is_edited else None,
    )


def _short(own_id: str) -> str:
    """An id that fits; long ones become their digest, the same each time."""
    found = own_id.strip()
    fits = 0 < len(found) <= values.LONGEST_ID
    return found if fits else "sha256:" + hashlib.sha256(found.encode()).hexdigest()


def _parent(entry: Mapping[str, Any]) -> str:
    reply = entry.get("thr_in-reply-to")
    if not isinstance(reply, Mapping):
        return ""
    return values.clean(str(reply.get("ref") or reply.get("href") or "")).strip()


def _author(entry: Mapping[str, Any]) -> IncomingAuthor | None:
    detail = entry.get("author_detail") or {}
    name = values.clean(str(detail.get("name") or detail.get("email") or entry.get("author") or ""))
    url = _link(detail.get("href"))[:500]
    own_id = (url or str(detail.get("email") or "") or name).strip()
    if not own_id:
        return None
    name = name.strip()[: values.LONGEST_NAME]
    return IncomingAuthor(values.clean(own_id)[: values.LONGEST_NAME], name=name, url=url)


def _title(entry: Mapping[str, Any]) -> str:
    detail = entry.get("title_detail") or {}
    is_plain = detail.get("type") == "text/plain"
    title = str(entry.get("title") or "")
    return " ".join((title if is_plain else readable(title)).split())


def _body(entry: Mapping[str, Any], base: str) -> str:
    contents = [*entry.get("content", []), entry.get("summary_detail") or {}]
    chosen: Mapping[str, Any] = next((c for c in contents if c.get("value")), {})
    value = str(chosen.get("value") or "")
    if chosen.get("type") == "text/plain" and "<" not in value:
        return value.strip()
    return readable(value, str(chosen.get("base") or base))


def _link(value: Any) -> str:
    try:
        return values.link(value, "link")
    except ParseError:
        return ""


def _language(entry: Mapping[str, Any]) -> str:
    contents = entry.get("content") or [entry.get("summary_detail") or {}]
    return values.language(contents[0].get("language"), "language")


def _time(value: struct_time | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (OverflowError, ValueError, OSError):
        return None
