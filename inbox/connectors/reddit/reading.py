"""Asking Reddit for a subreddit's posts and comments, mentions, messages and threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.reddit.client import Client, name_of
from inbox.connectors.reddit.parsing import COMMENT, MESSAGE, POST, read_thing
from inbox.connectors.types import IncomingPost, Page, RefusedPart, Verb

AT_ONCE = 100
MOST_MORE = 500  # comments of one thread that are asked for one by one
DEEPEST = 1000

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


def stages_of(access: Access) -> dict[str, str]:
    """What a round asks for, and where."""
    own = f"/user/{name_of(access)}/comments"
    subreddit = access.settings.get("subreddit", "").strip().strip("/").removeprefix("r/")
    always = {"inbox": "/message/inbox", "own": own, "sent": "/message/sent"}
    if not subreddit:
        return always
    return {"new": f"/r/{subreddit}/new", "comments": f"/r/{subreddit}/comments", **always}


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round; each stage goes from the newest down to the time it ended at before.

    Ids of posts, comments and messages do not compare with each other; times do.
    """
    client, stages = Client(access), stages_of(access)
    names = list(stages)
    stage = cursor.get("stage") if cursor.get("stage") in stages else names[0]
    known, newest = dict(cursor.get("known") or {}), dict(cursor.get("newest") or {})
    until = values.stamp(known.get(stage) or cursor.get("since"), "since")
    after = cursor.get("after")
    params = {"limit": AT_ONCE, **({"after": after} if after else {})}
    if stage == "inbox":
        params["mark"] = "false"  # reading must not tell people that somebody has seen it
    found = client.get(stages[str(stage)], **params)
    things = children_of(found)
    wanted = [thing for thing in things if _is_wanted(thing, until)]
    times = [at.timestamp() for thing in things if (at := _time_of(thing))]
    newest[stage] = max([*times, float(newest.get(stage) or 0)])
    posts, refused = read(client, wanted)
    token = _after(found) if until is not None and len(wanted) == len(things) else ""
    place = names.index(str(stage)) + (0 if token else 1)
    if place < len(names):
        kept = {"known": known, "newest": newest, "since": cursor.get("since")}
        going_on = {**kept, "stage": names[place], "after": token}
        return Page(posts, going_on, has_more=True, refused=refused)
    known = {name: newest.get(name) or known.get(name) or 0 for name in names}
    left = {} if all(known.values()) else {"since": cursor.get("since")}
    return Page(posts, {"known": known, **left}, refused=refused)


def children_of(found: Any) -> list[Any]:
    """The things of a listing."""
    data = values.mapping(values.mapping(found, "listing").get("data"), "data")
    return [child for _, child in items(data.get("children"), "data.children")]


def _after(found: Any) -> str:
    data = values.mapping(found, "listing").get("data")
    return str(data.get("after") or "") if isinstance(data, dict) else ""


def _time_of(thing: Any) -> datetime | None:
    data = thing.get("data") if isinstance(thing, dict) else None
    told = data.get("created_utc") if isinstance(data, dict) else None
    return values.stamp(told, "created_utc") if isinstance(told, int | float) else None


def _is_wanted(thing: Any, until: datetime | None) -> bool:
    at = _time_of(thing)
    # Of one second more may come: the one that was the last is asked for again.
    return until is None or at is None or at >= until


def read(client: Client, things: Iterable[Any]) -> Found:
    """The posts of `things`, and what of them cannot be understood."""
    return listed(
        items(list(things), "data.children"),
        lambda thing, path: read_thing(thing, path, account=client.account),
    )


def thread(access: Access, external_id: str) -> Page:
    """A post with all its comments, or a conversation; what is gone comes as deleted."""
    client = Client(access)
    try:
        if external_id.startswith(f"{MESSAGE}_"):
            things = _conversation(client, external_id)
        else:
            things = comments_of(client, link_of(client, external_id))
    except Gone:
        return Page((IncomingPost(external_id, Verb.DELETE),))
    posts, refused = read(client, things)
    return Page(posts, refused=refused)


def link_of(client: Client, external_id: str) -> str:
    """The post a comment is under. Raises `Gone` when there is no such thing."""
    if external_id.startswith(f"{POST}_"):
        return external_id
    found = children_of(client.get("/api/info", id=external_id))
    data = values.mapping(found[0] if found else {}, "info").get("data") or {}
    link = data.get("link_id")
    if not isinstance(link, str) or not link:
        raise Gone("knows no such comment")
    return link


def comments_of(client: Client, link: str, **params: Any) -> list[Any]:
    """A post and its comments, in no order. Raises `Gone` when there is no such post."""
    number = link.removeprefix(f"{POST}_")
    found = client.get(f"/comments/{number}", **{"limit": 500, "sort": "new", **params})
    if not isinstance(found, list) or len(found) < 2:
        raise Gone("knows no such post")
    things, missing = _flat(children_of(found[1]))
    things = [*children_of(found[0]), *things]
    wanted = missing[:MOST_MORE]
    for start in range(0, len(wanted), AT_ONCE):
        children = ",".join(wanted[start : start + AT_ONCE])
        more = client.get("/api/morechildren", link_id=link, children=children, api_type="json")
        inner = values.mapping(values.mapping(more, "more").get("json"), "json")
        data = values.mapping(inner.get("data"), "json.data")
        flat, _ = _flat([thing for _, thing in items(data.get("things"), "json.data.things")])
        things += flat
    return things


def _flat(things: list[Any]) -> tuple[list[Any], list[str]]:
    """Nested comments side by side, and the numbers of those that were left out."""
    found: list[Any] = []
    missing: list[str] = []
    waiting = list(things)
    while waiting and len(found) < DEEPEST * 10:
        thing = waiting.pop()
        data = thing.get("data") if isinstance(thing, dict) else None
        if not isinstance(data, dict):
            continue
        if thing.get("kind") == "more":
            missing += [one for one in data.get("children") or () if isinstance(one, str)]
            continue
        found.append(thing)
        if isinstance(data.get("replies"), dict):
            waiting += children_of(data["replies"])
    return found, missing


def _conversation(client: Client, external_id: str) -> list[Any]:
    number = external_id.removeprefix(f"{MESSAGE}_")
    things, _ = _flat(children_of(client.get(f"/message/messages/{number}", mark="false")))
    if not things:
        raise Gone("knows no such message")
    return things


def is_comment(external_id: str) -> bool:
    """Whether it is a comment's id."""
    return external_id.startswith(f"{COMMENT}_")
