"""What routing may know about a post."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """One post as routing sees it: plain data, so that anything may be routed or rehearsed."""

    text: str
    language: str = ""
    channel_id: int | None = None
    network: str = ""
    author_handle: str = ""
    author_name: str = ""
    kind: str = ""
    is_private: bool = False
