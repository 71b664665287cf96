"""What routing may know about a post."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """One post as routing sees it: plain data, so that anything may be routed or rehearsed.

    `earlier_department` is the label of the department that last had a ticket of this author; a
    confidential one is never told, because decisions are read by others.
    """

    text: str
    language: str = ""
    channel_id: int | None = None
    network: str = ""
    author_handle: str = ""
    author_name: str = ""
    kind: str = ""
    is_private: bool = False
    followers: int | None = None
    posted_at: datetime | None = None  # Aware.
    earlier_department: str = ""
    is_follow_up: bool = False  # It continues a conversation that was resolved.
    is_under_own_post: bool = False  # It answers a post of the page itself.

    def stored(self) -> dict[str, Any]:
        """The facts as JSON that PostgreSQL takes: it knows no NUL and no half surrogate pair."""
        return {
            "text": cleaned(self.text),
            "language": self.language,
            "channel_id": self.channel_id,
            "network": self.network,
            "author_handle": cleaned(self.author_handle),
            "author_name": cleaned(self.author_name),
            "kind": self.kind,
            "is_private": self.is_private,
            "followers": self.followers,
            "posted_at": self.posted_at.isoformat() if self.posted_at else None,
            "earlier_department": self.earlier_department,
            "is_follow_up": self.is_follow_up,
            "is_under_own_post": self.is_under_own_post,
        }

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Facts:
        """The facts of a decision, whichever version of this program stored them."""
        names = _names()
        values = stored
        if not stored.keys() <= names:
            values = {name: value for name, value in stored.items() if name in names}
        if posted_at := values.get("posted_at"):
            values = {**values, "posted_at": datetime.fromisoformat(posted_at)}
        return cls(**values) if "text" in values else cls("", **values)


@cache
def _names() -> frozenset[str]:
    return frozenset(field.name for field in fields(Facts))


def cleaned(text: str) -> str:
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
