"""Asking X for mentions, the account's own posts, direct messages and conversations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.types import IncomingPost, Page, RefusedPart, Verb
from inbox.connectors.x.client import Client
from inbox.connectors.x.posts import MESSAGE, message_of, post_of

POST_FIELDS = {
    "tweet.fields": (
        "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,"
        "lang,note_tweet,referenced_tweets,attachments"
    ),
    "expansions": "author_id,attachments.media_keys",
    "user.fields": "name,username,public_metrics",
    "media.fields": "type,url,preview_image_url,alt_text",
}
MESSAGE_FIELDS = {
    "dm_event.fields": "id,text,event_type,sender_id,dm_conversation_id,created_at,entities",
    "event_types": "MessageCreate",
    "expansions": "sender_id",
    "user.fields": "name,username,public_metrics",
}
_STAGES = ("mentions", "own", "messages")
_MOST_PAGES = 10

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over mentions, own posts and messages; each goes on from its newest."""
    client = Client(access)
    stage = str(cursor.get("stage") or _STAGES[0])
    known, newest = dict(cursor.get("known") or {}), dict(cursor.get("newest") or {})
    since = cursor.get("since")
    asked = (known.get(stage), since, cursor.get("token"))
    is_last = stage == _STAGES[-1]
    found, posts, refused = _messages(client, *asked) if is_last else _posts(client, stage, *asked)
    newest[stage] = _newest([newest.get(stage), *(_number(post) for post in posts)])
    token = _next_of(found)
    if not known.get(stage) and not since:
        token = ""  # the first look goes no further back than one page
    if is_last and len(posts) < len(_data(found)):
        token = ""  # what is known was reached
    place = _STAGES.index(stage) + (0 if token else 1)
    if place < len(_STAGES):
        going_on = {"since": since, "known": known, "newest": newest, "stage": _STAGES[place]}
        return Page(posts, {**going_on, "token": token}, has_more=True, refused=refused)
    known = {name: newest.get(name) or known.get(name) for name in _STAGES}
    # A stage that has never seen anything goes on from the time it began at.
    left = {} if all(known.values()) else {"since": since}
    return Page(posts, {"known": known, **left}, refused=refused)


def _number(post: IncomingPost) -> str:
    return str(post.details.get("id") or post.external_id.removeprefix(MESSAGE))


def _newest(numbers: list[str | None]) -> str | None:
    found = [number for number in numbers if number and number.isdecimal()]
    return max(found, key=int) if found else None


def _posts(
    client: Client, stage: str, known: str | None, since: Any, token: Any
) -> tuple[dict[str, Any], tuple[IncomingPost, ...], tuple[RefusedPart, ...]]:
    path = f"/2/users/{client.account}/{'mentions' if stage == 'mentions' else 'tweets'}"
    params: dict[str, Any] = {"max_results": 100, **POST_FIELDS}
    if known:
        params["since_id"] = known
    elif since:
        params["start_time"] = _written(since)
    if token:
        params["pagination_token"] = token
    found = client.get(path, **params)
    return found, *_read_posts(client, found)


def _messages(
    client: Client, known: str | None, since: Any, token: Any
) -> tuple[dict[str, Any], tuple[IncomingPost, ...], tuple[RefusedPart, ...]]:
    params = {"max_results": 100, **MESSAGE_FIELDS} | ({"pagination_token": token} if token else {})
    try:
        found = client.get("/2/dm_events", **params)
    except Forbidden:
        return {}, (), ()  # `identify` says that the right is missing
    posts, refused = _read_messages(client, found)
    at = values.stamp(since, "since")
    new = [post for post in posts if _is_new(post, known, at)]
    return found, tuple(new), refused


def _is_new(post: IncomingPost, known: str | None, since: datetime | None) -> bool:
    if known:
        return int(_number(post)) > int(known) if _number(post).isdecimal() else True
    return since is None or post.posted_at is None or post.posted_at >= since


def _written(since: Any) -> str:
    at = values.stamp(since, "since")
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def thread(access: Access, external_id: str) -> Page:
    """The conversation of a post or message; a post that is gone comes as deleted."""
    client = Client(access)
    if external_id.startswith(MESSAGE):
        return _message_thread(client, external_id)
    found = client.get("/2/tweets", ids=external_id, **POST_FIELDS)
    posts, refused = _read_posts(client, found)
    if not posts:
        return Page((_gone(client, external_id),), refused=refused)
    (item, *_) = _data(found)
    root = str(item.get("conversation_id") or external_id)
    everything, amiss = _conversation(client, root)
    first: Found = ((), ())
    if root != external_id:
        first = _read_posts(client, client.get("/2/tweets", ids=root, **POST_FIELDS))
    whole = {post.external_id: post for post in (*first[0], *posts, *everything)}
    return Page(tuple(whole.values()), refused=(*refused, *first[1], *amiss))


def _conversation(client: Client, root: str) -> Found:
    query = {"query": f"conversation_id:{root}", "max_results": 100, **POST_FIELDS}
    posts: list[IncomingPost] = []
    refused: list[RefusedPart] = []
    for _ in range(_MOST_PAGES):
        found = client.get("/2/tweets/search/recent", **query)
        read, amiss = _read_posts(client, found)
        posts += read
        refused += amiss
        if not _next_of(found):
            break
        query["next_token"] = _next_of(found)
    return tuple(posts), tuple(refused)


def _message_thread(client: Client, external_id: str) -> Page:
    number = external_id.removeprefix(MESSAGE)
    try:
        found = client.get(f"/2/dm_events/{number}", **MESSAGE_FIELDS)
    except Gone:
        return Page((_gone(client, external_id),))
    item = values.mapping(found.get("data"), "data")
    if not item:
        return Page((_gone(client, external_id),))
    conversation = values.identifier(item.get("dm_conversation_id"), "dm_conversation_id")
    path = f"/2/dm_conversations/{conversation}/dm_events"
    posts, refused = _read_messages(client, client.get(path, max_results=100, **MESSAGE_FIELDS))
    return Page(posts, refused=refused)


def _gone(client: Client, external_id: str) -> IncomingPost:
    return IncomingPost(external_id, Verb.DELETE, account=client.account)


def _read_posts(client: Client, found: Mapping[str, Any]) -> Found:
    includes = values.mapping(found.get("includes"), "includes")
    return listed(
        items(_data(found), "data"),
        lambda item, path: (post_of(item, path, account=client.account, includes=includes),),
    )


def _read_messages(client: Client, found: Mapping[str, Any]) -> Found:
    includes = values.mapping(found.get("includes"), "includes")
    users = [user for _, user in items(includes.get("users"), "includes.users")]
    people = {str(user.get("id")): user for user in users if isinstance(user, dict)}
    return listed(
        items(_data(found), "data"),
        lambda item, path: (message_of(item, path, account=client.account, users=people),),
    )


def _data(found: Mapping[str, Any]) -> list[Any]:
    data = found.get("data")
    return data if isinstance(data, list) else []


def _next_of(found: Mapping[str, Any]) -> str:
    meta = found.get("meta")
    return str(meta.get("next_token") or "") if isinstance(meta, dict) else ""
