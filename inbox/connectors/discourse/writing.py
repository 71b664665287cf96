"""Answering in a forum."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.discourse.client import Client, username_of
from inbox.connectors.discourse.parsing import first_of, number_in
from inbox.connectors.discourse.reading import thread, topic_of
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.types import IncomingPost, OutgoingPost, ParseError, Published

LONGEST = 32_000
_TITLE = 200


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a post in its topic, or its author in a private message."""
    client = Client(access)
    if len(out.text) > LONGEST:
        raise TooLong(f"takes posts of at most {LONGEST:,} characters")
    if out.is_private and out.kind != "direct_message":
        if not out.recipient_handle:
            raise Refused("does not know whom to write to")
        content: dict[str, Any] = {
            "raw": out.text,
            "title": _title_of(out),
            "target_recipients": out.recipient_handle,
            "archetype": "private_message",
        }
    else:
        content = {"raw": out.text, "topic_id": int(topic_of(out.in_reply_to))}
        number = out.details.get("number")
        if isinstance(number, int) and number > 1:
            content["reply_to_post_number"] = number
    return _published(client, client.write("POST", "/posts.json", content))


def _title_of(out: OutgoingPost) -> str:
    """A message needs a title; Discourse refuses short ones."""
    topic = out.root_details.get("topic") or out.details.get("topic") or ""
    return f"About your post in topic {topic}".strip()[:_TITLE]


def _published(client: Client, found: dict[str, Any]) -> Published:
    if found.get("action") == "enqueued" or "pending_post" in found:
        raise Refused("holds the post for a moderator; it will come in when it is approved")
    inner = found.get("post")
    post = inner if isinstance(inner, dict) else found
    try:
        topic = values.whole(post.get("topic_id"), "topic_id", smallest=1, largest=10**12)
        number = values.whole(post.get("post_number"), "post_number", smallest=1)
        own_id = values.whole(post.get("id"), "id", smallest=1, largest=10**12)
        at = values.moment(post.get("created_at"), "created_at")
    except ParseError:
        raise Uncertain("took it without saying under which id") from None
    details: dict[str, Any] = {"id": own_id, "topic": topic, "number": number}
    if post.get("topic_archetype") == "private_message":
        details["conversation"] = first_of(topic)
    return Published(
        number_in(topic, number),
        url=f"{client.base_url}/t/{topic}/{number}",
        published_at=at,
        details=details,
    )


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our post of this text, of `since` or later, in the topic or among our own messages."""
    is_new_message = out.is_private and out.kind != "direct_message"
    posts = _sent(access) if is_new_message else thread(access, out.in_reply_to).posts
    for post in posts:
        if post.is_own and is_of_attempt(post.posted_at, since) and _is_same(post, out.text):
            return Published(
                post.external_id, url=post.url, published_at=post.posted_at, details=post.details
            )
    found_nothing(access, since)
    return None


def _is_same(post: IncomingPost, text: str) -> bool:
    # The first post of a message carries its title before the text.
    return is_same(post.text, text) or is_same(post.text.partition("\n\n")[2], text)


def _sent(access: Access) -> list[IncomingPost]:
    """The first posts of the messages we began lately."""
    client = Client(access)
    found = client.get(f"/topics/private-messages-sent/{username_of(access)}.json")
    topics = values.mapping(found.get("topic_list"), "topic_list").get("topics") or []
    posts: list[IncomingPost] = []
    for topic in topics[:5]:
        posts += thread(access, first_of(topic["id"])).posts if isinstance(topic, dict) else []
    return posts


def edit(access: Access, external_id: str, text: str) -> Published:
    """Other words for a post of ours."""
    if len(text) > LONGEST:
        raise TooLong(f"takes posts of at most {LONGEST:,} characters")
    client = Client(access)
    own_id = _id_of(client, external_id)
    found = client.write("PUT", f"/posts/{own_id}.json", {"post": {"raw": text}}, is_safe=True)
    return _published(client, found)


def delete(access: Access, external_id: str) -> None:
    """Remove a post of ours; one that is gone already is fine."""
    client = Client(access)
    try:
        own_id = _id_of(client, external_id)
        client.write("DELETE", f"/posts/{own_id}.json", {}, is_safe=True)
    except Gone:
        return


def _id_of(client: Client, external_id: str) -> int:
    """The id of a post that is known by topic and number."""
    topic = topic_of(external_id)
    number = external_id.split(":")[2] if external_id.count(":") == 2 else "1"
    found = client.get(f"/posts/by_number/{topic}/{number}.json")
    if found.get("deleted_at") or found.get("user_deleted") is True:
        raise Gone("has removed it already")
    try:
        return values.whole(found.get("id"), "id", smallest=1, largest=10**12)
    except ParseError:
        raise Gone("knows no such post") from None
