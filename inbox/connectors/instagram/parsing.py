"""What a delivery about an Instagram account says, in each of the three shapes it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inbox.connectors import values
from inbox.connectors.meta import hooks
from inbox.connectors.meta.hooks import Event
from inbox.connectors.meta.messages import read_event
from inbox.connectors.types import Delivery, IncomingAuthor, IncomingPost, ParseError

_COMMENTS = {"comments", "live_comments"}
_MESSAGES = {"messaging", "standby", "messages", "message_edit", "messaging_postbacks"}


def parse(body: bytes) -> Delivery:
    """Read a body. Raises `ParseError` when not even its parts can be told apart."""
    return hooks.parse(body, "instagram", _read)


def mention(account: str, media_id: str, comment_id: str) -> str:
    """What `Delivery.unread` holds of a mention, which comes without its words."""
    return f"{account}/mention/{media_id}/{comment_id}"


def _read(event: Event) -> Iterable[IncomingPost | str]:
    if event.field in _MESSAGES:
        return read_event(event)
    if event.field in _COMMENTS:
        return (_comment(event),)
    if event.field == "mentions":
        media = values.identifier(event.value.get("media_id"), f"{event.path}.media_id")
        comment = values.optional_identifier(
            event.value.get("comment_id"), f"{event.path}.comment_id"
        )
        return (mention(event.account, media, comment),)
    return ()


def _comment(event: Event) -> IncomingPost:
    value, path = event.value, event.path
    # The comment's own time is not told; the entry's is a moment later.
    at = values.stamp(value.get("created_time"), f"{path}.created_time") or event.at
    if at is None:
        raise ParseError("is missing", field="entry.time")
    id_name = "id" if value.get("id") else "comment_id"
    media = values.mapping(value.get("media"), f"{path}.media")
    media_id = values.optional_identifier(media.get("id"), f"{path}.media.id")
    parent = values.optional_identifier(value.get("parent_id"), f"{path}.parent_id")
    author = _author(value.get("from"), f"{path}.from")
    return IncomingPost(
        external_id=values.identifier(value.get(id_name), f"{path}.{id_name}"),
        text=values.text(value.get("text"), f"{path}.text"),
        posted_at=at,
        author=author,
        parent_external_id=parent or media_id,
        kind="comment",
        is_own=author is not None and author.external_id == event.account,
        account=event.account,
        details=_details(media, media_id, parent),
    )


def _author(value: Any, path: str) -> IncomingAuthor | None:
    found = values.mapping(value, path)
    if not found.get("id"):
        return None
    return IncomingAuthor(
        values.identifier(found["id"], f"{path}.id", longest=values.LONGEST_NAME),
        handle=values.name(found.get("username"), f"{path}.username"),
    )


def _details(media: Mapping[str, Any], media_id: str, parent: str) -> dict[str, str]:
    """Whom an answer is to reach: only comments directly under a picture take replies."""
    found = {"media": media_id, "parent": parent}
    for name in ("ad_id", "media_product_type"):
        if isinstance(media.get(name), str):
            found[name] = values.clean(media[name])[: values.LONGEST_ID]
    return {name: value for name, value in found.items() if value}
