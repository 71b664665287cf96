"""Answering on X."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.looking import CLOCKS_DIFFER, found_nothing, is_of_attempt, is_same
from inbox.connectors.types import IncomingPost, OutgoingPost, ParseError, Published, Upload
from inbox.connectors.x.client import Client
from inbox.connectors.x.length import LONGEST, length_of
from inbox.connectors.x.posts import MESSAGE, message_of, post_of
from inbox.connectors.x.reading import MESSAGE_FIELDS, POST_FIELDS

LONGEST_MESSAGE = 10_000
_NAMES = re.compile(r"^(?:@\w+\s+)+")
_LEAD = timedelta(seconds=10)


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a post, or write to a person."""
    client = Client(access)
    if out.is_private or out.kind == "direct_message":
        return _send(client, out)
    if length_of(out.text) > LONGEST:
        raise TooLong(f"takes posts of at most {LONGEST}, as it counts")
    answered = str(out.details.get("id") or out.in_reply_to)
    content: dict[str, Any] = {"text": out.text, "reply": {"in_reply_to_tweet_id": answered}}
    if out.uploads:
        content["media"] = {"media_ids": [_upload(client, upload) for upload in out.uploads]}
    own_id = _made(client.write("POST", "/2/tweets", json=content), "id")
    return Published(own_id, url=f"https://x.com/i/status/{own_id}", details={"id": own_id})


def _send(client: Client, out: OutgoingPost) -> Published:
    if len(out.text) > LONGEST_MESSAGE:
        raise TooLong(f"takes messages of at most {LONGEST_MESSAGE:,} characters")
    if len(out.uploads) > 1:
        raise Refused("takes one picture with a message")
    content: dict[str, Any] = {"text": out.text}
    if out.uploads:
        content["attachments"] = [{"media_id": _upload(client, out.uploads[0])}]
    path = f"{_conversation_of(out)}/messages"
    own_id = _made(client.write("POST", path, json=content), "dm_event_id")
    return Published(MESSAGE + own_id, details={"conversation": _other_of(out)})


def _other_of(out: OutgoingPost) -> str:
    return str(out.details.get("conversation") or out.recipient)


def _conversation_of(out: OutgoingPost) -> str:
    other = _other_of(out)
    if not other:
        raise Refused("does not know whom to write to")
    # The conversation of several has a number of its own, which only a message can tell.
    is_group = out.kind == "direct_message" and bool(out.recipient) and other != out.recipient
    return f"/2/dm_conversations/{other}" if is_group else f"/2/dm_conversations/with/{other}"


def _upload(client: Client, upload: Upload) -> str:
    """The id of a picture that nobody sees before it is in a post; a second one harms nobody."""
    if not upload.content_type.startswith("image/"):
        raise Refused("takes pictures here, nothing else")
    kind = "tweet_gif" if upload.content_type == "image/gif" else "tweet_image"
    found = client.write(
        "POST",
        "/2/media/upload",
        is_safe=True,
        data={"media_category": kind, "media_type": upload.content_type},
        files={"media": (upload.name or "picture", upload.content, upload.content_type)},
    )
    own_id = _made(found, "id")
    if upload.alt:
        metadata = {"alt_text": {"text": upload.alt[:1000]}}
        client.write(
            "POST", "/2/media/metadata", is_safe=True, json={"id": own_id, "metadata": metadata}
        )
    return own_id


def _made(found: dict[str, Any], name: str) -> str:
    """The id of what was made. Raises `Uncertain` when the answer holds none."""
    try:
        return values.identifier(values.mapping(found.get("data"), "data").get(name), name)
    except ParseError:
        raise Uncertain("took it without saying under which id") from None


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our post or message with this text, of `since` or later."""
    client = Client(access)
    is_message = out.is_private or out.kind == "direct_message"
    posts = _own_messages(client, out) if is_message else _own_posts(client, since)
    for post in posts:
        if post.is_own and is_of_attempt(post.posted_at, since) and _is_ours(post, out):
            return Published(
                post.external_id, url="" if is_message else post.url,
                published_at=post.posted_at, details=post.details,
            )  # fmt: skip
    found_nothing(access, since)
    return None


def _own_posts(client: Client, since: datetime) -> list[IncomingPost]:
    start = min(since - CLOCKS_DIFFER, datetime.now(UTC) - _LEAD)
    path = f"/2/users/{client.account}/tweets"
    found = client.get(
        path, max_results=100, start_time=start.strftime("%Y-%m-%dT%H:%M:%SZ"), **POST_FIELDS
    )
    return [post_of(item, "data", account=client.account) for item in _listed(found)]


def _own_messages(client: Client, out: OutgoingPost) -> list[IncomingPost]:
    path = f"{_conversation_of(out)}/dm_events"
    try:
        found = client.get(path, max_results=50, **MESSAGE_FIELDS)
    except Gone:
        return []
    return [message_of(item, "data", account=client.account) for item in _listed(found)]


def _listed(found: dict[str, Any]) -> list[Any]:
    data = found.get("data")
    return data if isinstance(data, list) else []


def _is_ours(post: IncomingPost, out: OutgoingPost) -> bool:
    if not (out.is_private or out.kind == "direct_message"):
        answered = {out.in_reply_to, str(out.details.get("id") or "")}
        if post.parent_external_id not in answered:
            return False
    # X puts the names of those who are answered before the text.
    return is_same(_NAMES.sub("", post.text), _NAMES.sub("", out.text))


def delete(access: Access, external_id: str) -> None:
    """Remove a post or message of ours; one that is gone already is fine."""
    is_message = external_id.startswith(MESSAGE)
    number = external_id.removeprefix(MESSAGE)
    path = f"/2/dm_events/{number}" if is_message else f"/2/tweets/{number}"
    try:
        Client(access).write("DELETE", path, is_safe=True)
    except Gone:
        return


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Hide a reply, or show it."""
    path = f"/2/tweets/{external_id}/hidden"
    Client(access).write("PUT", path, is_safe=True, json={"hidden": is_hidden})


def set_liked(access: Access, external_id: str, *, is_liked: bool) -> None:
    """Like a post, or no longer."""
    client = Client(access)
    path = f"/2/users/{client.account}/likes"
    if is_liked:
        client.write("POST", path, is_safe=True, json={"tweet_id": external_id})
    else:
        client.write("DELETE", f"{path}/{external_id}", is_safe=True)
