"""Answering on a Facebook page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import Refused, TooLong
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.meta import graph
from inbox.connectors.meta.messages import attachment_url
from inbox.connectors.meta.sending import find_message, id_of, send_message
from inbox.connectors.types import OutgoingPost, Published, Upload

LONGEST_COMMENT = 8000
LONGEST_MESSAGE = 2000
_MADE = "id,message,from,created_time,permalink_url"


def publish(access: Access, out: OutgoingPost) -> Published:
    """Answer a post, comment or review under it, or a person privately."""
    if out.is_private or out.kind == "direct_message":
        return send_message(access, out, longest=LONGEST_MESSAGE)
    if len(out.text) > LONGEST_COMMENT:
        raise TooLong(f"takes comments of at most {LONGEST_COMMENT:,} characters")
    if len(out.uploads) > 1:
        raise Refused("takes one picture with a comment")
    data = {"message": out.text, "fields": _MADE}
    if out.uploads:
        data["attachment_id"] = _upload(access, out.uploads[0])
    found = graph.post(access, f"/{out.in_reply_to}/comments", data)
    return _published(id_of(found), found, out)


def _upload(access: Access, upload: Upload) -> str:
    """The id of a picture that nobody sees before it is in a comment; a second one harms nobody."""
    if not upload.content_type.startswith("image/"):
        raise Refused("takes pictures with a comment, nothing else")
    account = access.settings.get("account_id", "")
    token = access.secrets.get("page_token", "")
    data = {"published": "false", **graph.proof_of(access, token)}
    if upload.alt:
        data["alt_text_custom"] = upload.alt
    file = (upload.name or "picture", upload.content, upload.content_type)
    reply = graph.reading(access).post(
        f"/{account}/photos", is_safe=True, data=data, files={"source": file}
    )
    return id_of(reply.object())


def _published(external_id: str, found: dict[str, Any], out: OutgoingPost) -> Published:
    return Published(
        external_id,
        url=attachment_url(found.get("permalink_url"))[: values.LONGEST_LINK],
        published_at=values.stamp(found.get("created_time"), "created_time"),
        details={"parent": out.in_reply_to},
    )


def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our comment or message with this text, of `since` or later."""
    account = access.settings.get("account_id", "")
    if out.is_private or out.kind == "direct_message":
        found = find_message(access, account, out, since=since)
    else:
        found = _find_comment(access, account, out, since)
    if found is None:
        found_nothing(access, since)
    return found


def _find_comment(
    access: Access, account: str, out: OutgoingPost, since: datetime
) -> Published | None:
    # Facebook hangs the answer to a reply under the comment above it.
    above = str(out.details.get("parent") or "")
    places = [out.in_reply_to, *([above] if out.kind == "comment" and above else [])]
    for place in places:
        newest = graph.pages(
            access, f"/{place}/comments", most=4, fields=_MADE, filter="toplevel",
            order="reverse_chronological", limit=50,
        )  # fmt: skip
        for item in newest:
            comment = item if isinstance(item, dict) else {}
            if not is_of_attempt(values.stamp(comment.get("created_time"), "created_time"), since):
                break
            author = comment.get("from")
            is_ours = isinstance(author, dict) and str(author.get("id")) == account
            if is_ours and is_same(str(comment.get("message") or ""), out.text):
                return _published(id_of(comment), comment, out)
    return None


def edit(access: Access, external_id: str, text: str) -> Published:
    """Change the words of a comment of ours."""
    if len(text) > LONGEST_COMMENT:
        raise TooLong(f"takes comments of at most {LONGEST_COMMENT:,} characters")
    graph.post(access, f"/{external_id}", {"message": text}, is_safe=True)
    return Published(external_id)


def set_hidden(access: Access, external_id: str, *, is_hidden: bool) -> None:
    """Hide a comment from all but its author and their friends, or show it again."""
    value = "true" if is_hidden else "false"
    graph.post(access, f"/{external_id}", {"is_hidden": value}, is_safe=True)


def set_liked(access: Access, external_id: str, *, is_liked: bool) -> None:
    """Like a post or comment in the page's name, or no longer."""
    path = f"/{external_id}/likes"
    if is_liked:
        graph.post(access, path, {}, is_safe=True)
        return
    graph.delete(access, path)
