"""Asking for an Instagram account's pictures, comments, mentions and conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.meta import conversations, graph
from inbox.connectors.meta.messages import attachment_url
from inbox.connectors.types import (
    IncomingAuthor,
    IncomingPost,
    Page,
    ParseError,
    RefusedPart,
    Verb,
)

_REPLY = "id,text,timestamp,username,from,hidden,parent_id"
COMMENT = f"{_REPLY},media{{id}},replies.limit(50){{{_REPLY}}}"
_MEDIA = "id,caption,timestamp,username,permalink,media_type,media_url,comments_count,like_count"
_FEED = f"{_MEDIA},comments.limit(50){{{_REPLY},replies.limit(50){{{_REPLY}}}}}"
_OVERLAP = timedelta(minutes=5)
_CARDS = {"IMAGE": "image", "VIDEO": "video", "CAROUSEL_ALBUM": "image"}


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over pictures with their comments, then over conversations."""
    account = access.settings.get("account_id", "")
    began = str(cursor.get("began") or datetime.now(UTC).isoformat())
    stage, after = str(cursor.get("stage") or "media"), str(cursor.get("after") or "")
    since = values.stamp(cursor.get("since"), "since")
    if stage == "media":
        posts, refused, after = _media_page(access, account, since, after)
    else:
        posts, refused, after = conversations.page(
            access, account, since, after, platform="instagram"
        )
    following = stage if after else "conversations" if stage == "media" else ""
    if following:
        going_on = {
            "since": cursor.get("since"), "began": began, "stage": following, "after": after,
        }  # fmt: skip
        return Page(posts, going_on, has_more=True, refused=refused)
    again = datetime.fromisoformat(began) - _OVERLAP
    return Page(posts, {"since": again.isoformat()}, refused=refused)


def _media_page(
    access: Access, account: str, since: datetime | None, after: str
) -> tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...], str]:
    params: dict[str, Any] = {"limit": 25} | ({"after": after} if after else {})
    found = graph.get(access, f"/{account}/media", fields=_FEED, **params)
    posts, refused = listed(
        items(found.get("data"), "data"), lambda item, path: _with_comments(item, path, account)
    )
    newer = tuple(post for post in posts if since is None or _at(post) >= since or post.is_own)
    is_old = since is None or any(_at(post) < since for post in posts if post.kind == "post")
    return newer, refused, "" if is_old else graph.after_of(found)


def _at(post: IncomingPost) -> datetime:
    return post.posted_at or datetime.now(UTC)


def thread(access: Access, external_id: str) -> Page:
    """A picture or comment with everything under it; gone when the network no longer has it."""
    account = access.settings.get("account_id", "")
    if conversations.is_message(external_id):
        return conversations.thread(access, account, external_id, platform="instagram")
    try:
        return _comment_thread(access, account, external_id)
    except Gone:
        return Page((IncomingPost(external_id, Verb.DELETE, account=account),))


def _comment_thread(access: Access, account: str, external_id: str) -> Page:
    kind = graph.get(access, f"/{external_id}", metadata="1", fields="id,metadata{type}")
    metadata = values.mapping(kind.get("metadata"), "metadata")
    if "Media" in str(metadata.get("type")):
        found = graph.get(access, f"/{external_id}", fields=_FEED)
        posts, refused = listed(
            [("media", found)], lambda item, path: _with_comments(item, path, account)
        )
        return Page(posts, refused=refused)
    found = graph.get(access, f"/{external_id}", fields=COMMENT)
    if found.get("parent_id"):
        found = graph.get(access, f"/{found['parent_id']}", fields=COMMENT)
    posts, refused = listed(
        [("comment", found)], lambda item, path: _comment(item, path, account, under="")
    )
    return Page(posts, refused=refused)


def read(access: Access, reference: str) -> tuple[IncomingPost, ...]:
    """The comment or caption that mentions the account; () when it is another's, or gone."""
    account, _, rest = reference.partition("/")
    what, _, ids = rest.partition("/")
    media_id, _, comment_id = ids.partition("/")
    if account != access.settings.get("account_id") or what != "mention":
        return ()
    name, wanted = (
        ("mentioned_comment", comment_id) if comment_id else ("mentioned_media", media_id)
    )
    of = "comment_id" if comment_id else "media_id"
    words = "text" if comment_id else "caption,permalink"
    asked = f"{name}.{of}({wanted}){{id,{words},timestamp,username}}"
    try:
        found = graph.get(access, f"/{account}", fields=asked)
    except Gone:
        return ()
    fields = values.mapping(found.get(name), name)
    post = _base({"id": wanted, **fields}, name, account)
    return (
        replace(
            post,
            kind="mention",
            text=values.text(fields.get("text") or fields.get("caption"), name),
            parent_external_id=media_id if comment_id else "",
            details={"media": media_id, "is_mention": True},
        ),
    )


def _with_comments(item: Any, path: str, account: str) -> Iterable[IncomingPost]:
    fields = values.mapping(item, path)
    post = _base(fields, path, account)
    address = attachment_url(fields.get("media_url"))
    card = {"type": _CARDS.get(str(fields.get("media_type")), "link"), "url": address, "alt": ""}
    yield replace(
        post,
        text=values.text(fields.get("caption"), f"{path}.caption"),
        is_own=True,
        author=replace(post.author, external_id=account) if post.author else None,
        attachments=(card,) if address else (),
    )
    comments = values.mapping(fields.get("comments"), f"{path}.comments").get("data")
    for where, comment in items(comments, f"{path}.comments.data"):
        yield from _comment(comment, where, account, under=post.external_id)


def _comment(item: Any, path: str, account: str, *, under: str) -> Iterable[IncomingPost]:
    fields = values.mapping(item, path)
    post = _base(fields, path, account)
    media = values.mapping(fields.get("media"), f"{path}.media").get("id")
    media_id = values.optional_identifier(media or under, f"{path}.media.id")
    parent = values.optional_identifier(fields.get("parent_id"), f"{path}.parent_id")
    yield replace(
        post,
        kind="comment",
        text=values.text(fields.get("text"), f"{path}.text"),
        parent_external_id=parent or media_id,
        details={k: v for k, v in {"media": media_id, "parent": parent}.items() if v},
    )
    if fields.get("hidden") is True:
        yield IncomingPost(post.external_id, Verb.HIDE, account=account)
    replies = values.mapping(fields.get("replies"), f"{path}.replies").get("data")
    for where, reply in items(replies, f"{path}.replies.data"):
        below = {**values.mapping(reply, where), "parent_id": post.external_id}
        yield from _comment(below, where, account, under=media_id)


def _base(fields: Mapping[str, Any], path: str, account: str) -> IncomingPost:
    posted_at = values.stamp(fields.get("timestamp"), f"{path}.timestamp")
    if posted_at is None:
        raise ParseError("is missing", field=f"{path}.timestamp")
    author = values.mapping(fields.get("from"), f"{path}.from")
    own_id = values.optional_identifier(author.get("id"), f"{path}.from.id")
    handle = values.name(author.get("username") or fields.get("username"), f"{path}.username")
    return IncomingPost(
        external_id=values.identifier(fields.get("id"), f"{path}.id"),
        posted_at=posted_at,
        author=IncomingAuthor(own_id[: values.LONGEST_NAME], handle=handle)
        if own_id or handle
        else None,
        is_own=bool(own_id) and own_id == account,
        url=attachment_url(fields.get("permalink"))[: values.LONGEST_LINK],
        account=account,
    )
