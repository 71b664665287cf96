"""Conversations of a page or account, read back over the Graph API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.meta import graph
from inbox.connectors.meta.messages import read_stored
from inbox.connectors.types import IncomingPost, Page, ParseError, RefusedPart, Verb

_MESSAGE = "id,message,from,to,created_time,attachments"
_MESSAGES = f"updated_time,participants,messages.limit(25){{{_MESSAGE}}}"

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...], str]


def is_message(external_id: str) -> bool:
    """Whether an id is a direct message's: all others begin with a digit."""
    return not external_id[:1].isdigit()


def page(access: Access, account: str, since: datetime | None, after: str, **params: Any) -> Found:
    """The messages since `since` of one page of conversations, and where the next begins."""
    if after:
        params["after"] = after
    try:
        found = graph.get(access, "/me/conversations", fields=_MESSAGES, limit=25, **params)
    except Forbidden:
        return (), (), ""  # `identify` says which right is missing
    data = graph.data_of(found)
    posts, refused = listed(items(data, "data"), lambda item, path: _messages(item, path, account))
    wanted = tuple(
        post for post in posts if since is None or not post.posted_at or post.posted_at >= since
    )
    is_old = since is None or any(_is_older(item, since) for item in data)
    return wanted, refused, "" if is_old else graph.after_of(found)


def _is_older(conversation: Any, since: datetime) -> bool:
    updated = conversation.get("updated_time") if isinstance(conversation, dict) else None
    try:
        at = values.stamp(updated, "updated_time")
    except ParseError:
        return False
    return at is not None and at < since


def _messages(item: Any, path: str, account: str) -> list[IncomingPost]:
    conversation = values.mapping(item, path)
    people = values.mapping(conversation.get("participants"), f"{path}.participants")
    others = [
        str(person["id"])
        for _, person in items(people.get("data"), f"{path}.participants.data")
        if isinstance(person, dict) and person.get("id") and str(person["id"]) != account
    ]
    messages = values.mapping(conversation.get("messages"), f"{path}.messages")
    return [
        read_stored(
            values.mapping(message, where),
            where,
            account=account,
            conversation=others[0] if others else "",
        )
        for where, message in items(messages.get("data"), f"{path}.messages.data")
    ]


def thread(access: Access, account: str, external_id: str, **params: Any) -> Page:
    """The conversation of a message as far as the network still tells it."""
    try:
        found = graph.get(access, f"/{external_id}", fields=_MESSAGE)
    except Gone:
        return Page((IncomingPost(external_id, Verb.DELETE, account=account),))
    person = other_of(found, account)
    posts, refused, _ = page(access, account, None, "", user_id=person, **params)
    stored = read_stored(found, "message", account=account, conversation=person)
    there = {post.external_id for post in posts}
    return Page(posts if stored.external_id in there else (stored, *posts), refused=refused)


def other_of(message: dict[str, Any], account: str) -> str:
    """The id of the person a stored message was exchanged with."""
    sender = values.mapping(message.get("from"), "from").get("id")
    if sender and str(sender) != account:
        return str(sender)
    receivers = items(values.mapping(message.get("to"), "to").get("data"), "to.data")
    found = next((person.get("id") for _, person in receivers if isinstance(person, dict)), "")
    return str(found or "")
