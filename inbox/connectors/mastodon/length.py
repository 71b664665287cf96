"""How long Mastodon finds a text."""

from __future__ import annotations

import regex

LONGEST = 500  # where a server does not say otherwise
_ADDRESS_LENGTH = 23
_ADDRESS = regex.compile(r"(?<![^\s(])https?://[^\s<>\"]+")
_NAME = regex.compile(r"(?<![\w/])@([\w.-]+)@[\w.-]+\w")


def length_of(text: str) -> int:
    """In graphemes: an address counts 23, of a name the part before its server."""
    shortened = _NAME.sub(r"@\1", _ADDRESS.sub("x" * _ADDRESS_LENGTH, text))
    return len(regex.findall(r"\X", shortened))
