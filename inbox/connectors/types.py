"""Plain data between the networks and the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """What happened to a post on the network."""

    ADD = "add"  # new, or edited when `edited_at` is set or the text differs
    DELETE = "delete"
    HIDE = "hide"  # out of the public's sight on the network, by the page or by the network
    SHOW = "show"  # in sight again
    COUNT = "count"  # reactions changed, nothing else


@dataclass(frozen=True, slots=True)
class IncomingAuthor:
    """Who wrote a post, as the network tells it."""

    external_id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingPost:
    """One thing a network told us. Times are aware."""

    external_id: str
    verb: Verb = Verb.ADD
    text: str = ""
    posted_at: datetime | None = None  # required for ADD; for the other verbs when it happened
    author: IncomingAuthor | None = None
    parent_external_id: str = ""
    kind: str = "post"  # post, comment, mention, direct_message, review
    is_own: bool = False
    is_private: bool = False
    language: str = ""  # the network's own claim, ISO 639-1
    url: str = ""
    edited_at: datetime | None = None
    rating: int | None = None
    account: str = ""  # id of the page it is for, where one app delivers for several
    counts: Mapping[str, int] = field(default_factory=dict)  # absolute, by reaction name
    attachments: tuple[Mapping[str, Any], ...] = ()  # {"type","url","alt"}
    # What the connector wants back when the post is answered: versions, visibility, warnings.
    details: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = field(default=b"", repr=False, compare=False)  # as the network sent it


class ParseError(ValueError):
    """A payload that cannot be understood; `field` is the path of the culprit: posts[3].text."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


@dataclass(frozen=True, slots=True)
class RefusedPart:
    """One post of a delivery or page that cannot be understood: its bytes as sent, and why."""

    index: int
    raw: bytes
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a body held, in its order; `paths[i]` is where `posts[i]` stands."""

    posts: tuple[IncomingPost, ...]
    paths: tuple[str, ...] = ("",)
    refused: tuple[RefusedPart, ...] = ()
    # Posts the delivery only names: what `Network.read` is to be asked for, after the answer.
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What one question to a network brought, and where to go on: `cursor` is JSON."""

    posts: tuple[IncomingPost, ...]
    cursor: Mapping[str, Any] = field(default_factory=dict)
    has_more: bool = False  # ask again at once
    refused: tuple[RefusedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a network says over an open connection; as it stands it only shows that it is there."""

    is_news: bool = False  # something may have been written
    changed: str = ""  # the id of a post that was edited or removed, of whomever


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video that goes out with a post, its metadata already stripped."""

    content: bytes = field(repr=False)
    content_type: str
    alt: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingPost:
    """What is to be said, and to whom."""

    text: str
    in_reply_to: str  # external id of the post that is answered
    root: str = ""  # external id of the first post of its thread
    kind: str = "comment"  # of the post that is answered
    is_private: bool = False
    recipient: str = ""  # external id of the contact who is answered
    recipient_handle: str = ""
    language: str = ""
    uploads: tuple[Upload, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)  # of the post that is answered
    root_details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """What the network made of an outgoing post."""

    external_id: str
    url: str = ""
    published_at: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
