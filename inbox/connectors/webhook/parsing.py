"""Deliveries whose format is ours: docs/channels/webhook.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from inbox.connectors import values
from inbox.connectors.types import (
    Delivery,
    IncomingAuthor,
    IncomingPost,
    ParseError,
    RefusedPart,
    Verb,
)

MOST_POSTS = 1000
LARGEST_DETAILS = 10_000
_VERBS = tuple(verb.value for verb in Verb)
_ATTACHMENTS = ("image", "video", "audio", "file", "link")
_decode = json.JSONDecoder().raw_decode


def parse_delivery(body: bytes) -> Delivery:
    """Read a whole body, or one post of it as kept in quarantine."""
    source, payload = _load(body)
    if "posts" not in payload and "external_id" in payload:
        return Delivery(posts=(parse_post(payload, ""),))
    items = payload.get("posts")
    if not isinstance(items, list):
        raise ParseError("must be a list of posts", field="posts")
    if len(items) > MOST_POSTS:
        raise ParseError(
            f"holds {len(items)} posts, at most {MOST_POSTS} may come at once", field="posts"
        )
    posts: dict[str, IncomingPost] = {}
    faults: dict[int, ParseError] = {}
    for index, item in enumerate(items):
        path = f"posts[{index}]"
        try:
            posts[path] = parse_post(item, path)
        except ParseError as error:
            faults[index] = error
    refused = tuple(_refused(source, faults)) if faults else ()
    return Delivery(tuple(posts.values()), tuple(posts), refused)


def raws_of(body: bytes) -> dict[str, bytes]:
    """The bytes of each post of a body that parses, by its path."""
    source = body.decode("utf-8-sig")
    spans = _spans(source)
    return {f"posts[{i}]": source[start:end].encode() for i, (start, end) in enumerate(spans)}


def parse_post(item: Any, path: str) -> IncomingPost:
    """Read one post that stands at `path`, for `ParseError.field`. Unknown fields are ignored."""
    if not isinstance(item, dict):
        raise ParseError("must be an object", field=path)
    at = f"{path}.".lstrip(".")
    verb = Verb(values.one_of(item.get("verb", "add"), _VERBS, f"{at}verb"))
    posted_at = values.moment(item.get("posted_at"), f"{at}posted_at")
    if posted_at is None and verb is Verb.ADD:
        raise ParseError("is missing", field=f"{at}posted_at")
    rating = item.get("rating")
    return IncomingPost(
        external_id=values.identifier(item.get("external_id"), f"{at}external_id"),
        verb=verb,
        text=values.text(item.get("text"), f"{at}text"),
        posted_at=posted_at,
        author=_author(item.get("author"), f"{at}author"),
        parent_external_id=values.optional_identifier(
            item.get("parent_external_id"), f"{at}parent_external_id"
        ),
        kind=values.one_of(item.get("kind") or "post", values.KINDS, f"{at}kind"),
        is_own=values.flag(item.get("is_own"), f"{at}is_own"),
        is_private=values.flag(item.get("is_private"), f"{at}is_private"),
        language=values.language(item.get("language"), f"{at}language"),
        url=values.link(item.get("url"), f"{at}url"),
        edited_at=values.moment(item.get("edited_at"), f"{at}edited_at"),
        rating=None
        if rating is None
        else values.whole(rating, f"{at}rating", smallest=1, largest=5),
        counts=_counts(item.get("counts"), f"{at}counts"),
        attachments=_attachments(item.get("attachments"), f"{at}attachments"),
        details=_details(item, at),
    )


def _details(item: dict[str, Any], at: str) -> dict[str, Any]:
    """What the sender wants back with a reply, and with whom a direct message is."""
    details = dict(values.mapping(item.get("details"), f"{at}details"))
    if len(json.dumps(details)) > LARGEST_DETAILS:
        raise ParseError(f"is larger than {LARGEST_DETAILS:,} bytes", field=f"{at}details")
    talk = values.optional_identifier(item.get("conversation"), f"{at}conversation")
    return details | ({"conversation": talk} if talk else {})


def _author(value: Any, path: str) -> IncomingAuthor | None:
    if value is None:
        return None
    item = values.mapping(value, path)
    followers = item.get("followers")
    return IncomingAuthor(
        external_id=values.identifier(
            item.get("external_id"), f"{path}.external_id", longest=values.LONGEST_NAME
        ),
        handle=values.name(item.get("handle"), f"{path}.handle"),
        name=values.name(item.get("name"), f"{path}.name"),
        url=values.link(item.get("url"), f"{path}.url", longest=500),
        followers=None if followers is None else values.whole(followers, f"{path}.followers"),
    )


def _counts(value: Any, path: str) -> dict[str, int]:
    counts = values.mapping(value, path)
    if len(counts) > 50:
        raise ParseError("holds more than 50 names", field=path)
    return {
        values.identifier(name, path, longest=40): values.whole(number, f"{path}.{name}")
        for name, number in counts.items()
    }


def _attachments(value: Any, path: str) -> tuple[dict[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > 50:
        raise ParseError("must be a list of at most 50", field=path)
    found = []
    for index, entry in enumerate(value):
        at = f"{path}[{index}]"
        item = values.mapping(entry, at)
        address = values.link(item.get("url"), f"{at}.url")
        if not address:
            raise ParseError("is missing", field=f"{at}.url")
        kind = values.one_of(item.get("type", "link"), _ATTACHMENTS, f"{at}.type")
        alt = values.text(item.get("alt"), f"{at}.alt", longest=2000)
        found.append({"type": kind, "url": address, "alt": alt})
    return tuple(found)


def _load(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        source = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"the body is not UTF-8 (byte {error.start})") from None
    try:
        payload = json.loads(source)
    except RecursionError:
        raise ParseError("the body is nested too deeply") from None
    except ValueError as error:
        raise ParseError(f"the body is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise ParseError('the body must be an object: {"posts": […]}')
    return source, payload


def _refused(source: str, faults: Mapping[int, ParseError]) -> Iterator[RefusedPart]:
    spans = _spans(source)
    for index, error in faults.items():
        start, end = spans[index]
        raw = source[start:end].encode()
        yield RefusedPart(index, raw, error.reason, error.field)


def _spans(source: str) -> list[tuple[int, int]]:
    """Where each post stands in a body that parses, so that quarantine keeps it as it was sent."""
    spans: list[tuple[int, int]] = []
    at = _skip(source, source.index("{") + 1)
    while source[at] == '"':
        key, at = _decode(source, at)
        at = _skip(source, _skip(source, at) + 1)
        if key == "posts":
            spans, at = _items(source, at)
        else:
            at = _decode(source, at)[1]
        at = _skip(source, at)
        at = _skip(source, at + 1) if source[at] == "," else at
    return spans


def _items(source: str, at: int) -> tuple[list[tuple[int, int]], int]:
    """The spans of a list's items, and where the list ends; a repeated key may hold no list."""
    if source[at] != "[":
        return [], _decode(source, at)[1]
    spans = []
    at = _skip(source, at + 1)
    while source[at] != "]":
        end = _decode(source, at)[1]
        spans.append((at, end))
        at = _skip(source, end)
        at = _skip(source, at + 1) if source[at] == "," else at
    return spans, at + 1


def _skip(source: str, at: int) -> int:
    while source[at] in " \t\r\n":
        at += 1
    return at
