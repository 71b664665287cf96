"""What Discourse tells of a post, in deliveries and in answers alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import Gathering, alone, document
from inbox.connectors.readable import readable
from inbox.connectors.types import Delivery, IncomingAuthor, IncomingPost, ParseError, Verb

# What people write; small actions ("closed this") and whispers among staff are not for us.
_REGULAR, _MODERATOR = 1, 2
_NOT_A_PERSON = (-1, -2)  # the forum's own accounts: system and its guide
_IMAGE = re.compile(r"!\[([^\]|]{0,300})[^\]]{0,60}\]\((https?://[^)\s]{1,1000})\)")


def first_of(topic: int | str) -> str:
    """The external id under which the first post of a topic is the parent of the others.

    Deliveries name a topic and a number in it, not the id of the post that is answered.
    """
    return f"topic:{topic}"


def number_in(topic: int | str, number: int) -> str:
    """The external id of post `number` of a topic."""
    return first_of(topic) if number == 1 else f"topic:{topic}:{number}"


def parse(body: bytes, headers: Mapping[str, str], *, base_url: str, username: str) -> Delivery:
    """Read a delivery. Topics are told by their posts; of others only the posts count."""
    found = document(body)
    event = next((headers[name] for name in headers if name.lower() == "x-discourse-event"), "")
    event = event or values.text(found.get("event"), "event")
    gathering = Gathering()
    # Who reads a part again has no headers any more.
    raw = alone({**found, "event": event})
    if "post" in found:
        gathering.add(
            "post",
            raw,
            lambda: posts_of(
                found["post"], "post", base_url=base_url, username=username, event=event
            ),
        )
    elif "topic" in found and event in {"topic_destroyed", "topic_recovered"}:
        gathering.add("topic", raw, lambda: _of_topic(found["topic"], event))
    return gathering.delivery()


def _of_topic(value: Any, event: str) -> Iterable[IncomingPost | str]:
    """A topic that goes takes its posts along; one that comes back is read whole."""
    topic = values.mapping(value, "topic")
    number = values.whole(topic.get("id"), "topic.id", smallest=1, largest=10**12)
    if event == "topic_recovered":
        return (first_of(number),)
    at = values.moment(topic.get("deleted_at"), "topic.deleted_at")
    return (IncomingPost(first_of(number), Verb.DELETE, posted_at=at),)


def posts_of(
    value: Any, path: str, *, base_url: str, username: str, event: str = "", title: str = ""
) -> Iterable[IncomingPost]:
    """What there is to say of one post: its words, that it is hidden, or that it is gone."""
    post = values.mapping(value, path)
    topic = values.whole(post.get("topic_id"), f"{path}.topic_id", smallest=1, largest=10**12)
    number = values.whole(post.get("post_number"), f"{path}.post_number", smallest=1)
    external_id = number_in(topic, number)
    if post.get("post_type", _REGULAR) not in (_REGULAR, _MODERATOR):
        return
    if post.get("user_id") in _NOT_A_PERSON:
        return
    is_gone = bool(post.get("deleted_at")) or post.get("user_deleted") is True
    if event == "post_destroyed" or is_gone:
        at = values.moment(post.get("deleted_at"), f"{path}.deleted_at")
        yield IncomingPost(external_id, Verb.DELETE, posted_at=at)
        return
    yield _told(post, path, external_id, base_url=base_url, username=username, title=title)
    if post.get("hidden") is True:
        yield IncomingPost(external_id, Verb.HIDE, posted_at=datetime.now(UTC))


def _told(
    post: Mapping[str, Any],
    path: str,
    external_id: str,
    *,
    base_url: str,
    username: str,
    title: str,
) -> IncomingPost:
    topic, number = int(post["topic_id"]), int(post["post_number"])
    posted_at = values.moment(post.get("created_at"), f"{path}.created_at")
    if posted_at is None:
        raise ParseError("is missing", field=f"{path}.created_at")
    handle = values.name(post.get("username"), f"{path}.username")
    is_private = post.get("topic_archetype") == "private_message"
    under = post.get("reply_to_post_number")
    parent = number_in(topic, under) if isinstance(under, int) and under > 0 else first_of(topic)
    version = post.get("version")
    is_edited = isinstance(version, int) and version > 1
    text = _text(post, path, base_url)
    named = values.text(post.get("topic_title") or title, f"{path}.topic_title", longest=1000)
    return IncomingPost(
        external_id=external_id,
        text=f"{named}\n\n{text}".strip() if number == 1 and named else text,
        posted_at=posted_at,
        author=_author(post, path, base_url, handle),
        parent_external_id="" if number == 1 else parent,
        kind="direct_message" if is_private else "post" if number == 1 else "comment",
        is_own=bool(handle) and handle.casefold() == username.casefold(),
        is_private=is_private,
        url=f"{base_url}/t/{topic}/{number}" if base_url else "",
        edited_at=values.moment(post.get("updated_at"), f"{path}.updated_at")
        if is_edited
        else None,
        counts={"like": _likes(post)} if _likes(post) else {},
        attachments=_images(post),
        details=_details(post, topic, number, is_private=is_private),
    )


def _details(
    post: Mapping[str, Any], topic: int, number: int, *, is_private: bool
) -> dict[str, Any]:
    """What an answer needs: Discourse answers a topic and a number, and edits by id."""
    own_id = values.whole(post.get("id"), "id", smallest=1, largest=10**12)
    found: dict[str, Any] = {"id": own_id, "topic": topic, "number": number}
    return found | ({"conversation": first_of(topic)} if is_private else {})


def _text(post: Mapping[str, Any], path: str, base_url: str) -> str:
    raw = post.get("raw")
    if isinstance(raw, str) and raw:
        return values.text(raw, f"{path}.raw")
    cooked = post.get("cooked")
    return values.clean(readable(cooked, base_url)) if isinstance(cooked, str) else ""


def _author(
    post: Mapping[str, Any], path: str, base_url: str, handle: str
) -> IncomingAuthor | None:
    if not handle:
        return None
    return IncomingAuthor(
        values.optional_identifier(post.get("user_id"), f"{path}.user_id") or handle,
        handle=handle,
        name=values.name(post.get("name") or post.get("display_username"), f"{path}.name"),
        url=f"{base_url}/u/{handle}" if base_url else "",
    )


def _likes(post: Mapping[str, Any]) -> int:
    """How many like it: action 2 of a full answer, or the sum a delivery has."""
    actions = post.get("actions_summary")
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict) and action.get("id") == 2:
            count = action.get("count")
            return count if isinstance(count, int) and count >= 0 else 0
    count = post.get("like_count")
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def _images(post: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    raw = post.get("raw")
    found = _IMAGE.findall(raw) if isinstance(raw, str) else []
    return tuple(
        {"type": "image", "url": values.clean(url), "alt": values.clean(alt)}
        for alt, url in found[:20]
    )
