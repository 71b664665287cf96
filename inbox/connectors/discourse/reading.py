"""Asking Discourse for the newest posts, private messages and whole topics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.discourse.client import Client
from inbox.connectors.discourse.parsing import first_of, posts_of
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.types import IncomingPost, Page, RefusedPart, Verb

# Where each is asked for, and under which name the answer holds it.
_STAGES = {
    "posts": ("/posts.json", "latest_posts"),
    "messages": ("/private-posts.json", "private_posts"),
}
AT_ONCE = 20  # posts of a topic that Discourse hands out by id
MOST_OF_A_TOPIC = 1000

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over posts, then messages, newest first, down to what is known."""
    client = Client(access)
    stage = str(cursor.get("stage") or "posts")
    known, newest = dict(cursor.get("known") or {}), dict(cursor.get("newest") or {})
    since = values.stamp(cursor.get("since"), "since")
    found = _listed(client, stage, cursor.get("before"))
    numbers = [_number(item) for item in found]
    newest[stage] = max([*numbers, int(newest.get(stage) or 0)])
    wanted = [item for item in found if _is_wanted(item, int(known.get(stage) or 0), since)]
    posts, refused = _read(client, wanted)
    is_over = len(wanted) < len(found) or not found or not (known.get(stage) or since)
    lowest = min(numbers, default=0)
    if not is_over and lowest < int(cursor.get("before") or lowest + 1):
        going_on = {"stage": stage, "before": lowest}
    elif stage == "posts":
        going_on = {"stage": "messages"}
    else:
        known = {name: newest.get(name) or known.get(name) or 0 for name in _STAGES}
        # Where nothing was seen so far, the time it began at still counts.
        rest = {} if all(known.values()) else {"since": cursor.get("since")}
        return Page(posts, {"known": known, **rest}, refused=refused)
    kept = {"known": known, "newest": newest, "since": cursor.get("since")}
    return Page(posts, {**kept, **going_on}, has_more=True, refused=refused)


def _listed(client: Client, stage: str, before: Any) -> list[Any]:
    path, name = _STAGES[stage]
    try:
        found = client.get(path, **({"before": before} if before else {}))
    except (Forbidden, Gone):
        if stage == "posts":
            raise
        return []  # `identify` says that messages cannot be read
    answer = found.get(name)
    return answer if isinstance(answer, list) else []


def _number(item: Any) -> int:
    number = item.get("id") if isinstance(item, dict) else None
    return number if isinstance(number, int) and number > 0 else 0


def _is_wanted(item: Any, known: int, since: datetime | None) -> bool:
    if known and _number(item):
        return _number(item) > known
    at = values.stamp(item.get("created_at") if isinstance(item, dict) else None, "created_at")
    return since is None or at is None or at >= since


def thread(access: Access, external_id: str) -> Page:
    """A topic from its first post to its last; what is gone comes as deleted."""
    client = Client(access)
    topic = topic_of(external_id)
    try:
        found = client.get(f"/t/{topic}.json", include_raw="true")
    except (Gone, Forbidden):
        # Also for a topic that was made private without us: it cannot be read any more.
        return Page((IncomingPost(first_of(topic), Verb.DELETE),))
    stream = values.mapping(found.get("post_stream"), "post_stream")
    here = [item for _, item in items(stream.get("posts"), "post_stream.posts")]
    have = {_number(item) for item in here}
    listed_ids = [one for _, one in items(stream.get("stream"), "post_stream.stream")]
    missing = [one for one in listed_ids if isinstance(one, int) and one not in have]
    missing = missing[-MOST_OF_A_TOPIC:]
    for start in range(0, len(missing), AT_ONCE):
        ids = missing[start : start + AT_ONCE]
        more = client.get(f"/t/{topic}/posts.json", **{"post_ids[]": ids, "include_raw": "true"})
        stream = values.mapping(more.get("post_stream"), "post_stream")
        here += [item for _, item in items(stream.get("posts"), "post_stream.posts")]
    title = values.text(found.get("title"), "title", longest=1000)
    archetype = found.get("archetype")
    told = [
        item | {"topic_archetype": archetype} if isinstance(item, dict) else item for item in here
    ]
    posts, refused = _read(client, told, title=title)
    gone = () if any(post.external_id == external_id for post in posts) else _gone(external_id)
    return Page((*posts, *gone), refused=refused)


def _gone(external_id: str) -> tuple[IncomingPost, ...]:
    return (IncomingPost(external_id, Verb.DELETE),)


def topic_of(external_id: str) -> str:
    """The number of the topic a post is in. Raises `Gone` for what is no id of ours."""
    parts = external_id.split(":")
    if len(parts) < 2 or parts[0] != "topic" or not parts[1].isdecimal():
        raise Gone("knows no such topic")
    return parts[1]


def _read(client: Client, found: list[Any], *, title: str = "") -> Found:
    return listed(
        items(found, "posts"),
        lambda item, path: posts_of(
            item, path, base_url=client.base_url, username=client.account, title=title
        ),
    )
