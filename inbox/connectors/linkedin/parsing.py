"""What LinkedIn's notifications, comments and posts say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import Gathering, alone, document, items
from inbox.connectors.types import Delivery, IncomingAuthor, IncomingPost, ParseError, Verb

KIND = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
SITE = "https://www.linkedin.com"
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+|\w+:\d+),(\d+)\)")
_READ = {"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"}
_BETWEEN = "|"  # stands in no name of LinkedIn's


def parse(body: bytes, *, account: str) -> Delivery:
    """Read a delivery: it names what happened, and what was said must be asked for."""
    found = document(body)
    if found.get("type") != KIND:
        raise ParseError(f"must be {KIND}", field="type")
    gathering = Gathering()
    for path, item in items(found.get("notifications"), "notifications"):
        raw = alone({"type": KIND, "notifications": [item]})
        gathering.add(path, raw, lambda item=item, path=path: _told(item, path, account))  # type: ignore[misc]
    return gathering.delivery()


def _told(item: Any, path: str, account: str) -> Iterable[IncomingPost | str]:
    notice = values.mapping(item, path)
    action = values.text(notice.get("action"), f"{path}.action")
    subject = values.optional_identifier(
        notice.get("generatedActivity"), f"{path}.generatedActivity"
    )
    source = values.optional_identifier(notice.get("sourcePost"), f"{path}.sourcePost")
    page = values.optional_identifier(
        notice.get("organizationalEntity"), f"{path}.organizationalEntity"
    )
    page = page.rpartition(":")[2]
    if action == "COMMENT_DELETE":
        at = values.stamp(notice.get("lastModifiedAt"), f"{path}.lastModifiedAt")
        name = canonical(subject, f"{path}.generatedActivity")
        return (IncomingPost(name, Verb.DELETE, posted_at=at, account=page or account),)
    if action in _READ:
        return (reference(canonical(subject, f"{path}.generatedActivity"), source),)
    if action == "SHARE_MENTION":
        return (reference(subject or values.identifier(source or None, f"{path}.sourcePost"), ""),)
    return ()  # likes and shares carry no words


def reference(name: str, source: str) -> str:
    """What is to be read, and the post it is under."""
    return f"{name}{_BETWEEN}{source}" if source else name


def apart(named: str) -> tuple[str, str]:
    """The two halves of a reference."""
    name, _, source = named.partition(_BETWEEN)
    return name, source


def canonical(name: str, path: str) -> str:
    """The one spelling of a comment's name: both with and without `urn:li:` before the activity."""
    found = _COMMENT.fullmatch(name)
    if found is None:
        raise ParseError("must name a comment: urn:li:comment:(urn:li:activity:1,2)", field=path)
    thing = found[1] if found[1].startswith("urn:li:") else f"urn:li:{found[1]}"
    return f"urn:li:comment:({thing},{found[2]})"


def is_comment(name: str) -> bool:
    """Whether it is a comment's name."""
    return _COMMENT.fullmatch(name) is not None


def parts_of(name: str) -> tuple[str, str]:
    """What a comment is under, and its number."""
    found = _COMMENT.fullmatch(name)
    if found is None:
        raise ParseError("is no comment")
    return found[1], found[2]


def comment_of(item: Any, path: str, *, account: str, source: str = "") -> IncomingPost:
    """One comment as the API tells it; of who wrote it only a number is told."""
    comment = values.mapping(item, path)
    under = values.identifier(comment.get("object"), f"{path}.object")
    number = values.identifier(comment.get("id"), f"{path}.id")
    told = comment.get("commentUrn") or f"urn:li:comment:({under},{number})"
    name = canonical(values.identifier(told, f"{path}.commentUrn"), f"{path}.commentUrn")
    above = values.optional_identifier(comment.get("parentComment"), f"{path}.parentComment")
    above = canonical(above, f"{path}.parentComment") if above else ""
    created = values.mapping(comment.get("created"), f"{path}.created")
    posted_at = values.stamp(created.get("time"), f"{path}.created.time")
    if posted_at is None:
        raise ParseError("is missing", field=f"{path}.created.time")
    changed = values.mapping(comment.get("lastModified"), f"{path}.lastModified")
    edited_at = values.stamp(changed.get("time"), f"{path}.lastModified.time")
    message = values.mapping(comment.get("message"), f"{path}.message")
    actor = values.identifier(comment.get("actor"), f"{path}.actor", longest=values.LONGEST_NAME)
    return IncomingPost(
        external_id=name,
        text=values.text(message.get("text"), f"{path}.message.text"),
        posted_at=posted_at,
        author=IncomingAuthor(actor, url=_page_of(actor)),
        parent_external_id=above or under,
        kind="comment",
        is_own=_is_ours(actor, account),
        url=f"{SITE}/feed/update/{under}?commentUrn={name}",
        edited_at=edited_at if edited_at and edited_at > posted_at else None,
        account=account,
        counts=_likes(comment),
        # Answers to an answer stand under the same first comment.
        details={"object": under, "top": above or name, "post": source},
    )


def _is_ours(actor: str, account: str) -> bool:
    return bool(account) and actor == f"urn:li:organization:{account}"


def _page_of(actor: str) -> str:
    kind, _, number = actor.rpartition(":")
    return f"{SITE}/company/{number}" if kind.endswith(":organization") else ""


def _likes(comment: Mapping[str, Any]) -> dict[str, int]:
    summary = comment.get("likesSummary")
    count = summary.get("totalLikes") if isinstance(summary, dict) else 0
    return {"like": count} if isinstance(count, int) and count > 0 else {}


def post_of(item: Any, path: str, *, account: str, name: str = "") -> IncomingPost:
    """A post; comments know it by the name of their activity, which is then `name`."""
    post = values.mapping(item, path)
    own_id = values.identifier(post.get("id"), f"{path}.id")
    at = values.stamp(post.get("publishedAt") or post.get("createdAt"), f"{path}.publishedAt")
    if at is None:
        raise ParseError("is missing", field=f"{path}.publishedAt")
    author = values.identifier(post.get("author"), f"{path}.author", longest=values.LONGEST_NAME)
    is_own = _is_ours(author, account)
    return IncomingPost(
        external_id=name or own_id,
        text=values.text(post.get("commentary"), f"{path}.commentary"),
        posted_at=at,
        author=IncomingAuthor(author, url=_page_of(author)),
        kind="post" if is_own else "mention",
        is_own=is_own,
        url=f"{SITE}/feed/update/{own_id}",
        account=account,
        details={"post": own_id},
    )
