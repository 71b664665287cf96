"""Links, mentions and tags of a text, and how long the network finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import regex

LONGEST = 300  # graphemes
LONGEST_BYTES = 3000
_LONGEST_TAG = 64
_MOST_MENTIONS = 20
_LINK = regex.compile(r"(?<![^\s(])https?://\S+")
_MENTION = regex.compile(r"(?<![^\s(])@([a-zA-Z0-9](?:[a-zA-Z0-9-]*\.)+[a-zA-Z][a-zA-Z0-9-]*)")
_TAG = regex.compile(r"(?<!\S)[#＃](?=\S*[^\d\s\p{P}])([^\s\u00ad\u2060\u200b-\u200d]+)")
_TRAILING = ".,;:!?'\"»”’"


def length_of(text: str) -> int:
    """Graphemes: what a reader sees as one character is one, however it is put together."""
    return len(regex.findall(r"\X", text))


def facets(text: str, resolve: Callable[[str], str]) -> list[dict[str, Any]]:
    """What of `text` is more than text, by offsets of its UTF-8 bytes.

    `resolve` gives the DID of a handle, or "" when nobody has it: it then stays plain text.
    """
    found = [*_links(text), *_mentions(text, resolve), *_tags(text)]
    ends = 0
    kept = []
    for start, end, feature in sorted(found, key=lambda one: one[0]):
        if start < ends:
            continue
        ends = end
        index = {"byteStart": _bytes(text[:start]), "byteEnd": _bytes(text[:end])}
        kept.append({"index": index, "features": [feature]})
    return kept


_Found = tuple[int, int, dict[str, str]]


def _links(text: str) -> Iterator[_Found]:
    for match in _LINK.finditer(text):
        address = match.group().rstrip(_TRAILING)
        if address.endswith(")") and "(" not in address:
            address = address[:-1].rstrip(_TRAILING)
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": address}
        yield match.start(), match.start() + len(address), feature


def _mentions(text: str, resolve: Callable[[str], str]) -> Iterator[_Found]:
    for match in list(_MENTION.finditer(text))[:_MOST_MENTIONS]:
        did = resolve(match.group(1).lower())
        if did:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            yield match.start(), match.end(), feature


def _tags(text: str) -> Iterator[_Found]:
    for match in _TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", match.group(1))
        if 0 < len(tag) <= _LONGEST_TAG:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
            yield match.start(), match.start() + 1 + len(tag), feature


def _bytes(text: str) -> int:
    return len(text.encode())
