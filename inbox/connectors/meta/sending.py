"""Direct messages out, to Messenger and to Instagram."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Refused, TooLong, Uncertain
from inbox.connectors.looking import is_of_attempt, is_same
from inbox.connectors.meta import conversations, graph
from inbox.connectors.types import OutgoingPost, ParseError, Published


def send_message(access: Access, out: OutgoingPost, *, longest: int) -> Published:
    """Write to a person: in their conversation, or privately to who wrote a comment."""
    if out.uploads:
        raise Refused("takes pictures under a comment only, not in a message")
    if len(out.text.encode()) > longest:
        raise TooLong(f"takes messages of at most {longest:,} bytes")
    if out.kind == "direct_message":
        recipient = {"id": str(out.details.get("conversation") or out.recipient)}
    else:
        recipient = {"comment_id": out.in_reply_to}
    found = graph.post(
        access,
        "/me/messages",
        {
            "recipient": json.dumps(recipient),
            "messaging_type": "RESPONSE",
            "message": json.dumps({"text": out.text}),
        },
    )
    conversation = str(found.get("recipient_id") or recipient.get("id") or "")
    return Published(id_of(found, "message_id"), details={"conversation": conversation})


def id_of(found: dict[str, Any], name: str = "id") -> str:
    """The id of what was made. Raises `Uncertain` when the answer holds none."""
    try:
        return values.identifier(found.get(name), name)
    except ParseError:
        raise Uncertain("took it without saying under which id") from None


def find_message(
    access: Access, account: str, out: OutgoingPost, *, since: datetime, **params: Any
) -> Published | None:
    """A message of ours with this text that was written at `since` or later."""
    if out.kind == "direct_message":
        person = str(out.details.get("conversation") or out.recipient)
        if person:
            params["user_id"] = person
    posts, _, _ = conversations.page(access, account, None, "", **params)
    for post in posts:
        if post.is_own and is_same(post.text, out.text) and is_of_attempt(post.posted_at, since):
            return Published(post.external_id, published_at=post.posted_at, details=post.details)
    return None
