"""What a delivery of X says, in the Account Activity API or the X Activity API after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import Gathering, alone, document, items
from inbox.connectors.types import Delivery, IncomingPost, ParseError, Verb
from inbox.connectors.x.posts import MESSAGE, message_of, post_of

Reader = Callable[[], Iterable[IncomingPost | str]]
_KEPT = ("for_user_id", "users")


def parse(body: bytes) -> Delivery:
    """Read a body. Raises `ParseError` when not even its parts can be told apart."""
    found = document(body)
    gathering = Gathering()
    if "data" in found:
        several = found["data"] if isinstance(found["data"], list) else None
        events = [("data", found["data"])] if several is None else items(several, "data")
        for path, event in events:
            _gather_activity(gathering, path, event, found.get("includes"))
        return gathering.delivery()
    if "for_user_id" not in found and "user_event" not in found:
        raise ParseError("is missing", field="for_user_id")
    _gather_account(gathering, found)
    return gathering.delivery()


# Account Activity API


def _gather_account(gathering: Gathering, found: dict[str, Any]) -> None:
    account = values.optional_identifier(found.get("for_user_id"), "for_user_id")
    frame = {name: found[name] for name in _KEPT if name in found}
    users = values.mapping(found.get("users"), "users")
    readers: dict[str, Callable[[Any, str], Iterable[IncomingPost]]] = {
        "tweet_create_events": partial(_created, account=account),
        "tweet_delete_events": partial(_deleted, account=account),
        "direct_message_events": partial(_message, account=account, users=users),
    }
    for name, read in readers.items():
        for path, item in items(found.get(name), name):
            raw = alone({**frame, name: [item]})
            gathering.add(path, raw, partial(read, item, path))


def _created(item: Any, path: str, *, account: str) -> Iterable[IncomingPost]:
    fields = values.mapping(item, path)
    if fields.get("retweeted_status"):
        return ()  # a repetition without a word of its own
    return (post_of(fields, path, account=account),)


def _deleted(item: Any, path: str, *, account: str) -> Iterable[IncomingPost]:
    fields = values.mapping(item, path)
    status = values.mapping(fields.get("status"), f"{path}.status")
    at = values.stamp(fields.get("timestamp_ms"), f"{path}.timestamp_ms")
    own_id = values.identifier(status.get("id"), f"{path}.status.id")
    return (IncomingPost(own_id, Verb.DELETE, posted_at=at, account=account),)


def _message(
    item: Any, path: str, *, account: str, users: Mapping[str, Any]
) -> Iterable[IncomingPost]:
    fields = values.mapping(item, path)
    if fields.get("type", "message_create") != "message_create":
        return ()
    return (message_of(fields, path, account=account, users=users),)


# X Activity API


def _gather_activity(gathering: Gathering, path: str, event: Any, includes: Any) -> None:
    raw = alone({"data": event, "includes": includes} if includes else {"data": event})
    gathering.add(path, raw, partial(_activity, event, path, includes))


def _activity(event: Any, path: str, includes: Any) -> Iterable[IncomingPost | str]:
    fields = values.mapping(event, path)
    kind = values.text(fields.get("event_type"), f"{path}.event_type")
    payload = values.mapping(fields.get("payload"), f"{path}.payload")
    wanted = values.mapping(fields.get("filter"), f"{path}.filter")
    account = values.optional_identifier(wanted.get("user_id"), f"{path}.filter.user_id")
    known = values.mapping(fields.get("includes") or includes, f"{path}.includes")
    at = f"{path}.payload"
    if kind == "post.delete":
        return (_gone(payload, at, account, ""),)
    if kind.startswith("post.") and kind.endswith("create"):
        return _post(payload, at, account, known)
    if kind in {"dm.received", "dm.sent"}:
        return _messages(payload, at, account, known)
    if kind in {"dm.deleted", "dm.delete"}:
        return (_gone(payload, at, account, MESSAGE),)
    return ()


def _post(
    payload: Mapping[str, Any], path: str, account: str, known: Mapping[str, Any]
) -> Iterable[IncomingPost]:
    references = items(payload.get("referenced_tweets"), f"{path}.referenced_tweets")
    if any(isinstance(one, dict) and one.get("type") == "retweeted" for _, one in references):
        return ()
    return (post_of(payload, path, account=account, includes=known),)


def _gone(payload: Mapping[str, Any], path: str, account: str, prefix: str) -> IncomingPost:
    status = values.mapping(payload.get("status"), f"{path}.status")
    own_id = payload.get("id") or payload.get("tweet_id") or status.get("id")
    at = values.stamp(payload.get("timestamp_ms") or None, f"{path}.timestamp_ms")
    found = values.identifier(own_id, f"{path}.id")
    return IncomingPost(prefix + found, Verb.DELETE, posted_at=at, account=account)


def _messages(
    payload: Mapping[str, Any], path: str, account: str, known: Mapping[str, Any]
) -> Iterable[IncomingPost]:
    """One message in the words of v2, or several in those of the Account Activity API."""
    older = items(payload.get("direct_message_events"), f"{path}.direct_message_events")
    if older:
        users = values.mapping(payload.get("users"), f"{path}.users")
        return [
            post
            for where, item in older
            for post in _message(item, where, account=account, users=users)
        ]
    if payload.get("event_type", "MessageCreate") != "MessageCreate":
        return ()
    listed = items(known.get("users"), "includes.users")
    people = {
        str(user["id"]): user for _, user in listed if isinstance(user, dict) and user.get("id")
    }
    return (message_of(payload, path, account=account, users=people),)
