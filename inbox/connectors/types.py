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
    posted_at: datetime | None = None  # required for ADD; for DELETE and COUNT when it happened
    author: IncomingAuthor | None = None
    parent_external_id: str = ""
    kind: str = "post"  # post, comment, mention, direct_message, review
    is_own: bool = False
    is_private: bool = False
    language: str = ""  # the network's own claim, ISO 639-1
    url: str = ""
    edited_at: datetime | None = None
    rating: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # absolute, by reaction name
    attachments: tuple[Mapping[str, Any], ...] = ()  # {"type","url","alt"}


class ParseError(ValueError):
    """A payload that cannot be understood; `field` is the path of the culprit: posts[3].text."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
