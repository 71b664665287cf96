"""Asking LinkedIn for what its deliveries only name, and for what they left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Forbidden, Gone
from inbox.connectors.gathering import items, listed
from inbox.connectors.linkedin.client import Client, of
from inbox.connectors.linkedin.parsing import apart, comment_of, is_comment, parts_of, post_of
from inbox.connectors.types import IncomingPost, Page, ParseError, RefusedPart, Verb

NEWEST_POSTS = 20
AT_ONCE = 100
MOST_PAGES = 10

Found = tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]


def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
    """One step of a round: the page's newest posts, then the comments of one at a time."""
    client = Client(access)
    known = cursor.get("known") or cursor.get("since")
    if "posts" not in cursor:
        found = client.get(
            "/posts", q="author", author=client.organisation, count=NEWEST_POSTS,
            sortBy="LAST_MODIFIED",
        )  # fmt: skip
        waiting = [_name_of(item) for _, item in items(found.get("elements"), "elements")]
        step = {"known": known, "posts": [name for name in waiting if name], "newest": known}
        return Page((), step, has_more=True)
    waiting, newest = list(cursor["posts"]), str(cursor.get("newest") or "")
    if not waiting:
        return Page((), {"known": newest or known})
    posts, refused = _below(client, str(waiting.pop(0)))
    until = values.stamp(known, "known")
    new = [post for post in posts if _is_new(post, until)]
    times = [at.isoformat() for post in posts if post.kind == "comment" and (at := post.posted_at)]
    step = {"known": known, "posts": waiting, "newest": max([newest, *times])}
    # The post itself comes along with its comments only, for it is theirs to be answered under.
    found_any = any(post.kind == "comment" for post in new)
    return Page(tuple(new) if found_any else (), step, has_more=True, refused=refused)


def _name_of(item: Any) -> str:
    own_id = item.get("id") if isinstance(item, dict) else None
    return own_id if isinstance(own_id, str) else ""


def _is_new(post: IncomingPost, until: Any) -> bool:
    if post.kind != "comment" or until is None:
        return True
    at = post.edited_at or post.posted_at
    return at is None or at >= until


def _below(client: Client, source: str) -> Found:
    """A post and all its comments, answers to comments included."""
    posts, refused = _comments(client, source, source)
    found, amiss = list(posts), list(refused)
    for post in posts:
        more = _comments(client, post.external_id, source)
        found += more[0]
        amiss += more[1]
    if found:
        found = [*_source(client, source, str(found[0].details["object"])), *found]
    return tuple({post.external_id: post for post in found}.values()), tuple(amiss)


def _comments(client: Client, under: str, source: str) -> Found:
    posts: list[IncomingPost] = []
    refused: list[RefusedPart] = []
    for number in range(MOST_PAGES):
        try:
            found = client.get(
                f"/socialActions/{of(under)}/comments", start=number * AT_ONCE, count=AT_ONCE
            )
        except Gone:
            break
        elements = items(found.get("elements"), "elements")
        read, amiss = listed(
            elements,
            lambda item, path: (comment_of(item, path, account=_account(client), source=source),),
        )
        posts += read
        refused += amiss
        if len(elements) < AT_ONCE:
            break
    return tuple(posts), tuple(refused)


def _account(client: Client) -> str:
    return client.organisation.rpartition(":")[2]


def _source(client: Client, source: str, name: str) -> tuple[IncomingPost, ...]:
    """The post that comments are under, by the name they know it by."""
    try:
        found = client.get(f"/posts/{of(source)}")
        return (post_of(found, "post", account=_account(client), name=name),)
    except (Gone, Forbidden, ParseError):
        return ()  # better comments without their post than none


def read(access: Access, named: str) -> tuple[IncomingPost, ...]:
    """What a delivery named: a comment and the post it is under, or a post that mentions us."""
    client = Client(access)
    name, source = apart(named)
    if not is_comment(name):
        try:
            return (post_of(client.get(f"/posts/{of(name)}"), "post", account=_account(client)),)
        except Gone:
            return ()
    under, number = parts_of(name)
    try:
        found = client.get(f"/socialActions/{of(under)}/comments/{number}")
    except Gone:
        return (IncomingPost(name, Verb.DELETE, account=_account(client)),)
    comment = comment_of(found, "comment", account=_account(client), source=source)
    above = str(comment.details["object"])
    return (*(_source(client, source, above) if source else ()), comment)


def thread(access: Access, external_id: str) -> Page:
    """A comment with its answers and its post; what is gone comes as deleted."""
    client = Client(access)
    if not is_comment(external_id):
        posts, refused = _below(client, external_id)
        return Page(posts, refused=refused)
    under, number = parts_of(external_id)
    try:
        found = client.get(f"/socialActions/{of(under)}/comments/{number}")
    except Gone:
        return Page((IncomingPost(external_id, Verb.DELETE, account=_account(client)),))
    comment = comment_of(found, "comment", account=_account(client))
    top = str(comment.details["top"])
    first: tuple[IncomingPost, ...] = (comment,)
    if top != external_id:
        first = (*read(access, top), comment)
    answers, refused = _comments(client, top, "")
    whole = {post.external_id: post for post in (*first, *answers)}
    return Page(tuple(whole.values()), refused=refused)


def answers_to(access: Access, top: str) -> tuple[IncomingPost, ...]:
    """The comments under a comment, or under a post."""
    return _comments(Client(access), top, "")[0]
