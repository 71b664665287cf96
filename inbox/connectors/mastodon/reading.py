"""Asking for notifications, own statuses, conversations and threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone, Refused, Unreachable
from inbox.connectors.gathering import items, listed, understood
from inbox.connectors.http import Reply
from inbox.connectors.mastodon.client import get, next_of, reading
from inbox.connectors.mastodon.parsing import post_of
from inbox.connectors.types import IncomingPost, Page, ParseError, RefusedPart, Verb

_STAGES = ("notifications", "own", "conversations")
_TYPES = ("mention", "status", "update")
_PAGE = 40
_MOST_EDITED = 5  # of one thread, whose earlier wordings are asked for

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


@understood()
def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round over notifications, own statuses and conversations."""
    stage = str(cursor.get("stage") or _STAGES[0])
    known, newest = dict(cursor.get("known") or {}), dict(cursor.get("newest") or {})
    since = values.stamp(cursor.get("since"), "since")
    told, older = _asked(access, stage, known.get(stage), cursor.get("token"))
    # Of one stage the first item of the first page is where the next round goes on.
    newest.setdefault(stage, _id_of(told[0]) if told else known.get(stage))
    statuses = [one for one in map(_status_of, told) if one is not None]
    if stage == "conversations":
        newest[stage] = list(map(_id_of, statuses))
        statuses = [one for one in statuses if _id_of(one) not in (known.get(stage) or ())]
    wanted = [one for one in statuses if _is_new(one, since)]
    posts, refused = _read(access, wanted)
    is_over = not known.get(stage) and (since is None or len(wanted) < len(statuses))
    token = None if is_over or stage == "conversations" else older
    place = _STAGES.index(stage) + (0 if token else 1)
    going_on = {"since": cursor.get("since"), "known": known, "newest": newest}
    if place < len(_STAGES):
        onward = {**going_on, "stage": _STAGES[place], "token": token}
        return Page(posts, onward, has_more=True, refused=refused)
    known |= {name: one for name, one in newest.items() if one}
    return Page(posts, {"since": cursor.get("since"), "known": known}, refused=refused)


def _asked(access: Access, stage: str, known: Any, token: Any) -> tuple[list[Any], str | None]:
    """A page of a stage, the newest first, and where the one before it begins."""
    params: dict[str, Any] = {"limit": _PAGE, "since_id": known or None, "max_id": token or None}
    if stage == "notifications":
        reply = reading(access, "/api/v1/notifications", **params, **{"types[]": list(_TYPES)})
    elif stage == "own":
        account = access.settings.get("account_id", "")
        path = f"/api/v1/accounts/{account}/statuses"
        reply = reading(access, path, **params, exclude_reblogs="true")
    else:
        return _conversations(access), None
    return _list(reply), next_of(reply.headers)


def _conversations(access: Access) -> list[Any]:
    """The newest message of each conversation; servers of other makes may know none."""
    try:
        return _list(reading(access, "/api/v1/conversations", limit=_PAGE))
    except (Gone, Forbidden):
        return []


def _list(reply: Reply) -> list[Any]:
    found = reply.json()
    if not isinstance(found, list):
        raise Unreachable("answers with another kind of JSON than it should")
    return found


def _id_of(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return str(found) if found else None


def _status_of(item: Any) -> Any:
    """The status of a notification or conversation, or the item if it is one; None for others."""
    if not isinstance(item, dict):
        return item
    if "last_status" in item:
        return item["last_status"]
    if "type" in item and "account" in item and "content" not in item:
        return item.get("status") if item["type"] in _TYPES else None
    return item if not item.get("reblog") else None


def _is_new(status: Any, since: datetime | None) -> bool:
    if since is None or not isinstance(status, dict):
        return True
    try:
        told = values.moment(status.get("edited_at") or status.get("created_at"), "created_at")
    except ParseError:
        return True
    return told is None or told >= since


def _read(access: Access, found: Iterable[Any]) -> Found:
    account = access.settings.get("account_id", "")
    numbered = [(f"statuses[{number}]", item) for number, item in enumerate(found)]
    return listed(numbered, lambda item, path: (post_of(item, path, account=account),))


@understood()
def thread(access: Access, external_id: str) -> Page:
    """A status with what it answers and all that was answered, edited ones in every wording."""
    try:
        status = get(access, f"/api/v1/statuses/{external_id}")
        context = get(access, f"/api/v1/statuses/{external_id}/context")
    except Gone:
        return Page((_deleted(external_id),))
    around = values.mapping(context, "context")
    above = [item for _, item in items(around.get("ancestors"), "ancestors")]
    below = [item for _, item in items(around.get("descendants"), "descendants")]
    posts, refused = _read(access, [*above, status, *below])
    edited = [post for post in posts if post.edited_at and not post.is_own][:_MOST_EDITED]
    earlier = [one for post in edited for one in _earlier(access, post)]
    return Page((*posts, *earlier), refused=refused)


def _earlier(access: Access, post: IncomingPost) -> Iterable[IncomingPost]:
    """The wordings before the present one; other servers may keep none."""
    try:
        told = get(access, f"/api/v1/statuses/{post.external_id}/history")
    except Refused:
        return ()
    versions = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    found = []
    for number, version in enumerate(versions[:-1]):
        written = {
            **version, "id": post.external_id, "edited_at": version.get("created_at"),
            "created_at": post.posted_at.isoformat() if post.posted_at else None,
        }  # fmt: skip
        if number == 0:
            written["edited_at"] = None
        found.append(written)
    return [_as(post, one) for one in _read(access, found)[0]]


def _as(post: IncomingPost, wording: IncomingPost) -> IncomingPost:
    """`post` as it once read; whom it is for and where it hangs do not change."""
    return replace(post, text=wording.text, edited_at=wording.edited_at, raw=wording.raw)


@understood()
def gone(access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
    """Which of these can no longer be seen: removed, or not for the page any more."""
    return tuple(_deleted(one) for one in external_ids if _is_gone(access, one))


def _is_gone(access: Access, external_id: str) -> bool:
    try:
        get(access, f"/api/v1/statuses/{external_id}")
    except Gone:
        return True
    return False


def _deleted(external_id: str) -> IncomingPost:
    return IncomingPost(external_id, Verb.DELETE, posted_at=datetime.now(UTC))
