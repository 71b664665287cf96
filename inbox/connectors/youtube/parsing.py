"""What YouTube tells of videos and comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import items
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError, Verb

SITE = "https://www.youtube.com"
VIDEO = "video:"
_HELD = ("heldForReview", "likelySpam", "rejected")


def video_of(item: Any, path: str, *, account: str) -> Iterable[IncomingPost]:
    """A video, as what its comments hang under."""
    video = values.mapping(item, path)
    snippet = values.mapping(video.get("snippet"), f"{path}.snippet")
    own_id = values.identifier(video.get("id"), f"{path}.id")
    channel = values.optional_identifier(snippet.get("channelId"), f"{path}.snippet.channelId")
    yield IncomingPost(
        external_id=f"{VIDEO}{own_id}",
        text=values.text(snippet.get("title"), f"{path}.snippet.title"),
        posted_at=_time(snippet, "publishedAt", path),
        author=IncomingAuthor(
            channel[: values.LONGEST_NAME],
            name=values.name(snippet.get("channelTitle"), f"{path}.snippet.channelTitle"),
        )
        if channel
        else None,
        is_own=channel == account,
        url=f"{SITE}/watch?v={own_id}",
        account=account,
    )


def thread_of(item: Any, path: str, *, account: str) -> Iterable[IncomingPost]:
    """A comment and the answers that come with it, at most five."""
    thread = values.mapping(item, path)
    snippet = values.mapping(thread.get("snippet"), f"{path}.snippet")
    video = values.optional_identifier(snippet.get("videoId"), f"{path}.snippet.videoId")
    yield from comment_of(
        snippet.get("topLevelComment"), f"{path}.topLevelComment", account=account, video=video
    )
    replies = values.mapping(thread.get("replies"), f"{path}.replies").get("comments")
    for where, reply in items(replies, f"{path}.replies.comments"):
        yield from comment_of(reply, where, account=account, video=video)


def comment_of(item: Any, path: str, *, account: str, video: str = "") -> Iterable[IncomingPost]:
    """One comment; one that is held for review is hidden from the public."""
    comment = values.mapping(item, path)
    snippet = values.mapping(comment.get("snippet"), f"{path}.snippet")
    own_id = values.identifier(comment.get("id"), f"{path}.id")
    video = values.optional_identifier(snippet.get("videoId"), f"{path}.videoId") or video
    above = values.optional_identifier(snippet.get("parentId"), f"{path}.parentId")
    above = above or (top_of(own_id) if top_of(own_id) != own_id else "")
    author = values.mapping(snippet.get("authorChannelId"), f"{path}.authorChannelId")
    author_id = values.optional_identifier(author.get("value"), f"{path}.authorChannelId.value")
    posted_at = _time(snippet, "publishedAt", path)
    edited_at = values.moment(snippet.get("updatedAt"), f"{path}.updatedAt")
    likes = snippet.get("likeCount")
    yield IncomingPost(
        external_id=own_id,
        text=values.text(snippet.get("textOriginal") or snippet.get("textDisplay"), f"{path}.text"),
        posted_at=posted_at,
        author=_author(snippet, author_id, path),
        parent_external_id=above or (f"{VIDEO}{video}" if video else ""),
        kind="comment",
        is_own=bool(author_id) and author_id == account,
        url=f"{SITE}/watch?v={video}&lc={own_id}" if video else "",
        edited_at=edited_at if edited_at and edited_at > posted_at else None,
        account=account,
        counts={"like": likes} if isinstance(likes, int) and likes > 0 else {},
        details={"video": video} if video else {},
    )
    if snippet.get("moderationStatus") in _HELD:
        yield IncomingPost(own_id, Verb.HIDE, posted_at=datetime.now(UTC), account=account)


def top_of(external_id: str) -> str:
    """The comment an answer is under: answers have ids of two parts."""
    return external_id.partition(".")[0]


def _author(snippet: Mapping[str, Any], own_id: str, path: str) -> IncomingAuthor | None:
    shown = values.name(snippet.get("authorDisplayName"), f"{path}.authorDisplayName")
    if not own_id and not shown:
        return None
    handle = shown.removeprefix("@") if shown.startswith("@") else ""
    return IncomingAuthor(
        own_id[: values.LONGEST_NAME] or shown,
        handle=handle,
        name=shown,
        url=f"{SITE}/channel/{own_id}" if own_id else "",
    )


def _time(snippet: Mapping[str, Any], name: str, path: str) -> datetime:
    at = values.moment(snippet.get(name), f"{path}.snippet.{name}")
    if at is None:
        raise ParseError("is missing", field=f"{path}.snippet.{name}")
    return at
