"""Answering: never to more people than wrote, and once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.connectors import values
from inbox.connectors.base import Access
from inbox.connectors.errors import (
    Blocked,
    Gone,
    Refused,
    TooLong,
    Uncertain,
    Unreachable,
)
from inbox.connectors.gathering import understood
from inbox.connectors.looking import found_nothing, is_of_attempt, is_same
from inbox.connectors.mastodon.client import get, write
from inbox.connectors.mastodon.length import LONGEST, length_of
from inbox.connectors.mastodon.parsing import DIRECT, PUBLIC, WIDTHS, named, post_of
from inbox.connectors.types import OutgoingPost, ParseError, Published, Upload

MOST_PICTURES = 4


def publish(access: Access, out: OutgoingPost, *, idempotency_key: str) -> Published:
    """Answer a status, as widely as it was written and no wider."""
    answered = _answered(access, out.in_reply_to)
    text = _addressed(out.text, answered)
    warning = str(answered.get("spoiler_text") or "")
    _check(access, out, text, warning)
    _refuse_blocked(access, answered)
    visibility = visibility_of(out, answered)
    content: dict[str, Any] = {
        "status": text,
        "in_reply_to_id": out.in_reply_to,
        "visibility": visibility,
    }
    if warning:
        content["spoiler_text"] = warning
    if out.language:
        content["language"] = out.language
    if out.uploads:
        content["media_ids"] = [_upload(access, upload) for upload in out.uploads]
    made = write(
        access, "POST", "/api/v1/statuses",
        json=content, headers={"Idempotency-Key": idempotency_key},
    )  # fmt: skip
    return _kept_narrow(access, made, visibility)


@understood()
def _answered(access: Access, external_id: str) -> Mapping[str, Any]:
    """The status that is answered, as it is now."""
    found = values.mapping(get(access, f"/api/v1/statuses/{external_id}"), "status")
    values.mapping(found.get("account"), "account")
    return found


def visibility_of(out: OutgoingPost, answered: Mapping[str, Any]) -> str:
    """The narrowest of what was answered, what is known of it, and what was asked for."""
    told = [answered.get("visibility"), out.details.get("visibility")]
    told += [DIRECT] if out.is_private or out.kind == "direct_message" else []
    return min((_narrow(one) for one in told if one), key=WIDTHS.index, default=PUBLIC)


def _narrow(visibility: Any) -> str:
    """A width by a known name; what a server of another make calls differently goes to one."""
    return visibility if visibility in WIDTHS else DIRECT


def _kept_narrow(access: Access, made: dict[str, Any], wanted: str) -> Published:
    """What was said. Whoever's server made it wider than asked, it is taken back."""
    published = _told(access, made)
    width = str(made.get("visibility") or wanted)
    if width in WIDTHS and WIDTHS.index(width) > WIDTHS.index(wanted):
        delete(access, published.external_id)
        raise Refused(f"would have shown a {wanted} answer as {width}: it was taken back")
    return published


def _addressed(text: str, answered: Mapping[str, Any]) -> str:
    """`text` with the name of whoever is answered: only who is named is told."""
    person = values.mapping(answered.get("account"), "account")
    name = named(str(person.get("acct") or ""))
    return text if name == "@" or name.lower() in text.lower() else f"{name} {text}"


def _check(access: Access, out: OutgoingPost, text: str, warning: str) -> None:
    told = access.settings.get("max_characters", "")
    most = int(told) if told.isdecimal() else LONGEST
    length = length_of(text) + len(warning)
    if length > most:
        raise TooLong(f"takes at most {most} characters, and with the name these are {length}")
    if len(out.uploads) > MOST_PICTURES:
        raise Refused(f"takes at most {MOST_PICTURES} pictures")


def _refuse_blocked(access: Access, answered: Mapping[str, Any]) -> None:
    person = str(values.mapping(answered.get("account"), "account").get("id") or "")
    try:
        found = get(access, "/api/v1/accounts/relationships", **{"id[]": person})
    except (Refused, Unreachable):
        return
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    if first.get("blocked_by") or first.get("blocking"):
        raise Blocked("lets the page and this person not speak: one of them blocks the other")


def _upload(access: Access, upload: Upload) -> str:
    """The id of a picture that nobody sees before it is in a status; a second one harms nobody."""
    name = upload.name or "picture"
    found = write(
        access, "POST", "/api/v2/media", is_safe=True,
        files={"file": (name, upload.content, upload.content_type)},
        data={"description": upload.alt} if upload.alt else {},
    )  # fmt: skip
    try:
        return values.identifier(found.get("id"), "id")
    except ParseError:
        raise Unreachable("took a picture without saying under which id") from None


@understood()
def find_published(access: Access, out: OutgoingPost, *, since: datetime) -> Published | None:
    """Our status of that text under that status, of `since` or later."""
    account = access.settings.get("account_id", "")
    path = f"/api/v1/accounts/{account}/statuses"
    found = get(access, path, limit=40, exclude_reblogs="true")
    for item in found if isinstance(found, list) else []:
        post = post_of(item, "status", account=account)
        if (
            post.parent_external_id == out.in_reply_to
            and is_of_attempt(post.posted_at, since)
            and is_same(_compared(post.text), _compared(out.text))
        ):
            return _told(access, item)
    found_nothing(access, since)
    return None


def _compared(text: str) -> str:
    """A text without names: the network shows them without their server, or in front."""
    return " ".join(word for word in text.split() if not word.startswith("@"))


def _told(access: Access, made: Any) -> Published:
    try:
        post = post_of(made, "status", account=access.settings.get("account_id", ""))
    except ParseError:
        raise Uncertain("took it without saying what became of it") from None
    return Published(post.external_id, post.url, post.posted_at, post.details)


def edit(access: Access, external_id: str, text: str) -> Published:
    """Change the words of a status of ours; pictures and warning stay."""
    status = values.mapping(get(access, f"/api/v1/statuses/{external_id}"), "status")
    media = status.get("media_attachments")
    content = {
        "status": _readdressed(text, status),
        "spoiler_text": str(status.get("spoiler_text") or ""),
        "sensitive": bool(status.get("sensitive")),
        "media_ids": [one.get("id") for one in media if isinstance(one, dict)]
        if isinstance(media, list)
        else [],
    }
    changed = write(access, "PUT", f"/api/v1/statuses/{external_id}", is_safe=True, json=content)
    return _told(access, changed)


def _readdressed(text: str, status: Mapping[str, Any]) -> str:
    answered = str(status.get("in_reply_to_account_id") or "")
    people = status.get("mentions")
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict) and str(person.get("id")) == answered:
            return _addressed(text, {"account": person})
    return text


def delete(access: Access, external_id: str) -> None:
    """Remove a status of ours; one that is gone already is fine."""
    try:
        write(access, "DELETE", f"/api/v1/statuses/{external_id}", is_safe=True)
    except Gone:
        return


def set_liked(access: Access, external_id: str, *, is_liked: bool) -> None:
    """Favourite a status, or no longer."""
    word = "favourite" if is_liked else "unfavourite"
    write(access, "POST", f"/api/v1/statuses/{external_id}/{word}", is_safe=True)
