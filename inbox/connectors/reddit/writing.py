"""Answering on Reddit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.gathering import items
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.reddit import reading
from inbox.connectors.reddit.client import Client
from inbox.connectors.reddit.parsing import read_thing
from inbox.connectors.types import IncomingPost, OutgoingPost, ParseError, Published

LONGEST = 10_000
_SUBJECT = 100


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a post, comment or message, or write to the author of one."""
    if len(out.text) > LONGEST:
        raise TooLong(f"takes texts of at most {LONGEST:,} characters")
    client = Client(access)
    if out.is_private and out.kind != "direct_message":
        return _compose(client, out)
    found = client.send("/api/comment", thing_id=out.in_reply_to, text=out.text)
    return _published(client, found)


def _published(client: Client, found: dict[str, Any]) -> Published:
    """What came of it. Raises `Uncertain` when the answer holds no thing."""
    try:
        data = values.mapping(found.get("data"), "data")
        things = [thing for _, thing in items(data.get("things"), "data.things")]
        posts = [post for thing in things for post in read_thing(thing, "", account=client.account)]
    except ParseError:
        posts = []
    if not posts:
        raise Uncertain("took it without saying under which id")
    return _as_published(posts[0])


def _as_published(post: IncomingPost) -> Published:
    return Published(
        post.external_id, url=post.url, published_at=post.posted_at, details=post.details
    )


def _compose(client: Client, out: OutgoingPost) -> Published:
    """A new message; Reddit says nothing of what came of it, so it is looked for at once."""
    if not out.recipient_handle:
        raise Refused("does not know whom to write to")
    client.send("/api/compose", to=out.recipient_handle, subject=_subject(out), text=out.text)
    for post in _sent(client):
        if _fits(post, out):
            return _as_published(post)
    raise Uncertain("took the message without saying under which id")


def _subject(out: OutgoingPost) -> str:
    return "About your comment" if reading.is_comment(out.in_reply_to) else "About your post"


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our comment or message with this text, of `since` or later."""
    client = Client(access)
    for post in _ours(client, out):
        if is_of_attempt(post.posted_at, since) and _fits(post, out):
            return _as_published(post)
    found_nothing(access, since)
    return None


def _ours(client: Client, out: OutgoingPost) -> list[IncomingPost]:
    if out.is_private or out.kind == "direct_message":
        return _sent(client)
    link = str(out.details.get("link") or "")
    try:
        link = link or reading.link_of(client, out.in_reply_to)
        # Only the branch that is answered: a thread of thousands would not come whole.
        branch = out.in_reply_to.split("_")[-1] if reading.is_comment(out.in_reply_to) else ""
        things = reading.comments_of(client, link, **({"comment": branch} if branch else {}))
    except Gone:
        return []
    return [post for post in reading.read(client, things)[0] if post.is_own]


def _sent(client: Client) -> list[IncomingPost]:
    found = reading.children_of(client.get("/message/sent", limit=50))
    return [post for post in reading.read(client, found)[0] if post.is_own]


def _fits(post: IncomingPost, out: OutgoingPost) -> bool:
    if post.kind == "direct_message":
        # A first message carries its subject before the text.
        return is_same(post.text, out.text) or is_same(post.text.partition("\n\n")[2], out.text)
    return post.parent_external_id == out.in_reply_to and is_same(post.text, out.text)


def edit(access: Access, external_id: str, text: str) -> Published:
    """Other words for a comment of ours."""
    if len(text) > LONGEST:
        raise TooLong(f"takes texts of at most {LONGEST:,} characters")
    client = Client(access)
    found = client.send("/api/editusertext", is_safe=True, thing_id=external_id, text=text)
    return _published(client, found)


def delete(access: Access, external_id: str) -> None:
    """Remove a comment of ours; Reddit says yes as well when there is none."""
    try:
        Client(access).send("/api/del", is_safe=True, id=external_id)
    except Gone:
        return


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Remove a stranger's post as moderator, or approve it again."""
    client = Client(access)
    if is_hidden:
        client.send("/api/remove", is_safe=True, id=external_id, spam="false")
    else:
        client.send("/api/approve", is_safe=True, id=external_id)
