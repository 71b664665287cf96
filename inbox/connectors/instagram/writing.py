"""Answering on Instagram."""

from __future__ import annotations

from datetime import datetime

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Refused, TooLong, Uncertain
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.meta import graph
from inbox.connectors.meta.sending import find_message, id_of, send_message
from inbox.connectors.types import OutgoingPost, Published

LONGEST_COMMENT = 2200
LONGEST_MESSAGE = 1000


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a comment, a mention or a picture's caption publicly, or a person privately."""
    if out.is_private or out.kind == "direct_message":
        return send_message(access, out, longest=LONGEST_MESSAGE)
    if out.uploads:
        raise Refused("takes no pictures with a comment")
    if len(out.text) > LONGEST_COMMENT:
        raise TooLong(f"takes comments of at most {LONGEST_COMMENT:,} characters")
    if out.details.get("is_mention"):
        found = graph.post(access, f"/{_account(access)}/mentions", _mention(out))
    else:
        found = graph.post(access, _place(out), {"message": out.text})
    details = {name: out.details[name] for name in ("media",) if name in out.details}
    return Published(id_of(found), details={**details, "parent": _above(out)})


def _account(access: Access) -> str:
    return access.settings.get("account_id", "")


def _mention(out: OutgoingPost) -> dict[str, str]:
    media = str(out.details.get("media") or out.in_reply_to)
    under = {} if media == out.in_reply_to else {"comment_id": out.in_reply_to}
    return {"media_id": media, "message": out.text, **under}


def _above(out: OutgoingPost) -> str:
    """The comment a reply hangs under: replies take none themselves."""
    return str(out.details.get("parent") or out.in_reply_to)


def _place(out: OutgoingPost) -> str:
    edge = "comments" if out.kind == "post" else "replies"
    return f"/{_above(out)}/{edge}"


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our comment or message with this text, of `since` or later."""
    account = _account(access)
    if out.is_private or out.kind == "direct_message":
        found = find_message(access, account, out, since=since, platform="instagram")
    else:
        found = _find_comment(access, account, out, since)
    if found is None:
        found_nothing(access, since)
    return found


def _find_comment(
    access: Access, account: str, out: OutgoingPost, since: datetime
) -> Published | None:
    if out.details.get("is_mention"):
        # Comments on a stranger's picture cannot be listed.
        raise Uncertain("cannot be asked for answers to a mention: look at the picture yourself")
    for item in graph.pages(access, _place(out), fields="id,text,timestamp,from,username"):
        comment = item if isinstance(item, dict) else {}
        author = comment.get("from")
        is_ours = isinstance(author, dict) and str(author.get("id")) == account
        at = values.stamp(comment.get("timestamp"), "timestamp")
        if not (is_ours and is_of_attempt(at, since)):
            continue
        if is_same(str(comment.get("text") or ""), out.text):
            return Published(id_of(comment), published_at=at, details={"parent": _above(out)})
    return None


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Hide a comment from all but its author, or show it again."""
    value = "true" if is_hidden else "false"
    graph.post(access, f"/{external_id}", {"hide": value}, is_safe=True)
