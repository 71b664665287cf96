"""Asking a blog for its comments, the ones that wait for approval included."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Unreachable
from inbox.connectors.gathering import listed, understood
from inbox.connectors.types import IncomingPost, Page, ParseError, RefusedPart, Verb
from inbox.connectors.wordpress.client import get, reading
from inbox.connectors.wordpress.parsing import (
    ARTICLE,
    ARTICLE_FIELDS,
    FIELDS,
    article_of,
    collection_of,
    comment_of,
    moment,
    status_of,
)

_PAGE = 50
_MOST_PAGES = 20
_OVERLAP = timedelta(hours=1)
_HIDDEN = {"hold", "spam"}


@dataclass(frozen=True, slots=True)
class _Look:
    """What is being looked for: comments since `cut`, beside those `known` as they were."""

    number: int  # of the page
    since: datetime | None
    floor: datetime | None
    began: str
    known: Mapping[str, str]
    shown: Mapping[str, str]  # what the first page of this round held

    @property
    def cut(self) -> datetime | None:
        found = self.since - _OVERLAP if self.since else None
        return max(found, self.floor) if found and self.floor else found


@understood()
def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One page of comments, the newest first; the newest are compared with how they were."""
    look = _look(cursor)
    reply = reading(
        access, "comments", context="edit", status="all", type="comment", orderby="date_gmt",
        order="desc", per_page=_PAGE, page=look.number, _fields=FIELDS,
    )  # fmt: skip
    found = _list(reply.json())
    wanted = [one for one in found if _is_new(one, look)]
    changed = [one for one in wanted if look.known.get(_number(one)) != _state(one)]
    posts, refused = _read(access, changed, known=look.known)
    shown = dict(look.shown)
    if look.number == 1:
        shown = {_number(one): _state(one) for one in found}
        posts += _missing(access, found, look.known)
    onward: dict[str, Any] = {"floor": _told(look.floor), "known": look.known}
    is_last = len(found) < _PAGE or len(wanted) < len(found) or look.cut is None
    if is_last or look.number >= _pages_of(reply.headers):
        return Page(posts, {**onward, "known": shown, "since": look.began}, refused=refused)
    onward |= {"since": _told(look.since), "began": look.began, "shown": shown}
    return Page(posts, onward | {"page": look.number + 1}, has_more=True, refused=refused)


def _look(cursor: Mapping[str, Any]) -> _Look:
    since = values.stamp(cursor.get("since"), "since")
    number = int(cursor.get("page") or 1)
    now = datetime.now(UTC).isoformat()
    return _Look(
        number,
        since,
        values.stamp(cursor.get("floor"), "floor") or since,
        str(cursor.get("began") if number > 1 else now),
        cursor.get("known") or {},
        cursor.get("shown") or {},
    )


def _told(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _pages_of(headers: Mapping[str, str]) -> int:
    total = headers.get("x-wp-totalpages", "")
    return int(total) if total.isdecimal() else _MOST_PAGES


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unreachable("answers with another kind of JSON than it should")
    return found


def _number(item: Any) -> str:
    return str(item.get("id")) if isinstance(item, dict) else ""


def _state(item: Any) -> str:
    """A comment's status and words, short enough to be remembered."""
    content = item.get("content") if isinstance(item, dict) else None
    written = json.dumps(content, sort_keys=True).encode()
    return f"{status_of(item)}:{hashlib.sha256(written).hexdigest()[:10]}"


def _is_new(item: Any, look: _Look) -> bool:
    """Whether a comment is new, or one that was seen and may have changed."""
    if look.cut is None or _number(item) in look.known:
        return True
    try:
        return moment(values.mapping(item, ""), "") >= look.cut
    except ParseError:
        return True


def _read(
    access: Access, found: list[Any], *, known: Mapping[str, str] | None = None
) -> tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]:
    """Comments with the articles they are under, and whether the public sees them."""
    account = access.settings.get("account_id", "")
    numbered = [(f"comments[{number}]", item) for number, item in enumerate(found)]
    posts, refused = listed(
        numbered,
        lambda item, path: _told_of(comment_of(item, path, account=account), item, known),
    )
    return (*_articles(access, found), *posts), refused


def _told_of(
    post: IncomingPost, item: Any, known: Mapping[str, str] | None
) -> Iterable[IncomingPost]:
    """A comment, and hidden or shown if that is news."""
    status = status_of(item)
    now = datetime.now(UTC)
    before = None if known is None else known.get(post.external_id, ":").partition(":")[0]
    if status == "trash":
        return (IncomingPost(post.external_id, Verb.DELETE, posted_at=now),)
    if status in _HIDDEN and before not in _HIDDEN:
        return (post, IncomingPost(post.external_id, Verb.HIDE, posted_at=now))
    if status == "approved" and (before in _HIDDEN or known is None):
        return (post, IncomingPost(post.external_id, Verb.SHOW, posted_at=now))
    return (post,)


def _articles(access: Access, found: list[Any]) -> list[IncomingPost]:
    """The articles of these comments; one that cannot be read loses no comment."""
    wanted: dict[str, set[int]] = {}
    for item in found:
        if isinstance(item, dict) and isinstance(item.get("post"), int):
            wanted.setdefault(collection_of(item), set()).add(item["post"])
    articles: list[IncomingPost] = []
    for collection, numbers in wanted.items():
        include = ",".join(map(str, sorted(numbers)))
        try:
            told = get(access, collection, include=include, per_page=100, _fields=ARTICLE_FIELDS)
        except Gone:
            continue
        numbered = [(f"articles[{number}]", item) for number, item in enumerate(_list(told))]
        articles += listed(numbered, lambda item, path: (article_of(item, path),))[0]
    return articles


def _missing(
    access: Access, found: list[Any], known: Mapping[str, str]
) -> tuple[IncomingPost, ...]:
    """What became of comments that were among the newest and no longer are."""
    there = {_number(item) for item in found}
    # Newer comments push older ones to the next page: only those in between are missing.
    oldest = min((int(one) for one in there if one.isdecimal()), default=0)
    is_whole = len(found) < _PAGE
    gone = [one for one in known if one not in there and (is_whole or int(one) > oldest)]
    return tuple(post for one in gone for post in _fate(access, one))


def _fate(access: Access, number: str) -> Iterable[IncomingPost]:
    now = datetime.now(UTC)
    try:
        item = get(access, f"comments/{number}", context="edit", _fields=FIELDS)
    except Gone:
        return (IncomingPost(number, Verb.DELETE, posted_at=now),)
    if status_of(item) == "trash":
        return (IncomingPost(number, Verb.DELETE, posted_at=now),)
    if status_of(item) == "spam":
        return (IncomingPost(number, Verb.HIDE, posted_at=now),)
    return ()


@understood()
def thread(access: Access, external_id: str) -> Page:
    """All comments under the article of a comment, also those that nobody else sees."""
    if external_id.startswith(ARTICLE):
        article = external_id.removeprefix(ARTICLE)
    else:
        try:
            item = get(access, f"comments/{external_id}", context="edit", _fields=FIELDS)
        except Gone:
            return Page((IncomingPost(external_id, Verb.DELETE, posted_at=datetime.now(UTC)),))
        article = str(values.mapping(item, "comment").get("post"))
    found: list[Any] = []
    for number in range(1, _MOST_PAGES + 1):
        reply = reading(
            access, "comments", context="edit", status="all", post=article, orderby="date_gmt",
            order="desc", per_page=100, page=number, _fields=FIELDS,
        )  # fmt: skip
        found += _list(reply.json())
        if number >= _pages_of(reply.headers):
            break
    # A conversation is a comment with what hangs under it, and what it hangs under.
    posts, refused = _read(access, _around(found, external_id))
    return Page(posts, refused=refused)


def _around(found: list[Any], external_id: str) -> list[Any]:
    if external_id.startswith(ARTICLE):
        return found
    parents = {_number(item): str(item.get("parent")) for item in found if isinstance(item, dict)}
    above = [external_id]
    while parents.get(above[-1], "0") in parents and parents[above[-1]] not in above:
        above.append(parents[above[-1]])
    wanted = set(above)
    grew = True
    while grew:
        under = {number for number, parent in parents.items() if parent in wanted} - wanted
        wanted |= under
        grew = bool(under)
    return [item for item in found if _number(item) in wanted]


@understood()
def gone(access: Access, external_ids: Iterable[str]) -> tuple[IncomingPost, ...]:
    """What became of comments a thread leaves out: spam, trash, deleted."""
    comments = [one for one in external_ids if one.isdecimal()]
    return tuple(post for one in comments for post in _fate(access, one))
