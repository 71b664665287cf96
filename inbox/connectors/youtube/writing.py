"""Answering under videos."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.types import IncomingPost, OutgoingPost, ParseError, Published, Verb
from inbox.connectors.youtube.client import Client
from inbox.connectors.youtube.parsing import VIDEO, comment_of, top_of
from inbox.connectors.youtube.reading import answers_to

LONGEST = 10_000


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a comment; an answer to an answer goes under the same comment, as on the site."""
    if out.is_private:
        raise Refused("has no private messages")
    if out.uploads:
        raise Refused("takes text only")
    if len(out.text) > LONGEST:
        raise TooLong(f"takes comments of at most {LONGEST:,} characters")
    if out.in_reply_to.startswith(VIDEO):
        raise Refused("is answered under a comment, not under a video")
    client = Client(access)
    content = {"snippet": {"parentId": top_of(out.in_reply_to), "textOriginal": out.text}}
    found = client.write("POST", "/comments", params={"part": "snippet"}, json=content)
    return _published(client, found, str(out.details.get("video") or ""))


def _published(client: Client, found: dict[str, Any], video: str) -> Published:
    try:
        posts = list(comment_of(found, "comment", account=client.account, video=video))
    except ParseError:
        raise Uncertain("took it without saying under which id") from None
    return _told(posts[0])


def _told(post: IncomingPost) -> Published:
    return Published(
        post.external_id, url=post.url, published_at=post.posted_at, details=post.details
    )


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our answer of this text, of `since` or later."""
    try:
        posts = answers_to(access, out.in_reply_to)
    except Gone:
        posts = ()
    for post in posts:
        is_ours = post.is_own and post.verb is Verb.ADD and is_same(post.text, out.text)
        if is_ours and is_of_attempt(post.posted_at, since):
            return _told(post)
    found_nothing(access, since)
    return None


def edit(access: Access, external_id: str, text: str) -> Published:
    """Other words for a comment of ours."""
    if len(text) > LONGEST:
        raise TooLong(f"takes comments of at most {LONGEST:,} characters")
    client = Client(access)
    content = {"id": external_id, "snippet": {"textOriginal": text}}
    found = client.write("PUT", "/comments", is_safe=True, params={"part": "snippet"}, json=content)
    return _published(client, found, "")


def delete(access: Access, external_id: str) -> None:
    """Remove a comment of ours; one that is gone already is fine."""
    try:
        Client(access).ask("DELETE", "/comments", params={"id": external_id})
    except Gone:
        return


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Hold a comment for review, or let it through."""
    status = "heldForReview" if is_hidden else "published"
    params = {"id": external_id, "moderationStatus": status}
    Client(access).ask("POST", "/comments/setModerationStatus", params=params)
