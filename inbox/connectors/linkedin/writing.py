"""Answering in the name of a LinkedIn page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors.base import Access
from inbox.connectors.errors import Gone, Refused, TooLong, Uncertain
from inbox.connectors.linkedin.client import Client, of
from inbox.connectors.linkedin.parsing import canonical, is_comment, parts_of
from inbox.connectors.linkedin.reading import answers_to
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.types import OutgoingPost, ParseError, Published

LONGEST = 1250


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a comment, or comment on a post that mentions the page."""
    if out.is_private:
        raise Refused("lets pages write no messages")
    if out.uploads:
        raise Refused("takes text here, nothing else")
    if len(out.text) > LONGEST:
        raise TooLong(f"takes comments of at most {LONGEST:,} characters")
    client = Client(access)
    target = _target_of(out)
    content: dict[str, Any] = {"actor": client.organisation, "message": {"text": out.text}}
    if is_comment(target):
        content["object"] = str(out.details.get("object") or parts_of(target)[0])
        content["parentComment"] = target
    else:
        content["object"] = target
    reply = client.ask("POST", f"/socialActions/{of(target)}/comments", is_safe=False, json=content)
    name = _name_of(reply.headers.get("x-restli-id", ""), str(content["object"]))
    return _published(name, target, str(content["object"]))


def _target_of(out: OutgoingPost) -> str:
    """The first comment of the branch: LinkedIn's threads are two deep."""
    return str(out.details.get("top") or out.details.get("post") or out.in_reply_to)


def _name_of(told: str, under: str) -> str:
    """A comment's name from the header that tells it. Raises `Uncertain` when none does."""
    try:
        return canonical(told if is_comment(told) else f"urn:li:comment:({under},{told})", "")
    except ParseError:
        raise Uncertain("took it without saying under which id") from None


def _published(name: str, target: str, under: str) -> Published:
    top = target if is_comment(target) else name
    return Published(
        name,
        url=f"https://www.linkedin.com/feed/update/{under}?commentUrn={name}",
        details={"object": under, "top": top},
    )


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our comment of this text, of `since` or later."""
    for post in answers_to(access, _target_of(out)):
        is_ours = post.is_own and is_same(post.text, out.text)
        if is_ours and is_of_attempt(post.posted_at, since):
            return Published(
                post.external_id, url=post.url, published_at=post.posted_at, details=post.details
            )
    found_nothing(access, since)
    return None


def edit(access: Access, external_id: str, text: str) -> Published:
    """Other words for a comment of ours."""
    if len(text) > LONGEST:
        raise TooLong(f"takes comments of at most {LONGEST:,} characters")
    client = Client(access)
    patch = {"patch": {"message": {"$set": {"text": text}}}}
    client.ask(
        "POST",
        _path_of(external_id),
        params={"actor": client.organisation},
        headers={"X-RestLi-Method": "PARTIAL_UPDATE"},
        json=patch,
    )
    return Published(external_id)


def delete(access: Access, external_id: str) -> None:
    """Remove a comment of ours; one that is gone already is fine."""
    client = Client(access)
    try:
        client.ask("DELETE", _path_of(external_id), params={"actor": client.organisation})
    except Gone:
        return


def _path_of(external_id: str) -> str:
    if not is_comment(external_id):
        raise Refused("changes comments only")
    under, number = parts_of(external_id)
    return f"/socialActions/{of(under)}/comments/{number}"
