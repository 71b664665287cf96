"""Asking YouTube for comments, within the units of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone, Refused
from inbox.connectors.gathering import items, listed
from inbox.connectors.types import IncomingPost, Page, ParseError, RefusedPart, Verb
from inbox.connectors.youtube.client import Client
from inbox.connectors.youtube.parsing import VIDEO, comment_of, thread_of, top_of, video_of

AT_ONCE = 100
VIDEOS_AT_ONCE = 50
MOST_PAGES = 10  # of the answers to one comment
KNOWN_VIDEOS = 300
KNOWN_THREADS = 300

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One page of comments, newest first, down to what is known; then those held for review."""
    client = Client(access)
    if cursor.get("stage") == "held":
        return _held(client, cursor)
    until = values.stamp(cursor.get("known") or cursor.get("since"), "since")
    found = _threads(client, cursor.get("page"))
    threads = _items(found)
    answers = dict(cursor.get("answers") or {})
    posts, refused = _read_threads(client, threads, answers)
    times = [at for thread in threads if (at := _written(thread)) is not None]
    newest = max([*times, *([until] if until else [])], default=None)
    # Of one second more may come; and an answer lifts no thread, so a whole page is looked at.
    is_over = until is None or any(at < until for at in times) or not found.get("nextPageToken")
    before = str(cursor.get("newest") or "")
    kept: dict[str, Any] = {
        "known": cursor.get("known"),
        "since": cursor.get("since"),
        "newest": max([before, newest.isoformat() if newest else ""]),
        "answers": dict(list(answers.items())[-KNOWN_THREADS:]),
        "videos": list(cursor.get("videos") or []),
        "held": list(cursor.get("held") or []),
    }
    more, amiss = _videos(client, posts, kept["videos"])
    kept["videos"] = kept["videos"][-KNOWN_VIDEOS:]
    step = {"stage": "held"} if is_over else {"page": found.get("nextPageToken")}
    wanted = tuple(post for post in posts if _is_wanted(post, until))
    return Page((*more, *wanted), {**kept, **step}, has_more=True, refused=(*refused, *amiss))


def _threads(client: Client, token: Any, **params: Any) -> dict[str, Any]:
    asked = {
        "part": "snippet,replies", "allThreadsRelatedToChannelId": client.account,
        "order": "time", "textFormat": "plainText", "maxResults": AT_ONCE, **params,
    }  # fmt: skip
    return client.get("/commentThreads", **asked, **({"pageToken": token} if token else {}))


def _items(found: Mapping[str, Any]) -> list[Any]:
    return [item for _, item in items(found.get("items"), "items")]


def _written(thread: Any) -> datetime | None:
    try:
        snippet = values.mapping(values.mapping(thread, "").get("snippet"), "")
        top = values.mapping(snippet.get("topLevelComment"), "")
        told = values.mapping(top.get("snippet"), "").get("publishedAt")
        return values.moment(told, "publishedAt")
    except ParseError:
        return None


def _is_wanted(post: IncomingPost, until: datetime | None) -> bool:
    at = post.edited_at or post.posted_at
    return until is None or at is None or at >= until


def _read_threads(client: Client, threads: list[Any], answers: dict[str, int]) -> Found:
    """Threads, with all answers of those that have more than came along and than last time."""
    posts, refused = listed(
        items(threads, "items"), lambda item, path: thread_of(item, path, account=client.account)
    )
    found, amiss = list(posts), list(refused)
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        count = snippet.get("totalReplyCount") if isinstance(snippet, dict) else 0
        own_id = thread.get("id") if isinstance(thread, dict) else None
        if not isinstance(own_id, str) or not isinstance(count, int):
            continue
        told = thread.get("replies")
        here = told.get("comments") if isinstance(told, dict) else None
        if count > (len(here) if isinstance(here, list) else 0) and answers.get(own_id) != count:
            more = _answers(client, own_id, str((snippet or {}).get("videoId") or ""))
            found += more[0]
            amiss += more[1]
        answers[own_id] = count
    return tuple({_key(post): post for post in found}.values()), tuple(amiss)


def _key(post: IncomingPost) -> tuple[str, Verb]:
    return post.external_id, post.verb


def _answers(client: Client, parent: str, video: str) -> Found:
    posts: list[IncomingPost] = []
    refused: list[RefusedPart] = []
    token = ""
    for _ in range(MOST_PAGES):
        found = client.get(
            "/comments", part="snippet", parentId=parent, textFormat="plainText",
            maxResults=AT_ONCE, **({"pageToken": token} if token else {}),
        )  # fmt: skip
        read, amiss = listed(
            items(found.get("items"), "items"),
            lambda item, path: comment_of(item, path, account=client.account, video=video),
        )
        posts += read
        refused += amiss
        token = str(found.get("nextPageToken") or "")
        if not token:
            break
    return tuple(posts), tuple(refused)


def _videos(client: Client, posts: Iterable[IncomingPost], known: list[str]) -> Found:
    """The videos of `posts` that were not told so far; they are added to `known`."""
    wanted = [str(post.details["video"]) for post in posts if post.details.get("video")]
    new = [video for video in dict.fromkeys(wanted) if video not in known]
    found: list[IncomingPost] = []
    refused: list[RefusedPart] = []
    for start in range(0, len(new), VIDEOS_AT_ONCE):
        ids = ",".join(new[start : start + VIDEOS_AT_ONCE])
        answer = client.get("/videos", part="snippet", id=ids, maxResults=VIDEOS_AT_ONCE)
        read, amiss = listed(
            items(answer.get("items"), "items"),
            lambda item, path: video_of(item, path, account=client.account),
        )
        found += read
        refused += amiss
    known += new
    return tuple(found), tuple(refused)


def _held(client: Client, cursor: Mapping[str, Any]) -> Page:
    """What waits for review now, and what has become of what waited before."""
    try:
        found = _threads(client, None, moderationStatus="heldForReview")
    except (Forbidden, Refused):
        found = {}
    posts, refused = listed(
        items(found.get("items"), "items"),
        lambda item, path: thread_of(item, path, account=client.account),
    )
    now = datetime.now(UTC)
    waiting = [post.external_id for post in posts if post.verb is Verb.ADD]
    hidden = {post.external_id for post in posts if post.verb is Verb.HIDE}
    hides = [
        IncomingPost(own_id, Verb.HIDE, posted_at=now, account=client.account)
        for own_id in waiting
        if own_id not in hidden
    ]
    before = [one for one in cursor.get("held") or [] if one not in waiting]
    settled = _settled(client, before, now)
    known = cursor.get("newest") or cursor.get("known")
    kept = {
        "known": known,
        "answers": cursor.get("answers") or {},
        "videos": cursor.get("videos") or [],
        "held": waiting[:KNOWN_THREADS],
    }
    if not known:
        kept["since"] = cursor.get("since")
    return Page((*posts, *hides, *settled), kept, refused=refused)


def _settled(client: Client, names: list[str], now: datetime) -> list[IncomingPost]:
    """Comments that no longer wait: shown if somebody let them through, else gone."""
    if not names:
        return []
    names = names[:AT_ONCE]
    found = client.get("/comments", part="snippet", id=",".join(names), maxResults=AT_ONCE)
    here = {item.get("id") for item in _items(found) if isinstance(item, dict)}
    return [
        IncomingPost(
            name, Verb.SHOW if name in here else Verb.DELETE, posted_at=now, account=client.account
        )
        for name in names
    ]


def thread(access: Access, external_id: str) -> Page:
    """A comment with its answers, or a video's newest comments; what is gone comes as deleted."""
    client = Client(access)
    if external_id.startswith(VIDEO):
        return _of_video(client, external_id.removeprefix(VIDEO))
    top = top_of(external_id)
    found = client.get("/commentThreads", part="snippet,replies", id=top, textFormat="plainText")
    threads = _items(found)
    if not threads:
        return Page((IncomingPost(external_id, Verb.DELETE, account=client.account),))
    posts, refused = _read_threads(client, threads, {})
    videos, amiss = _videos(client, posts, [])
    gone: tuple[IncomingPost, ...] = ()
    if not any(post.external_id == external_id for post in posts):
        gone = (IncomingPost(external_id, Verb.DELETE, account=client.account),)
    return Page((*videos, *posts, *gone), refused=(*refused, *amiss))


def _of_video(client: Client, video: str) -> Page:
    try:
        found = client.get(
            "/commentThreads", part="snippet,replies", videoId=video, textFormat="plainText",
            order="time", maxResults=AT_ONCE,
        )  # fmt: skip
    except Gone:
        return Page((IncomingPost(f"{VIDEO}{video}", Verb.DELETE, account=client.account),))
    posts, refused = _read_threads(client, _items(found), {})
    return Page(posts, refused=refused)


def answers_to(access: Access, external_id: str) -> tuple[IncomingPost, ...]:
    """All answers under the comment that `external_id` is or is under."""
    return _answers(Client(access), top_of(external_id), "")[0]
