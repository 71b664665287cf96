"""RSS and Atom feeds."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.connectors.base import Capabilities
from inbox.connectors.types import IncomingPost, ParseError


@dataclass(frozen=True, slots=True)
class Parsed:
    posts: tuple[IncomingPost, ...]


def parse(raw: bytes, *, address: str) -> Parsed:
    raise ParseError("cannot be read yet")


class Feed:
    slug = "feed"
    label = "RSS or Atom feed"
    capabilities = Capabilities(polling=True)
