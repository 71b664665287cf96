"""What Reddit's things say: posts (t3), comments (t1) and private messages (t4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError, Verb

SITE = "https://www.reddit.com"
POST, COMMENT, MESSAGE = "t3", "t1", "t4"
_DELETED, _REMOVED = "[deleted]", "[removed]"
_BY_THE_AUTHOR = {"deleted", "author"}


def read_thing(thing: Any, path: str, *, account: str) -> Iterable[IncomingPost]:
    """What there is to say of one thing: its words, that it was removed, or that it is gone."""
    found = values.mapping(thing, path)
    kind, data = found.get("kind"), values.mapping(found.get("data"), f"{path}.data")
    if kind == MESSAGE:
        return (_message(data, path, account),)
    if kind == COMMENT:
        return _standing(data, _comment(data, path, account), data.get("body"))
    if kind == POST:
        return _standing(data, _post(data, path, account), data.get("selftext"))
    return ()


def _standing(data: Mapping[str, Any], post: IncomingPost, text: Any) -> Iterable[IncomingPost]:
    """The post, unless only its place is left; removed is by moderators, deleted by the author."""
    category = str(data.get("removed_by_category") or "")
    is_removed = text == _REMOVED or (category != "" and category not in _BY_THE_AUTHOR)
    hidden = IncomingPost(post.external_id, Verb.HIDE, posted_at=datetime.now(UTC))
    if text == _REMOVED:
        return (hidden,)
    if text == _DELETED or category in _BY_THE_AUTHOR:
        return (IncomingPost(post.external_id, Verb.DELETE),)
    return (post, hidden) if is_removed else (post,)


def _comment(data: Mapping[str, Any], path: str, account: str) -> IncomingPost:
    link = values.optional_identifier(data.get("link_id"), f"{path}.link_id")
    is_mention = data.get("type") == "username_mention"
    return _told(
        data,
        path,
        account,
        text=values.text(data.get("body"), f"{path}.body"),
        parent=values.optional_identifier(data.get("parent_id"), f"{path}.parent_id"),
        kind="mention" if is_mention else "comment",
        details={"link": link or _link_in(data)},
    )


def _link_in(data: Mapping[str, Any]) -> str:
    """The post a comment of the inbox is under, which only its address tells there."""
    parts = str(data.get("context") or "").split("/")
    return f"{POST}_{parts[4]}" if len(parts) > 4 and parts[3] == "comments" and parts[4] else ""


def _post(data: Mapping[str, Any], path: str, account: str) -> IncomingPost:
    title = values.text(data.get("title"), f"{path}.title", longest=2000)
    body = values.text(data.get("selftext"), f"{path}.selftext")
    address = "" if data.get("is_self") else _address(data.get("url"))
    kind = "image" if data.get("post_hint") == "image" else "link"
    return _told(
        data,
        path,
        account,
        text=f"{title}\n\n{body}".strip(),
        parent="",
        kind="post",
        details={"link": values.identifier(data.get("name"), f"{path}.name")},
        attachments=({"type": kind, "url": address, "alt": ""},) if address else (),
    )


def _address(value: Any) -> str:
    try:
        return values.link(value, "url")
    except ParseError:
        return ""  # better a post without its link than none


def _told(
    data: Mapping[str, Any],
    path: str,
    account: str,
    *,
    text: str,
    parent: str,
    kind: str,
    details: Mapping[str, Any],
    attachments: tuple[dict[str, str], ...] = (),
) -> IncomingPost:
    edited, permalink = data.get("edited"), data.get("permalink") or data.get("context")
    is_edited = isinstance(edited, int | float) and not isinstance(edited, bool)
    author = _author(data, path)
    score = data.get("score")
    return IncomingPost(
        external_id=values.identifier(data.get("name"), f"{path}.name"),
        text=text,
        posted_at=_written(data, path),
        author=author,
        parent_external_id=parent,
        kind=kind,
        is_own=_is_own(author, account),
        url=values.link(f"{SITE}{permalink}", f"{path}.permalink") if permalink else "",
        edited_at=values.stamp(edited, f"{path}.edited") if is_edited else None,
        counts={"score": score} if isinstance(score, int) and score >= 0 else {},
        attachments=attachments,
        details=details,
    )


def _message(data: Mapping[str, Any], path: str, account: str) -> IncomingPost:
    """A private message; the subject of the first one is part of what was said."""
    subject = values.text(data.get("subject"), f"{path}.subject", longest=1000)
    body = values.text(data.get("body"), f"{path}.body")
    first = values.optional_identifier(data.get("first_message_name"), f"{path}.first_message_name")
    own_id = values.identifier(data.get("name"), f"{path}.name")
    author = _author(data, path)
    parent = values.optional_identifier(data.get("parent_id"), f"{path}.parent_id")
    is_first = not first or first == own_id
    return IncomingPost(
        external_id=own_id,
        text=f"{subject}\n\n{body}".strip() if is_first else body,
        posted_at=_written(data, path),
        author=author,
        parent_external_id="" if is_first else parent or first,
        kind="direct_message",
        is_own=_is_own(author, account),
        is_private=True,
        details={"conversation": first or own_id},
    )


def _written(data: Mapping[str, Any], path: str) -> datetime:
    at = values.stamp(data.get("created_utc"), f"{path}.created_utc")
    if at is None:
        raise ParseError("is missing", field=f"{path}.created_utc")
    return at


def _author(data: Mapping[str, Any], path: str) -> IncomingAuthor | None:
    name = values.name(data.get("author"), f"{path}.author")
    if not name or name == _DELETED:
        return None
    # Only the full answers tell the number; the name is as lasting, for nobody can change it.
    return IncomingAuthor(name, handle=name, name=name, url=f"{SITE}/user/{name}")


def _is_own(author: IncomingAuthor | None, account: str) -> bool:
    return author is not None and author.handle.casefold() == account.casefold()
