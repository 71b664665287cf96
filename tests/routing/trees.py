"""Conditions, said shortly."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def all_of(*nodes: Document) -> Document:
    """A whole document: every node must hold."""
    return {"format": 1, "tree": {"all": list(nodes)}}


def phrase(*entries: str) -> Document:
    return all_of({"phrase": list(entries)})


def word(*entries: str) -> Document:
    return all_of({"word": list(entries)})
