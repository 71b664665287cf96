"""Direct messages of Messenger and of Instagram: they share one format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import items
from inbox.connectors.meta.hooks import Event
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError, Verb

_TYPES = {"image": "image", "video": "video", "audio": "audio", "file": "file"}
# Later than the message itself, however the two arrive.
_AFTERWARDS = timedelta(milliseconds=1)


def read_event(event: Event) -> Iterable[IncomingPost]:
    """The posts of one item of `messaging` or `standby`; receipts and typing say nothing."""
    value, path = event.value, event.path
    at = values.stamp(value.get("timestamp"), f"{path}.timestamp") or event.at
    if at is None:
        raise ParseError("is missing", field=f"{path}.timestamp")
    for name in ("message", "message_edit", "postback"):
        if isinstance(value.get(name), dict) and value[name].get("mid"):
            post = _post(event, value[name], at, f"{path}.{name}")
            return (_of_kind(name, post, value[name]),)
    return ()


def _of_kind(name: str, post: IncomingPost, message: Mapping[str, Any]) -> IncomingPost:
    if message.get("is_deleted") is True:
        return replace(post, verb=Verb.DELETE, text="", attachments=())
    if name == "message_edit" and post.posted_at:
        return replace(post, edited_at=post.posted_at + _AFTERWARDS)
    return post


def _post(event: Event, message: Mapping[str, Any], at: datetime | None, path: str) -> IncomingPost:
    sender = _party(event.value.get("sender"), f"{event.path}.sender")
    recipient = _party(event.value.get("recipient"), f"{event.path}.recipient")
    is_own = message.get("is_echo") is True or sender == event.account
    other = recipient if is_own else sender
    reply_to = values.mapping(message.get("reply_to"), f"{path}.reply_to")
    return IncomingPost(
        external_id=values.identifier(message.get("mid"), f"{path}.mid"),
        text=values.text(message.get("text", message.get("title")), f"{path}.text"),
        posted_at=at,
        author=IncomingAuthor(sender) if sender else None,
        parent_external_id=values.optional_identifier(reply_to.get("mid"), f"{path}.reply_to.mid"),
        kind="direct_message",
        is_own=is_own,
        is_private=True,
        account=event.account,
        attachments=_attachments(message.get("attachments"), f"{path}.attachments"),
        details=_details(other, reply_to, is_standby=event.field == "standby"),
    )


def _details(other: str, reply_to: Mapping[str, Any], *, is_standby: bool) -> dict[str, Any]:
    """Who the conversation is with, what story it is about, and whether another app holds it."""
    found: dict[str, Any] = {"conversation": other}
    story = reply_to.get("story")
    if isinstance(story, dict):
        found["story"] = {
            name: values.clean(story[name])[: values.LONGEST_LINK]
            for name in ("id", "url")
            if isinstance(story.get(name), str)
        }
    if is_standby:
        found["is_standby"] = True
    return found


def _party(value: Any, path: str) -> str:
    party = values.mapping(value, path)
    return values.optional_identifier(party.get("id"), f"{path}.id")[: values.LONGEST_NAME]


def _attachments(value: Any, path: str) -> tuple[dict[str, str], ...]:
    found = []
    for where, item in items(value, path):
        attachment = values.mapping(item, where)
        payload = values.mapping(attachment.get("payload"), f"{where}.payload")
        address = attachment_url(payload.get("url"))
        if address:
            kind = _TYPES.get(str(attachment.get("type")), "link")
            found.append({"type": kind, "url": address, "alt": ""})
    return tuple(found)


def attachment_url(value: Any) -> str:
    """The address of an attachment, or "": better a message without picture than none."""
    try:
        return values.link(value, "url", longest=4000)
    except ParseError:
        return ""


def read_stored(
    message: Mapping[str, Any], path: str, *, account: str, conversation: str
) -> IncomingPost:
    """A message as the Conversations API tells it."""
    author = values.mapping(message.get("from"), f"{path}.from")
    sender = values.optional_identifier(author.get("id"), f"{path}.from.id")
    return IncomingPost(
        external_id=values.identifier(message.get("id"), f"{path}.id"),
        text=values.text(message.get("message"), f"{path}.message"),
        posted_at=values.stamp(message.get("created_time"), f"{path}.created_time"),
        author=IncomingAuthor(
            sender[: values.LONGEST_NAME],
            handle=values.name(author.get("username"), f"{path}.from.username"),
            name=values.name(author.get("name"), f"{path}.from.name"),
        )
        if sender
        else None,
        kind="direct_message",
        is_own=sender == account,
        is_private=True,
        account=account,
        attachments=_stored_attachments(message.get("attachments"), f"{path}.attachments"),
        details={"conversation": conversation},
    )


def _stored_attachments(value: Any, path: str) -> tuple[dict[str, str], ...]:
    found = []
    data = values.mapping(value, path).get("data")
    for where, item in items(data, f"{path}.data"):
        attachment = values.mapping(item, where)
        for name, kind in (("image_data", "image"), ("video_data", "video")):
            source = values.mapping(attachment.get(name), f"{where}.{name}")
            if address := attachment_url(source.get("url")):
                found.append({"type": kind, "url": address, "alt": ""})
        if address := attachment_url(attachment.get("file_url")):
            found.append({"type": "file", "url": address, "alt": ""})
    return tuple(found)
