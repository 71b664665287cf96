"""Comments and articles as the REST API tells them."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.readable import readable
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

ARTICLE = "post:"  # before an article's number, which comments have too
FIELDS = (
    "id,post,parent,author,author_name,author_email,author_url,date_gmt,content,link,status,type,"
    "_links"
)
ARTICLE_FIELDS = "id,date_gmt,title,excerpt,link"
_LONGEST_EXCERPT = 500
_COLLECTION = re.compile(r"/wp/v2/([\w-]+)/\d+$")


def comment_of(item: Any, path: str, *, account: str) -> IncomingPost:
    """A comment. Raises `ParseError`."""
    fields = values.mapping(item, path)
    article = values.whole(fields.get("post"), f"{path}.post")
    parent = values.whole(fields.get("parent") or 0, f"{path}.parent")
    url = values.link(fields.get("link"), f"{path}.link")
    author = _author(fields, path)
    return IncomingPost(
        external_id=str(values.whole(fields.get("id"), f"{path}.id", smallest=1)),
        text=values.text(text_of(fields, url), f"{path}.content"),
        posted_at=moment(fields, path),
        author=author,
        parent_external_id=str(parent) if parent else f"{ARTICLE}{article}",
        kind="comment",
        is_own=author is not None and author.external_id == account,
        url=url,
        details={"post": article},
    )


def article_of(item: Any, path: str) -> IncomingPost:
    """An article: what the comments are about. Raises `ParseError`."""
    fields = values.mapping(item, path)
    number = values.whole(fields.get("id"), f"{path}.id", smallest=1)
    title = readable(_rendered(fields.get("title")))
    excerpt = readable(_rendered(fields.get("excerpt")))[:_LONGEST_EXCERPT]
    return IncomingPost(
        external_id=f"{ARTICLE}{number}",
        text=values.clean(f"{title}\n\n{excerpt}".strip() or f"#{number}"),
        posted_at=moment(fields, path),
        is_own=True,
        url=values.link(fields.get("link"), f"{path}.link"),
        details={"post": number},
    )


def text_of(fields: Mapping[str, Any], base: str = "") -> str:
    """The words of a comment as they were written; HTML in them is turned into text."""
    content = values.mapping(fields.get("content"), "content")
    raw = content.get("raw")
    if isinstance(raw, str) and "<" not in raw:
        return html.unescape(raw).replace("\r\n", "\n").strip()
    return readable(_rendered(content), base)


def moment(fields: Mapping[str, Any], path: str) -> datetime:
    """When something was written: the API leaves the offset out. Raises `ParseError`."""
    told = fields.get("date_gmt")
    try:
        return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)
    except ValueError:
        raise ParseError("is not a time", field=f"{path}.date_gmt") from None


def status_of(item: Any) -> str:
    """`approved`, `hold`, `spam`, `trash`, or "" when it is not told."""
    return str(item.get("status") or "") if isinstance(item, dict) else ""


def collection_of(item: Any) -> str:
    """Where the API keeps the article a comment is under: `posts`, `pages` or a type of its own."""
    links = item.get("_links") if isinstance(item, dict) else None
    above = links.get("up") if isinstance(links, dict) else None
    first = above[0] if isinstance(above, list) and above else {}
    found = _COLLECTION.search(str(first.get("href"))) if isinstance(first, dict) else None
    return found.group(1) if found else "posts"


def _rendered(value: Any) -> str:
    found = value.get("rendered") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _author(fields: Mapping[str, Any], path: str) -> IncomingAuthor | None:
    """A user of the blog by number, anybody else by the address they gave, which is not kept."""
    number = fields.get("author")
    name = values.name(html.unescape(str(fields.get("author_name") or "")), f"{path}.author_name")
    email = str(fields.get("author_email") or "").strip().lower()
    if isinstance(number, int) and not isinstance(number, bool) and number > 0:
        own_id = str(number)
    elif email or name:
        digest = hashlib.sha256((email or f"name:{name}").encode()).hexdigest()
        own_id = f"reader:{digest[:32]}"
    else:
        return None
    try:
        url = values.link(fields.get("author_url"), f"{path}.author_url")
    except ParseError:
        url = ""
    return IncomingAuthor(own_id, name=name, url=url)
