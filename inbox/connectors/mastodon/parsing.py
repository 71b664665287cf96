"""Statuses as Mastodon's API tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from inbox.connectors import values
from inbox.connectors.gathering import items
from inbox.connectors.readable import readable
from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError

PUBLIC = "public"
DIRECT = "direct"
WIDTHS = (DIRECT, "private", "unlisted", PUBLIC)
_PRIVATE = {"private", "limited", "local", DIRECT}
_COUNTS = {"favourites_count": "likes", "reblogs_count": "reposts"}
_TYPES = {"image": "image", "video": "video", "gifv": "video", "audio": "audio"}
# Names and tags are links to themselves; nobody wants to read where they lead.
_NAME = re.compile(r'<a\b[^>]*\bclass="[^"]*\b(?:mention|hashtag)\b[^"]*"[^>]*>')
_LONGEST_ALT = 2_000


def post_of(item: Any, path: str, *, account: str) -> IncomingPost:
    """A status. Raises `ParseError`."""
    fields = values.mapping(item, path)
    posted_at = values.moment(fields.get("created_at"), f"{path}.created_at")
    if posted_at is None:
        raise ParseError("is missing", field=f"{path}.created_at")
    author = _author(fields.get("account"), f"{path}.account")
    is_own = author.external_id == account
    parent = values.optional_identifier(fields.get("in_reply_to_id"), f"{path}.in_reply_to_id")
    visibility = str(fields.get("visibility") or PUBLIC)
    return IncomingPost(
        external_id=values.identifier(fields.get("id"), f"{path}.id"),
        text=values.text(text_of(fields, is_own=is_own), f"{path}.content"),
        posted_at=posted_at,
        edited_at=values.moment(fields.get("edited_at"), f"{path}.edited_at"),
        author=author,
        parent_external_id=parent,
        kind=_kind(fields, account, visibility, is_reply=bool(parent), is_own=is_own),
        is_own=is_own,
        is_private=visibility in _PRIVATE,
        language=values.language(fields.get("language"), f"{path}.language"),
        url=_link(fields.get("url") or fields.get("uri")),
        counts=_counts(fields),
        attachments=_attachments(fields, path),
        details=_details(fields, author.external_id, visibility, is_own=is_own),
    )


def text_of(fields: Mapping[str, Any], *, is_own: bool = False) -> str:
    """The words of a status, its warning before them; our own without the name they begin with."""
    content = fields.get("content")
    text = readable(_NAME.sub("<a>", content)) if isinstance(content, str) else ""
    if is_own:
        text = _unnamed(text, fields)
    warning = fields.get("spoiler_text")
    if isinstance(warning, str) and warning.strip() and not is_own:
        text = f"CW: {warning.strip()}\n\n{text}".strip()
    return text


def named(handle: str) -> str:
    """How a text names somebody."""
    return f"@{handle.removeprefix('@')}"


def _unnamed(text: str, fields: Mapping[str, Any]) -> str:
    """`text` without the name of whoever it answers, which the network wants in front."""
    answered = str(fields.get("in_reply_to_account_id") or "")
    for person in _mentioned(fields):
        if str(person.get("id")) == answered:
            for name in (person.get("acct"), person.get("username")):
                before = f"{named(str(name))} "
                if text.lower().startswith(before.lower()):
                    return text[len(before) :]
    return text


def _mentioned(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = fields.get("mentions")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _kind(
    fields: Mapping[str, Any], account: str, visibility: str, *, is_reply: bool, is_own: bool
) -> str:
    if visibility == DIRECT:
        return "direct_message"
    if is_reply:
        return "comment"
    is_named = any(str(person.get("id")) == account for person in _mentioned(fields))
    return "mention" if is_named and not is_own else "post"


def _author(value: Any, path: str) -> IncomingAuthor:
    found = values.mapping(value, path)
    followers = found.get("followers_count")
    is_count = isinstance(followers, int) and not isinstance(followers, bool) and followers >= 0
    return IncomingAuthor(
        values.identifier(found.get("id"), f"{path}.id", longest=values.LONGEST_NAME),
        handle=values.name(found.get("acct"), f"{path}.acct"),
        name=values.name(found.get("display_name"), f"{path}.display_name"),
        url=_link(found.get("url"))[:500],
        followers=min(int(followers), values.LARGEST_COUNT) if is_count else None,  # type: ignore[arg-type]
    )


def _link(value: Any) -> str:
    try:
        return values.link(value, "url")
    except ParseError:
        return ""


def _counts(fields: Mapping[str, Any]) -> dict[str, int]:
    return {
        ours: found
        for theirs, ours in _COUNTS.items()
        if isinstance(found := fields.get(theirs), int)
        and not isinstance(found, bool)
        and 0 <= found <= values.LARGEST_COUNT
    }


def _attachments(fields: Mapping[str, Any], path: str) -> tuple[dict[str, str], ...]:
    found = []
    for _, item in items(fields.get("media_attachments"), f"{path}.media_attachments"):
        if not isinstance(item, dict):
            continue
        kind = _TYPES.get(str(item.get("type")), "link")
        # The still of a video can be shown; the video itself is a link away.
        shown = item.get("preview_url") if kind == "video" else None
        alt = item.get("description")
        found.append(
            {
                "type": kind,
                "url": _link(shown or item.get("url") or item.get("remote_url")),
                "alt": values.clean(alt)[:_LONGEST_ALT] if isinstance(alt, str) else "",
            }
        )
    card = fields.get("card")
    if isinstance(card, dict):
        title = card.get("title")
        alt = values.clean(title)[:_LONGEST_ALT] if isinstance(title, str) else ""
        found.append({"type": "link", "url": _link(card.get("url")), "alt": alt})
    return tuple(one for one in found if one["url"])


def _details(
    fields: Mapping[str, Any], author: str, visibility: str, *, is_own: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {"visibility": visibility}
    warning = fields.get("spoiler_text")
    if isinstance(warning, str) and warning:
        found["spoiler_text"] = values.clean(warning)
    if visibility == DIRECT:
        others = [str(person.get("id")) for person in _mentioned(fields)]
        other = str(fields.get("in_reply_to_account_id") or "") if is_own else author
        if is_own and other in {"", author}:
            other = next((one for one in others if one != author), "")
        found |= {"conversation": other} if other else {}
    return found
