"""Answering on Bluesky, under keys of our own: what is sent twice is one post."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.bluesky.client import POST, Client, apart
from inbox.connectors.bluesky.keys import record_key
from inbox.connectors.bluesky.parsing import web_address
from inbox.connectors.bluesky.richtext import LONGEST, LONGEST_BYTES, facets, length_of
from inbox.connectors.errors import Blocked, Forbidden, Gone, Refused, TooLong, Uncertain
from inbox.connectors.gathering import understood
from inbox.connectors.looking import found_nothing
from inbox.connectors.types import OutgoingPost, ParseError, Published, Upload

MOST_PICTURES = 4
LARGEST_PICTURE = 1_000_000
_LIKE = "app.bsky.feed.like"
_GATE = "app.bsky.feed.threadgate"


def publish(access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
    """Answer a post; the same key again finds what the first one made."""
    _check(out)
    client = Client(access)
    record = _record(client, out)
    key = record_key(idempotency_key)
    place = {"repo": client.did, "collection": POST, "rkey": key}
    try:
        # Nothing may be there yet: the network itself refuses a second one.
        made = client.call(
            "com.atproto.repo.putRecord", json={**place, "record": record, "swapRecord": None}
        )
    except Refused:
        if published := _published(client, key):
            return published
        raise
    return _told(client, made, key, record)


def find_published(access: Access, *, idempotency_key: str, since: datetime) -> Published | None:
    """What stands under the key."""
    found = _published(Client(access), record_key(idempotency_key))
    if found is None:
        found_nothing(access, since)
    return found


def _check(out: OutgoingPost) -> None:
    if out.is_private:
        raise Refused("takes no private messages from here")
    length = length_of(out.text)
    if length > LONGEST:
        raise TooLong(f"takes at most {LONGEST} characters, and these are {length}")
    if len(out.text.encode()) > LONGEST_BYTES:
        raise TooLong(f"takes at most {LONGEST_BYTES:,} bytes, and this text has more")
    if len(out.uploads) > MOST_PICTURES:
        raise Refused(f"takes at most {MOST_PICTURES} pictures")
    for upload in out.uploads:
        if not upload.content_type.startswith("image/"):
            raise Refused("takes pictures here, nothing else")
        if len(upload.content) > LARGEST_PICTURE:
            raise TooLong("takes pictures of at most 1 MB")


@understood()
def _record(client: Client, out: OutgoingPost) -> dict[str, Any]:
    parent = _answered(client, out.in_reply_to)
    record: dict[str, Any] = {
        "$type": POST,
        "text": out.text,
        "createdAt": _now(),
        "reply": {"root": _root(parent), "parent": _reference(parent)},
    }
    if found := facets(out.text, lambda handle: _did_of(client, handle)):
        record["facets"] = found
    if out.language:
        record["langs"] = [out.language]
    if out.uploads:
        images = [_picture(client, upload) for upload in out.uploads]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def _answered(client: Client, uri: str) -> dict[str, Any]:
    """The post that is answered, as it is now. Raises why it cannot be."""
    found = client.get("app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=0)
    node = values.mapping(found.get("thread"), "thread")
    if node.get("notFound"):
        raise Gone("no longer has the post that is answered")
    post = values.mapping(node.get("post"), "post")
    viewer = values.mapping(values.mapping(post.get("author"), "author").get("viewer"), "viewer")
    if node.get("blocked") or viewer.get("blockedBy") or viewer.get("blocking"):
        raise Blocked(
            "shows no posts of each other to the page and this person: one blocks the other"
        )
    if values.mapping(post.get("viewer"), "viewer").get("replyDisabled"):
        raise Forbidden("lets only people the author chose answer this post")
    return dict(post)


def _root(parent: dict[str, Any]) -> dict[str, str]:
    reply = values.mapping(parent.get("record"), "record").get("reply")
    root = reply.get("root") if isinstance(reply, dict) else None
    return _reference(root if isinstance(root, dict) else parent)


def _reference(found: dict[str, Any]) -> dict[str, str]:
    return {name: values.identifier(found.get(name), name) for name in ("uri", "cid")}


def _did_of(client: Client, handle: str) -> str:
    try:
        found = client.get("com.atproto.identity.resolveHandle", handle=handle)
    except Refused:
        return ""
    return str(found.get("did") or "")


def _picture(client: Client, upload: Upload) -> dict[str, Any]:
    """A blob that belongs to nobody before it is in a post; a second one harms nobody."""
    found = client.call(
        "com.atproto.repo.uploadBlob",
        is_safe=True,
        content=upload.content,
        headers={"Content-Type": upload.content_type},
    )
    return {"alt": upload.alt, "image": found.get("blob")}


@understood()
def _published(client: Client, key: str) -> Published | None:
    try:
        found = client.get(
            "com.atproto.repo.getRecord", repo=_own(client), collection=POST, rkey=key
        )
    except Gone:
        return None
    return _told(client, found, key, values.mapping(found.get("value"), "value"))


def _own(client: Client) -> str:
    if not client.did:
        client.sign_in()
    return client.did


def _told(client: Client, found: dict[str, Any], key: str, record: Any) -> Published:
    try:
        made = _reference(found)
        published_at = values.moment(record.get("createdAt"), "createdAt")
    except ParseError:
        raise Uncertain("took it without saying what became of it") from None
    uri = f"at://{client.did}/{POST}/{key}"
    reply = values.mapping(record.get("reply"), "reply")
    details = {"cid": made["cid"]} | ({"root": reply["root"]} if "root" in reply else {})
    return Published(uri, web_address(uri), published_at, details)


def delete(access: Access, external_id: str) -> None:
    """Remove a post of ours; one that is gone already is fine."""
    client = Client(access)
    _remove(client, external_id)


def _remove(client: Client, uri: str) -> None:
    repository, collection, key = apart(uri)
    if repository != _own(client):
        raise Refused("lets the page remove its own posts only")
    client.call(
        "com.atproto.repo.deleteRecord",
        is_safe=True,
        json={"repo": repository, "collection": collection, "rkey": key},
    )


@understood()
def set_liked(access: Access, external_id: str, *, is_liked: bool) -> None:
    """Like a post, or no longer; a like that people gave on the network counts too."""
    client = Client(access)
    post = _answered(client, external_id)
    like = values.mapping(post.get("viewer"), "viewer").get("like")
    if not is_liked and isinstance(like, str):
        _remove(client, like)
    if not is_liked or like:
        return
    record = {"$type": _LIKE, "subject": _reference(post), "createdAt": _now()}
    place = {"repo": _own(client), "collection": _LIKE, "rkey": record_key(external_id)}
    client.call("com.atproto.repo.putRecord", is_safe=True, json={**place, "record": record})


@understood()
def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Hide an answer in a thread the page began, or show it again."""
    client = Client(access)
    root = _root(_answered(client, external_id))
    repository, _, key = apart(root["uri"])
    if repository != _own(client) or root["uri"] == external_id:
        raise Refused("hides answers in threads the page began, no other posts")
    place = {"repo": repository, "collection": _GATE, "rkey": key}
    gate, version = _gate(client, place, root["uri"])
    listed = gate.get("hiddenReplies")
    hidden = [one for one in listed if one != external_id] if isinstance(listed, list) else []
    gate["hiddenReplies"] = [*hidden, external_id] if is_hidden else hidden
    # Of two who change it at once the second is refused, and loses nobody's choice.
    client.call(
        "com.atproto.repo.putRecord",
        is_safe=True,
        json={**place, "record": gate, "swapRecord": version},
    )


def _gate(client: Client, place: dict[str, str], root: str) -> tuple[dict[str, Any], str | None]:
    try:
        found = client.get("com.atproto.repo.getRecord", **place)
    except Gone:
        return {"$type": _GATE, "post": root, "createdAt": _now()}, None
    return dict(values.mapping(found.get("value"), "value")), str(found.get("cid"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
