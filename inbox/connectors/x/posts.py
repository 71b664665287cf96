"""Posts and direct messages of X, in the words of API v2 and of the older v1.1."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import items
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

MESSAGE = "dm:"  # before a direct message's number, which posts have too
_TYPES = {"photo": "image", "image": "image", "animated_gif": "video", "video": "video"}
_AFTERWARDS = timedelta(milliseconds=1)
# As in: Wed Oct 10 20:19:24 +0000 2018.
_OLD_TIME = re.compile(r"(\w{3}) (\w{3}) (\d{1,2}) ([\d:]{8}) ([+-]\d{4}) (\d{4})")


def post_of(
    item: Any, path: str, *, account: str, includes: Mapping[str, Any] | None = None
) -> IncomingPost:
    """A post. Raises `ParseError`."""
    fields = values.mapping(item, path)
    own_id = _id_of(fields, path)
    history = _history(fields, path)
    posted_at = moment(fields, path)
    author = _author(fields, includes or {}, path)
    is_own = author is not None and author.external_id == account
    parent = _parent(fields, path)
    is_edit = bool(history) and history[0] != own_id
    return IncomingPost(
        external_id=history[0] if history else own_id,
        text=_text(fields, path),
        posted_at=posted_at,
        edited_at=posted_at + _AFTERWARDS if is_edit else None,
        author=author,
        parent_external_id=parent,
        kind=_kind(fields, account, parent, is_own=is_own),
        is_own=is_own,
        language=values.language(fields.get("lang"), f"{path}.lang"),
        url=f"https://x.com/{author.handle if author and author.handle else 'i'}/status/{own_id}",
        account=account,
        attachments=_attachments(fields, includes or {}, path),
        # An answer goes to the wording that stands.
        details={"id": own_id},
    )


def message_of(
    item: Any, path: str, *, account: str, users: Mapping[str, Any] | None = None
) -> IncomingPost:
    """A direct message. Raises `ParseError`."""
    fields = values.mapping(item, path)
    old = values.mapping(fields.get("message_create"), f"{path}.message_create")
    data = values.mapping(old.get("message_data"), f"{path}.message_data") if old else fields
    sender = values.identifier(old.get("sender_id") or fields.get("sender_id"), f"{path}.sender_id")
    target = values.mapping(old.get("target"), f"{path}.target")
    is_own = sender == account
    other = str(target.get("recipient_id") or "") if is_own else sender
    conversation = values.optional_identifier(
        fields.get("dm_conversation_id"), f"{path}.dm_conversation_id"
    )
    return IncomingPost(
        external_id=MESSAGE + values.identifier(fields.get("id"), f"{path}.id"),
        text=_text(data, path),
        posted_at=moment(fields, path),
        author=_person(sender, (users or {}).get(sender), path),
        kind="direct_message",
        is_own=is_own,
        is_private=True,
        account=account,
        details={"conversation": _other_of(conversation, account) or other},
    )


def _other_of(conversation: str, account: str) -> str:
    """The other's number in the name of a conversation of two: both, with a dash."""
    parts = conversation.split("-")
    others = [part for part in parts if part != account]
    return others[0] if len(parts) == 2 and len(others) == 1 else conversation


def moment(fields: Mapping[str, Any], path: str) -> datetime:
    """When something was written. Raises `ParseError` when it does not say."""
    for name in ("timestamp_ms", "created_timestamp", "created_at"):
        value = fields.get(name)
        if isinstance(value, str) and (old := _OLD_TIME.fullmatch(value)):
            day, month, number, clock, offset, year = old.groups()
            value = _old_moment(f"{day}, {number} {month} {year} {clock} {offset}", path)
        if value and (found := values.stamp(value, f"{path}.{name}")):
            return found
    raise ParseError("is missing", field=f"{path}.created_at")


def _old_moment(value: str, path: str) -> str:
    try:
        return parsedate_to_datetime(value).isoformat()
    except (TypeError, ValueError):
        raise ParseError("is no time", field=f"{path}.created_at") from None


def _id_of(fields: Mapping[str, Any], path: str) -> str:
    # v1.1 has numbers too large for many a reader, and the same as a text.
    return values.identifier(fields.get("id_str") or fields.get("id"), f"{path}.id")


def _history(fields: Mapping[str, Any], path: str) -> list[str]:
    """The ids of all wordings, the first one first."""
    old = values.mapping(fields.get("edit_history"), f"{path}.edit_history")
    first = old.get("initial_tweet_id")
    if first:
        return [values.identifier(first, f"{path}.edit_history")]
    found = items(fields.get("edit_history_tweet_ids"), f"{path}.edit_history_tweet_ids")
    return [values.identifier(one, where) for where, one in found]


def _parent(fields: Mapping[str, Any], path: str) -> str:
    for where, item in items(fields.get("referenced_tweets"), f"{path}.referenced_tweets"):
        reference = values.mapping(item, where)
        if reference.get("type") == "replied_to":
            return values.identifier(reference.get("id"), f"{where}.id")
    old = fields.get("in_reply_to_status_id_str") or fields.get("in_reply_to_status_id")
    if old:
        return values.identifier(old, f"{path}.in_reply_to_status_id_str")
    conversation = values.optional_identifier(
        fields.get("conversation_id"), f"{path}.conversation_id"
    )
    return "" if conversation == _id_of(fields, path) else conversation


def _kind(fields: Mapping[str, Any], account: str, parent: str, *, is_own: bool) -> str:
    if is_own:
        return "comment" if parent else "post"
    answered = fields.get("in_reply_to_user_id_str") or fields.get("in_reply_to_user_id")
    return "comment" if parent and str(answered or "") == account else "mention"


def _author(
    fields: Mapping[str, Any], includes: Mapping[str, Any], path: str
) -> IncomingAuthor | None:
    old = values.mapping(fields.get("user"), f"{path}.user")
    if old:
        return _person(old.get("id_str") or old.get("id"), old, f"{path}.user")
    own_id = fields.get("author_id")
    if not own_id:
        return None
    users = [user for _, user in items(includes.get("users"), "includes.users")]
    known = [user for user in users if isinstance(user, dict) and user.get("id") == own_id]
    return _person(own_id, known[0] if known else None, f"{path}.author_id")


def _person(own_id: Any, fields: Any, path: str) -> IncomingAuthor:
    known = fields if isinstance(fields, dict) else {}
    handle = values.name(known.get("username") or known.get("screen_name"), f"{path}.username")
    metrics = values.mapping(known.get("public_metrics"), f"{path}.public_metrics")
    followers = metrics.get("followers_count", known.get("followers_count"))
    return IncomingAuthor(
        values.identifier(own_id, f"{path}.id", longest=values.LONGEST_NAME),
        handle=handle,
        name=values.name(known.get("name"), f"{path}.name"),
        url=f"https://x.com/{handle}" if handle else "",
        followers=None if followers is None else values.whole(followers, f"{path}.followers_count"),
    )


def _text(fields: Mapping[str, Any], path: str) -> str:
    """What a reader sees: whole, unescaped, with the addresses that were written."""
    source: Mapping[str, Any] = fields
    for name in ("note_tweet", "extended_tweet"):
        longer = values.mapping(fields.get(name), f"{path}.{name}")
        if longer.get("text") or longer.get("full_text"):
            source = longer
    found = values.text(source.get("full_text") or source.get("text"), f"{path}.text")
    entities = values.mapping(source.get("entities") or fields.get("entities"), f"{path}.entities")
    for name in ("urls", "media"):
        for where, item in items(entities.get(name), f"{path}.entities.{name}"):
            entity = values.mapping(item, where)
            found = _written_out(found, entity, where, is_media=name == "media")
    return html.unescape(found).strip()[: values.LONGEST_TEXT]


def _written_out(found: str, entity: Mapping[str, Any], path: str, *, is_media: bool) -> str:
    short = values.text(entity.get("url"), f"{path}.url")
    expanded = values.text(entity.get("expanded_url"), f"{path}.expanded_url")
    # An address that leads to the post's own picture was not written by anybody.
    is_media = is_media or bool(entity.get("media_key"))
    return found.replace(short, "" if is_media else expanded or short) if short else found


def _attachments(
    fields: Mapping[str, Any], includes: Mapping[str, Any], path: str
) -> tuple[dict[str, str], ...]:
    old = values.mapping(fields.get("extended_entities"), f"{path}.extended_entities")
    media = [item for _, item in items(old.get("media"), f"{path}.extended_entities.media")]
    named = values.mapping(fields.get("attachments"), f"{path}.attachments").get("media_keys")
    keys = [key for _, key in items(named, f"{path}.media_keys")]
    included = [item for _, item in items(includes.get("media"), "includes.media")]
    media += [one for one in included if isinstance(one, dict) and one.get("media_key") in keys]
    return tuple(found for item in media if (found := _medium(item)))


def _medium(item: Any) -> dict[str, str] | None:
    fields = item if isinstance(item, dict) else {}
    address = fields.get("media_url_https") or fields.get("url") or fields.get("preview_image_url")
    try:
        url = values.link(address, "media")
        alt = values.text(fields.get("alt_text") or fields.get("ext_alt_text"), "media")
    except ParseError:
        return None
    kind = _TYPES.get(str(fields.get("type")), "link")
    # Of videos only a still is given here.
    return {"type": "image" if kind == "video" else kind, "url": url, "alt": alt} if url else None
