"""Shows what strangers wrote: escaped, addresses made links, long texts folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.connectors.media import Fault
from inbox.models import Channel, Post
from inbox.queries.pictures import Picture, picture_address, pictures_of

register = template.Library()

FOLD_AFTER = 1_200
FOLD_LINES = 18
ADDRESS = re.compile(r"https?://[^\s<>\"'\x00-\x1f]{3,2000}", re.IGNORECASE)
TRAILING = ".,;:!?)]}»”’…"
HANDLE = re.compile(r"(?<![\w@/.])@([\w.-]{1,50})")
REL = "noopener noreferrer nofollow ugc"
ATTACHMENT_ICONS = {"image": "photo", "video": "film", "audio": "musical-note", "link": "link"}


@register.filter
def safe_url(url: str | None) -> str:
    """`url` when a browser may follow it, else nothing: no javascript:, no data:."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return url or "" if parts.scheme in {"http", "https"} and parts.netloc else ""


@register.filter
def user_text(text: str) -> SafeString:
    """A paragraph of someone's words, escaped, with its web addresses as links."""
    return format_html('<div class="user-text" dir="auto">{}</div>', _linked(text))


@register.filter
def post_text(post: Post) -> SafeString:
    """The words of a post; what is very long is folded behind "show all"."""
    head, rest = _fold(post.text)
    if not rest:
        return user_text(head) if head else SafeString("")
    size = max(1, round(len(post.text) / 1000))
    label = _("Show all (%(size)d,000 characters)") % {"size": size}
    return format_html(
        '{}<details class="long"><summary>{}</summary>{}</details>',
        user_text(head),
        label,
        user_text(rest),
    )


@register.filter
def note_text(text: str) -> SafeString:
    """The words of a note, with @handles marked."""
    pieces = HANDLE.split(text)
    html = "".join(
        f'<span class="mention">@{escape(piece)}</span>' if place % 2 else str(_linked(piece))
        for place, piece in enumerate(pieces)
    )
    return format_html('<div class="user-text" dir="auto">{}</div>', mark_safe(html))  # noqa: S308


@register.filter
def post_label(post: Post) -> str:
    """What a screen reader calls the post."""
    author = _("our page") if post.is_own else str(post.contact or _("Unknown"))
    kind = _("private message") if post.is_private else post.get_kind_display()
    at = date_format(localtime(post.posted_at), "DATETIME_FORMAT")
    return _("%(kind)s by %(author)s, %(at)s") % {"kind": kind, "author": author, "at": at}


@register.filter
def native_author(post: Post, channel: Channel) -> str:
    """Who answered on the network, where it tells one person from the page."""
    if post.contact is None:
        return ""
    name = str(post.contact)
    pages = {channel.page_name.casefold(), channel.name.casefold()}
    return "" if name.casefold() in pages else name


@register.filter
def stars(rating: int) -> str:
    return "★" * rating + "☆" * (5 - rating)


@register.filter
def reactions(counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, count) of each reaction there was, the most frequent first."""
    numbers = [(str(n), int(c)) for n, c in counts.items() if isinstance(c, int | float) and c > 0]
    ordered = sorted(numbers, key=lambda pair: -pair[1])[:8]
    return [(_reaction(name, count), f"{count:,}") for name, count in ordered]


def _reaction(name: str, count: int) -> str:
    known = {
        "like": ngettext("like", "likes", count),
        "share": ngettext("share", "shares", count),
        "reply": ngettext("reply", "replies", count),
        "comment": ngettext("comment", "comments", count),
        "view": ngettext("view", "views", count),
        "repost": ngettext("repost", "reposts", count),
    }
    return known.get(name, name.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as a link that is safe to follow."""

    url: str
    label: str
    icon: str


@register.filter
def pictures(post: Post) -> list[Picture]:
    """What of the post's attachments is shown as a picture, from our own address."""
    return pictures_of(post, post.previews.all()) if post.attachments else []


@register.filter
def fault_text(picture: Picture) -> str:
    """Why a picture is not shown."""
    fault = picture.preview.fault if picture.preview else ""
    texts: dict[str, str] = {
        Fault.TOO_LARGE: _("Too large to be shown here"),
        Fault.GONE: _("No longer there on the network"),
        Fault.NOT_ALLOWED: _("The network shows it to signed-in people only"),
        Fault.NO_PICTURE: _("Not a picture that can be shown safely"),
        Fault.SLOW: _("The network took too long"),
        Fault.PRIVATE: _("Its address is not on the public Internet"),
    }
    return texts.get(fault, _("Cannot be reached at present"))


@register.filter
def other_attachments(post: Post) -> Iterator[Attachment]:
    """Attachments that are not shown as pictures, as named links."""
    for number, item in enumerate(post.attachments[:50]):
        if not isinstance(item, Mapping) or picture_address(post, number):
            continue
        kind = str(item.get("type", ""))
        url = safe_url(str(item.get("url", "")))
        name = str(item.get("alt") or "") or urlsplit(url).path.rpartition("/")[2] or kind
        yield Attachment(url, name[:120] or _("Attachment"), _icon_of(kind))


def _icon_of(kind: str) -> str:
    return ATTACHMENT_ICONS.get(kind.partition("/")[0].lower(), "paper-clip")


def _linked(text: str) -> SafeString:
    pieces, done = [], 0
    for match in ADDRESS.finditer(text):
        url = match[0].rstrip(TRAILING)
        pieces.append(escape(text[done : match.start()]))
        pieces.append(_link(url) if safe_url(url) else escape(url))
        done = match.start() + len(url)
    pieces.append(escape(text[done:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped above


def _link(url: str) -> SafeString:
    shown = url if len(url) <= 80 else f"{url[:77]}…"
    return format_html('<a href="{}" target="_blank" rel="{}">{}</a>', url, REL, shown)


def _fold(text: str) -> tuple[str, str]:
    """`text` in two: what is shown at once, and the rest, cut where a word ends."""
    limit = FOLD_AFTER
    lines = text[:limit].split("\n", FOLD_LINES)
    if len(lines) > FOLD_LINES:
        limit = sum(len(line) + 1 for line in lines[:FOLD_LINES])
    elif len(text) <= limit * 1.3:
        return text, ""
    space = max(text.rfind(" ", limit - 200, limit), text.rfind("\n", limit - 200, limit))
    cut = space if space > 0 else limit
    return text[:cut].rstrip(), text[cut:].lstrip()
