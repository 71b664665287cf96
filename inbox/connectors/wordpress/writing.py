"""Answering and moderating on a blog."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.gathering import understood
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.types import OutgoingPost, ParseError, Published
from inbox.connectors.wordpress.client import Duplicate, NoTrash, get, write
from inbox.connectors.wordpress.parsing import ARTICLE, FIELDS, moment, status_of, text_of

LONGEST = 65_525  # bytes, as WordPress limits its column
# A second attempt follows the first within minutes; who says the same later means it.
_ONE_ATTEMPT = timedelta(minutes=15)


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a comment or an article; a comment that waits for approval is approved by it."""
    content = _content(out.text)
    article, parent = _place(access, out)
    try:
        made = write(
            access, "POST", "comments",
            params={"context": "edit", "_fields": FIELDS},
            json={"post": article, "parent": parent, "content": content},
        )  # fmt: skip
    except Duplicate:
        found = _own_comment(access, out, article, parent, datetime.now(UTC) - _ONE_ATTEMPT)
        if found is None:
            raise
        return found
    return _told(made)


@understood()
def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our comment with this text at this place, of `since` or later."""
    article = out.details.get("post") or _article_of(access, out.in_reply_to)
    parent = 0 if out.in_reply_to.startswith(ARTICLE) else int(out.in_reply_to)
    found = _own_comment(access, out, article, parent, since)
    if found is None:
        found_nothing(access, since)
    return found


def edit(access: Access, external_id: str, text: str) -> Published:
    """Change a comment of ours."""
    changed = write(
        access, "POST", f"comments/{external_id}", is_safe=True,
        params={"context": "edit", "_fields": FIELDS}, json={"content": _content(text)},
    )  # fmt: skip
    return _told(changed)


def delete(access: Access, external_id: str) -> None:
    """Put a comment into the trash, where a blog has none remove it; one that is gone is fine."""
    try:
        write(access, "DELETE", f"comments/{external_id}", is_safe=True)
    except Gone:
        return
    except NoTrash:
        params = {"force": "true"}
        write(access, "DELETE", f"comments/{external_id}", is_safe=True, params=params)


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Let a comment wait for approval, or approve it."""
    status = "hold" if is_hidden else "approved"
    item = get(access, f"comments/{external_id}", context="edit", _fields="id,status")
    if status_of(item) != status:
        path = f"comments/{external_id}"
        write(access, "POST", path, is_safe=True, json={"status": status})


def _content(text: str) -> str:
    """Words for a field that takes HTML."""
    content = html.escape(text.strip(), quote=False)
    if len(content.encode()) > LONGEST:
        raise TooLong(f"takes at most {LONGEST:,} bytes")
    return content


@understood()
def _place(access: Access, out: OutgoingPost) -> tuple[Any, int]:
    """The article, and the comment that is answered, which the public sees afterwards."""
    if out.is_private:
        raise Refused("takes no private messages")
    if out.in_reply_to.startswith(ARTICLE):
        return int(out.in_reply_to.removeprefix(ARTICLE)), 0
    path = f"comments/{out.in_reply_to}"
    item = get(access, path, context="edit", _fields="id,post,status")
    status = status_of(item)
    if status == "trash":
        raise Gone("has the comment that is answered in its trash")
    if status == "spam":
        raise Refused("has the comment among the spam: approve it there first")
    if status == "hold":
        write(access, "POST", path, is_safe=True, json={"status": "approved"})
    return values.mapping(item, "comment").get("post"), int(out.in_reply_to)


def _article_of(access: Access, comment: str) -> Any:
    if comment.startswith(ARTICLE):
        return comment.removeprefix(ARTICLE)
    item = get(access, f"comments/{comment}", context="edit", _fields="id,post")
    return values.mapping(item, "comment").get("post")


@understood()
def _own_comment(
    access: Access, out: OutgoingPost, article: Any, parent: int, since: datetime
) -> Published | None:
    found = get(
        access, "comments", context="edit", status="all", post=article, parent=parent,
        author=access.settings.get("account_id", ""), orderby="date_gmt", order="desc",
        per_page=100, _fields=FIELDS,
    )  # fmt: skip
    for item in found if isinstance(found, list) else []:
        told = _told(values.mapping(item, "comment"))
        if is_of_attempt(told.published_at, since) and is_same(text_of(item), out.text):
            return told
    return None


def _told(item: Any) -> Published:
    try:
        return Published(
            str(values.whole(item.get("id"), "id", smallest=1)),
            values.link(item.get("link"), "link"),
            moment(item, "comment"),
            {"post": item.get("post")},
        )
    except ParseError:
        raise Uncertain("took it without saying under which number") from None
