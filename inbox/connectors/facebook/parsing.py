"""What a delivery about a Facebook page says: its feed, mentions, reviews and messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import items
from inbox.connectors.meta import hooks
from inbox.connectors.meta.hooks import Event
from inbox.connectors.meta.messages import attachment_url, read_event
from inbox.connectors.types import Delivery, IncomingAuthor, IncomingPost, ParseError, Verb

_VERBS = {
    "add": Verb.ADD,
    "edit": Verb.ADD,
    "edited": Verb.ADD,
    "update": Verb.ADD,
    "remove": Verb.DELETE,
    "delete": Verb.DELETE,
    "hide": Verb.HIDE,
    "unhide": Verb.SHOW,
}
_EDITS = {"edit", "edited", "update"}
_POSTS = {"post", "status", "photo", "video", "share", "album", "link", "note", "event", "story"}
_REACTIONS = {"reaction", "like"}
# A page is recommended or not, where it once had stars.
RECOMMENDATIONS = {"positive": 5, "negative": 1}


def parse(body: bytes) -> Delivery:
    """Read a body. Raises `ParseError` when not even its parts can be told apart."""
    return hooks.parse(body, "page", _read)


def reference(account: str, what: str, external_id: str) -> str:
    """What `Delivery.unread` holds: account, "post" or "counts", and the id."""
    return f"{account}/{what}/{external_id}"


def _read(event: Event) -> Iterable[IncomingPost | str]:
    match event.field:
        case "feed":
            return _feed(event)
        case "mention":
            return _mention(event)
        case "ratings":
            return _rating(event)
        case "messaging" | "standby":
            return read_event(event)
    return ()


def _feed(event: Event) -> Iterable[IncomingPost | str]:
    item = str(event.value.get("item"))
    verb = _VERBS.get(str(event.value.get("verb")))
    if item in _REACTIONS:
        # The network tells that somebody reacted, not how many did: the post is asked.
        at = "comment_id" if event.value.get("comment_id") else "post_id"
        found = values.identifier(event.value.get(at), f"{event.path}.{at}")
        return (reference(event.account, "counts", found),)
    if verb is None or (item != "comment" and item not in _POSTS):
        return ()
    if event.value.get("published") == 0 and verb is Verb.ADD:
        return ()  # planned, and nobody sees it yet
    return (_comment(event, verb) if item == "comment" else _post(event, verb),)


def _comment(event: Event, verb: Verb) -> IncomingPost:
    parent = event.value.get("parent_id") or event.value.get("post_id")
    return replace(
        _told(event, verb, "comment_id"),
        kind="comment",
        parent_external_id=values.optional_identifier(parent, f"{event.path}.parent_id"),
        details=_details(event),
    )


def _post(event: Event, verb: Verb) -> IncomingPost:
    return _told(event, verb, "post_id")


def _mention(event: Event) -> Iterable[IncomingPost | str]:
    verb = _VERBS.get(str(event.value.get("verb") or "add"))
    if verb is None:
        return ()
    name = "comment_id" if event.value.get("comment_id") else "post_id"
    if verb is Verb.ADD and not event.value.get("message"):
        found = values.identifier(event.value.get(name), f"{event.path}.{name}")
        return (reference(event.account, "mention", found),)
    parent = event.value.get("post_id") if name == "comment_id" else None
    return (
        replace(
            _told(event, verb, name),
            kind="mention",
            parent_external_id=values.optional_identifier(parent, f"{event.path}.post_id"),
            details=_details(event),
        ),
    )


def _rating(event: Event) -> Iterable[IncomingPost | str]:
    verb = _VERBS.get(str(event.value.get("verb") or "add"))
    item = str(event.value.get("item") or "rating")
    if verb is None or item not in {"rating", "comment"}:
        return ()
    story = values.optional_identifier(
        event.value.get("open_graph_story_id"), f"{event.path}.open_graph_story_id"
    )
    if item == "comment":
        return (
            replace(_told(event, verb, "comment_id"), kind="comment", parent_external_id=story),
        )
    if not story:
        raise ParseError("is missing", field=f"{event.path}.open_graph_story_id")
    post = _told(event, verb, "open_graph_story_id")
    return (
        replace(
            post,
            kind="review",
            text=values.text(event.value.get("review_text"), f"{event.path}.review_text"),
            rating=stars_of(event.value),
        ),
    )


def _told(event: Event, verb: Verb, id_name: str) -> IncomingPost:
    """What every item says of itself, in the same words."""
    value, path = event.value, event.path
    created_at = values.stamp(value.get("created_time"), f"{path}.created_time")
    is_edit = verb is Verb.ADD and value.get("verb") in _EDITS
    # What is not an addition happened when it was told; `created_time` may be the post's own.
    at = (created_at or event.at) if verb is Verb.ADD else (event.at or created_at)
    if at is None and verb is Verb.ADD:
        raise ParseError("is missing", field=f"{path}.created_time")
    author = _author(value, path)
    return IncomingPost(
        external_id=values.identifier(value.get(id_name), f"{path}.{id_name}"),
        verb=verb,
        text=values.text(value.get("message"), f"{path}.message"),
        posted_at=at,
        edited_at=_edited_at(event) if is_edit else None,
        author=author,
        is_own=author is not None and author.external_id == event.account,
        account=event.account,
        url=attachment_url(_permalink(value))[: values.LONGEST_LINK],
        attachments=_attachments(value, path),
    )


def _edited_at(event: Event) -> datetime | None:
    found = values.stamp(event.value.get("edited_time"), f"{event.path}.edited_time")
    return found or event.at


def _author(value: Mapping[str, Any], path: str) -> IncomingAuthor | None:
    for name in ("from", "reviewer"):
        found = values.mapping(value.get(name), f"{path}.{name}")
        if found.get("id"):
            return _person(found.get("id"), found.get("name"), f"{path}.{name}")
    for name in ("sender", "reviewer"):
        if value.get(f"{name}_id"):
            return _person(value[f"{name}_id"], value.get(f"{name}_name"), path)
    return None


def _person(own_id: Any, name: Any, path: str) -> IncomingAuthor:
    return IncomingAuthor(
        values.identifier(own_id, f"{path}.id", longest=values.LONGEST_NAME),
        name=values.name(name, f"{path}.name"),
    )


def _permalink(value: Mapping[str, Any]) -> Any:
    post = value.get("post")
    return value.get("permalink_url") or (
        post.get("permalink_url") if isinstance(post, dict) else None
    )


def _attachments(value: Mapping[str, Any], path: str) -> tuple[dict[str, str], ...]:
    photos = [item for _, item in items(value.get("photos"), f"{path}.photos")]
    found = [("image", value.get("photo")), *(("image", photo) for photo in photos)]
    kind = "image" if value.get("item") == "photo" else "link"
    found += [("video", value.get("video")), (kind, value.get("link"))]
    addresses = {attachment_url(address): kind for kind, address in reversed(found)}
    return tuple(
        {"type": kind, "url": address, "alt": ""}
        for address, kind in reversed(addresses.items())
        if address
    )


def _details(event: Event) -> dict[str, str]:
    """Whom an answer is to reach: replies to a reply hang under the same comment."""
    parent, post = event.value.get("parent_id"), event.value.get("post_id")
    names = {"parent": parent, "post": post}
    return {
        name: values.identifier(found, f"{event.path}.{name}_id")
        for name, found in names.items()
        if found
    }


def stars_of(value: Mapping[str, Any]) -> int | None:
    """One to five; None when neither stars nor a recommendation were given."""
    rating = value.get("rating")
    if isinstance(rating, int) and not isinstance(rating, bool) and 1 <= rating <= 5:
        return rating
    return RECOMMENDATIONS.get(str(value.get("recommendation_type")).lower())
