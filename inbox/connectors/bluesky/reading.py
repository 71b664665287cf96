"""Asking Bluesky for notifications, the account's own posts, searches and conversations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.bluesky.client import Client, apart, in_chunks
from inbox.connectors.bluesky.parsing import indexed_at, post_of
from inbox.connectors.errors import Expired, Gone, Limited, NetworkError, Refused
from inbox.connectors.gathering import items, listed, understood
from inbox.connectors.types import IncomingPost, Page, RefusedPart, Verb

REASONS = ("mention", "reply", "quote")
# The network tells of a post when it has read it, which may be late: the last hour is read again.
OVERLAP = timedelta(hours=1)
_MOST_SEEN = 500
_PAGE = 50
_MOST_THREADS = 5  # of the page's own that are read in one step
_MOST_POSTS = 25  # that can be asked for by their addresses at once
_DEPTH = 100
_ABOVE = 80
_MOST_SEARCHES = 10


@dataclass(frozen=True, slots=True)
class _Step:
    """Where a round over all that is asked for has come to."""

    stage: int = 0
    token: str | None = None
    since: datetime | None = None  # of the last round
    floor: datetime | None = None  # nothing older is wanted
    began: str = ""
    seen: tuple[str, ...] = ()
    answers: Mapping[str, int] = field(default_factory=dict)  # to the newest own posts

    @property
    def cut(self) -> datetime | None:
        """What is older was read before."""
        found = self.since - OVERLAP if self.since else None
        return max(found, self.floor) if found and self.floor else found


@understood()
def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over notifications, own posts with their answers, and searches."""
    client = Client(access)
    step = _step(cursor)
    searches = _searches(access)
    answers: Mapping[str, int] = step.answers
    if step.stage == 0:
        views, token = _notified(client, step)
    elif step.stage == 1:
        views, token, answers = _own(client, step)
    else:
        views, token = _searched(client, step, searches[step.stage - 2 : step.stage - 1])
    new = {_digest(view): view for view in views}
    new = {name: view for name, view in new.items() if name not in step.seen}
    posts, refused = _read(new.values(), client.did)
    seen = [*step.seen, *new][-_MOST_SEEN:]
    stage = step.stage if token else step.stage + 1
    onward: dict[str, Any] = {"floor": _told(step.floor), "seen": seen, "answers": dict(answers)}
    if stage >= 2 + len(searches):
        return Page(posts, {**onward, "since": step.began}, refused=refused)
    onward |= {"since": _told(step.since), "began": step.began, "stage": stage, "token": token}
    return Page(posts, onward, has_more=True, refused=refused)


def _step(cursor: Mapping[str, Any]) -> _Step:
    since = values.stamp(cursor.get("since"), "since")
    stage = int(cursor.get("stage") or 0)
    began = cursor.get("began") if stage or cursor.get("token") else None
    return _Step(
        stage,
        cursor.get("token") or None,
        since,
        values.stamp(cursor.get("floor"), "floor") or since,
        str(began or datetime.now(UTC).isoformat()),
        tuple(cursor.get("seen") or ()),
        cursor.get("answers") or {},
    )


def _told(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _digest(view: Any) -> str:
    uri = str(view.get("uri")) if isinstance(view, dict) else ""
    return hashlib.sha256(uri.encode()).hexdigest()[:12]


_Views = tuple[list[Any], str | None]


def _notified(client: Client, step: _Step) -> _Views:
    found = client.get(
        "app.bsky.notification.listNotifications",
        limit=_PAGE, reasons=list(REASONS), cursor=step.token,
    )  # fmt: skip
    told = [item for _, item in items(found.get("notifications"), "notifications")]
    new, token = _since(told, found, step)
    unknown = [one for one in new if one.get("reason") in REASONS and _digest(one) not in step.seen]
    # Notifications tell neither pictures nor numbers; what is gone by now is left out.
    return _posts(client, list(dict.fromkeys(str(one.get("uri")) for one in unknown))), token


def _own(client: Client, step: _Step) -> tuple[list[Any], str | None, Mapping[str, int]]:
    """Own posts, and the answers to the newest of them: not every answer raises a notification."""
    found = client.get(
        "app.bsky.feed.getAuthorFeed",
        actor=client.did, filter="posts_with_replies", limit=_PAGE, cursor=step.token,
    )  # fmt: skip
    feed = [item for _, item in items(found.get("feed"), "feed") if isinstance(item, dict)]
    views = [values.mapping(item.get("post"), "post") for item in feed if "reason" not in item]
    new, token = _since(views, found, step)
    if step.token:
        return new, token, step.answers
    answers = dict(step.answers)
    grown = [one for one in views if _answered(one) > step.answers.get(_digest(one), 0)]
    for view in grown[:_MOST_THREADS]:
        new += [one for one in _under(client, str(view["uri"])) if _is_wanted(one, step)]
        answers[_digest(view)] = _answered(view)
    shown = {_digest(view) for view in views}
    return new, token, {name: count for name, count in answers.items() if name in shown}


def _answered(view: Mapping[str, Any]) -> int:
    count = view.get("replyCount")
    return count if isinstance(count, int) else 0


def _under(client: Client, uri: str) -> list[Any]:
    try:
        nodes = list(_nodes(_tree(client, uri)))
    except Gone:
        return []
    return [node["post"] for node in nodes if "post" in node]


def _is_wanted(view: Any, step: _Step) -> bool:
    at = indexed_at(view)
    return step.floor is None or at is None or at >= step.floor


def _searched(client: Client, step: _Step, terms: tuple[str, ...]) -> _Views:
    if not terms:
        return [], None
    since = step.cut.strftime("%Y-%m-%dT%H:%M:%SZ") if step.cut else None
    try:
        found = client.get(
            "app.bsky.feed.searchPosts",
            q=terms[0], sort="latest", limit=_PAGE, since=since, cursor=step.token,
        )  # fmt: skip
    except (Expired, Limited):
        raise
    except NetworkError:
        # The search is a service of its own: while it is away, mentions shall not wait for it.
        return [], None
    return _since([item for _, item in items(found.get("posts"), "posts")], found, step)


def _searches(access: Access) -> tuple[str, ...]:
    lines = access.settings.get("searches", "").replace(",", "\n").splitlines()
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))[:_MOST_SEARCHES]


def _since(views: Sequence[Any], found: Mapping[str, Any], step: _Step) -> _Views:
    """The views that are new, and where the next page begins if more of them may be new."""
    cut = step.cut
    told = [(view, indexed_at(view)) for view in views if isinstance(view, dict)]
    new = [view for view, at in told if cut is None or at is None or at >= cut]
    is_over = cut is None or any(at is not None and at < cut for _, at in told[-1:])
    token = found.get("cursor")
    return new, None if is_over or not views or not isinstance(token, str) else token


def _posts(client: Client, names: list[str]) -> list[Any]:
    found: list[Any] = []
    for chunk in in_chunks(names, _MOST_POSTS):
        answer = client.get("app.bsky.feed.getPosts", uris=chunk)
        found += [item for _, item in items(answer.get("posts"), "posts")]
    return found


def _read(
    views: Iterable[Any], account: str
) -> tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]:
    numbered = [(f"posts[{number}]", view) for number, view in enumerate(views)]
    return listed(numbered, lambda view, path: (post_of(view, path, account=account),))


@understood()
def thread(access: Access, external_id: str) -> Page:
    """A post, what it answers, and all that was answered; what is gone comes as deleted."""
    client = Client(access)
    try:
        nodes = list(_nodes(_tree(client, external_id)))
    except Gone:
        return Page((_deleted(external_id),))
    posts, refused = _read([node["post"] for node in nodes if "post" in node], client.did)
    gone = [str(node.get("uri")) for node in nodes if node.get("notFound") is True]
    return Page((*posts, *map(_deleted, gone)), refused=refused)


def _tree(client: Client, uri: str) -> Any:
    found = client.get("app.bsky.feed.getPostThread", uri=uri, depth=_DEPTH, parentHeight=_ABOVE)
    return found.get("thread")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a thread, those above the one asked for first."""
    left = [tree]
    above: list[dict[str, Any]] = []
    parent = tree.get("parent") if isinstance(tree, dict) else None
    while isinstance(parent, dict):
        above.append(parent)
        parent = parent.get("parent")
    yield from reversed(above)
    while left:
        node = left.pop(0)
        if isinstance(node, dict):
            yield node
            replies = node.get("replies")
            left += replies if isinstance(replies, list) else []


@understood()
def gone(access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
    """Which of these posts their authors have removed; blocks and outages prove nothing."""
    client = Client(access)
    names = list(external_ids)
    there = {str(view.get("uri")) for view in _posts(client, names) if isinstance(view, dict)}
    return tuple(_deleted(name) for name in names if name not in there and _is_gone(client, name))


def _is_gone(client: Client, name: str) -> bool:
    try:
        repository, collection, key = apart(name)
        client.get("com.atproto.repo.getRecord", repo=repository, collection=collection, rkey=key)
    except Gone:
        return True
    except Refused:
        return False
    return False


def _deleted(uri: str) -> IncomingPost:
    return IncomingPost(uri, Verb.DELETE, posted_at=datetime.now(UTC))
