"""Posts in the words of the network's views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.bluesky.client import POST
from inbox.connectors.gathering import items
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

SITE = "https://bsky.app"
_COUNTS = {"likeCount": "likes", "repostCount": "reposts", "quoteCount": "quotes"}
_LONGEST_ALT = 2_000


def post_of(item: Any, path: str, *, account: str) -> IncomingPost:
    """The post of a view (`app.bsky.feed.defs#postView`). Raises `ParseError`."""
    view = values.mapping(item, path)
    uri = values.identifier(view.get("uri"), f"{path}.uri")
    record = values.mapping(view.get("record"), f"{path}.record")
    reply = values.mapping(record.get("reply"), f"{path}.record.reply")
    author = _author(view.get("author"), f"{path}.author")
    is_own = author.external_id == account
    quoted = _quoted(values.mapping(view.get("embed"), f"{path}.embed"))
    parent = _reference(reply.get("parent"))
    return IncomingPost(
        external_id=uri,
        text=values.text(record.get("text"), f"{path}.record.text"),
        posted_at=_moment(record, view, path),
        author=author,
        parent_external_id=parent.get("uri", ""),
        kind=_kind(record, quoted, account, is_reply=bool(parent), is_own=is_own),
        is_own=is_own,
        language=_language(record),
        url=web_address(uri),
        counts=_counts(view),
        attachments=_attachments(view, record, quoted),
        details=_details(view, reply),
    )


def indexed_at(item: Any) -> datetime | None:
    """When the network took note of something; None when it does not say."""
    try:
        return values.moment(item.get("indexedAt") if isinstance(item, dict) else None, "indexedAt")
    except ParseError:
        return None


def web_address(uri: str) -> str:
    """Where people read a post."""
    repository, _, key = uri.removeprefix("at://").partition(f"/{POST}/")
    return f"{SITE}/profile/{repository}/post/{key}" if key else ""


def _author(value: Any, path: str) -> IncomingAuthor:
    found = values.mapping(value, path)
    did = values.identifier(found.get("did"), f"{path}.did", longest=values.LONGEST_NAME)
    # A handle may change; the DID stays.
    return IncomingAuthor(
        did,
        handle=values.name(found.get("handle"), f"{path}.handle"),
        name=values.name(found.get("displayName"), f"{path}.displayName"),
        url=f"{SITE}/profile/{did}",
    )


def _moment(record: Mapping[str, Any], view: Mapping[str, Any], path: str) -> datetime:
    """When it was written, which anybody may claim, but not after the network had it."""
    seen = indexed_at(view)
    try:
        claimed = values.moment(record.get("createdAt"), f"{path}.record.createdAt")
    except ParseError:
        claimed = None
    found = min(filter(None, (claimed, seen)), default=None)
    if found is None:
        raise ParseError("is missing", field=f"{path}.record.createdAt")
    return found


def _kind(
    record: Mapping[str, Any],
    quoted: Mapping[str, Any],
    account: str,
    *,
    is_reply: bool,
    is_own: bool,
) -> str:
    if is_reply:
        return "comment"
    is_quote = values.mapping(quoted.get("author"), "author").get("did") == account
    if not is_own and (is_quote or account in _mentioned(record)):
        return "mention"
    return "post"


def _features(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    facets = record.get("facets")
    for facet in facets if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else []:
            if isinstance(feature, dict):
                yield feature


def _mentioned(record: Mapping[str, Any]) -> set[str]:
    return {str(feature["did"]) for feature in _features(record) if feature.get("did")}


def _language(record: Mapping[str, Any]) -> str:
    found = record.get("langs")
    first = found[0] if isinstance(found, list) and found else None
    return values.language(first if isinstance(first, str) else None, "langs")


def _counts(view: Mapping[str, Any]) -> dict[str, int]:
    return {
        ours: found
        for theirs, ours in _COUNTS.items()
        if isinstance(found := view.get(theirs), int) and found >= 0 and not isinstance(found, bool)
    }


def _quoted(embed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The view of a quoted record; pictures beside it wrap it once more."""
    for _ in range(2):
        inner = embed.get("record")
        if not isinstance(inner, dict):
            return {}
        embed = inner
        if "uri" in inner:
            return inner
    return {}


def _attachments(
    view: Mapping[str, Any], record: Mapping[str, Any], quoted: Mapping[str, Any]
) -> tuple[dict[str, str], ...]:
    embed = values.mapping(view.get("embed"), "embed")
    media = embed.get("media")
    found = [*_media(media if isinstance(media, dict) else embed)]
    if address := web_address(str(quoted.get("uri") or "")):
        value = values.mapping(quoted.get("value"), "value")
        found.append(_attachment("link", address, value.get("text")))
    found += [
        _attachment("link", feature.get("uri"), "") for feature in _features(record)
        if feature.get("uri")
    ]  # fmt: skip
    return tuple({one["url"]: one for one in reversed(found) if one["url"]}.values())[::-1]


def _media(embed: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for _, image in items(embed.get("images"), "embed.images"):
        if isinstance(image, dict):
            yield _attachment(
                "image", image.get("fullsize") or image.get("thumb"), image.get("alt")
            )
    if embed.get("playlist"):
        # A playlist cannot be shown through a proxy; its still can.
        yield _attachment("video", embed.get("thumbnail"), embed.get("alt"))
    external = embed.get("external")
    if isinstance(external, dict):
        yield _attachment("link", external.get("uri"), external.get("title"))


def _attachment(kind: str, url: Any, alt: Any) -> dict[str, str]:
    try:
        address = values.link(url, "url")
    except ParseError:
        address = ""
    told = values.clean(alt)[:_LONGEST_ALT] if isinstance(alt, str) else ""
    return {"type": kind, "url": address, "alt": told}


def _reference(value: Any) -> dict[str, str]:
    """A post's address and version, as answers must name both."""
    found = value if isinstance(value, dict) else {}
    uri, cid = found.get("uri"), found.get("cid")
    return {"uri": uri, "cid": cid} if isinstance(uri, str) and isinstance(cid, str) else {}


def _details(view: Mapping[str, Any], reply: Mapping[str, Any]) -> dict[str, Any]:
    root = _reference(reply.get("root"))
    cid = view.get("cid")
    found: dict[str, Any] = {"cid": cid} if isinstance(cid, str) else {}
    return found | ({"root": root} if root else {})
