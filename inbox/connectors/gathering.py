"""Gathers what the parts of a body hold; one that cannot be understood loses no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from inbox.connectors.errors import Unreachable
from inbox.connectors.types import Delivery, IncomingPost, ParseError, RefusedPart

MOST_PARTS = 10_000


def document(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `ParseError`."""
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ParseError(f"the body is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise ParseError("the body is nested too deeply") from None
    except ValueError as error:
        raise ParseError(f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ParseError("the body must be an object")
    return found


def items(value: Any, path: str) -> list[tuple[str, Any]]:
    """The items of a list with their paths; None is an empty one. Raises `ParseError`."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ParseError("must be a list", field=path)
    if len(value) > MOST_PARTS:
        raise ParseError(f"holds {len(value)} parts, at most {MOST_PARTS} may come", field=path)
    return [(f"{path}[{index}]", item) for index, item in enumerate(value)]


def alone(body: dict[str, Any]) -> bytes:
    """A body of one part, such as `parse_delivery` reads again; the framing is ours."""
    return json.dumps(body).encode()


@dataclass(slots=True)
class Gathering:
    """What was found so far, in the order of the body."""

    posts: list[IncomingPost] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refused: list[RefusedPart] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)
    _count: int = 0

    def add(self, path: str, raw: bytes, read: Callable[[], Iterable[IncomingPost | str]]) -> None:
        """Take in the part at `path`: posts, and references to what it only names."""
        index, self._count = self._count, self._count + 1
        try:
            found = list(read())
        except ParseError as error:
            self.refused.append(RefusedPart(index, raw, error.reason, error.field or path))
            return
        for one in found:
            if isinstance(one, str):
                self.unread[one] = None
            else:
                self.posts.append(replace(one, raw=raw))
                self.paths.append(path)

    def delivery(self) -> Delivery:
        """All of it."""
        return Delivery(
            tuple(self.posts), tuple(self.paths), tuple(self.refused), tuple(self.unread)
        )


@contextmanager
def understood() -> Iterator[None]:
    """Make an answer that is not what it should be a failure of the network, to be tried again."""
    try:
        yield
    except ParseError as error:
        what = f"{error.field} {error.reason}".strip()
        raise Unreachable(f"answers with what cannot be understood: {what}"[:300]) from None


def listed(
    found: Iterable[tuple[str, Any]], read: Callable[[Any, str], Iterable[IncomingPost]]
) -> tuple[tuple[IncomingPost, ...], tuple[RefusedPart, ...]]:
    """The posts of a list a network answered with, and what of it cannot be understood."""
    gathering = Gathering()
    for path, item in found:
        raw = json.dumps(item).encode()
        gathering.add(path, raw, lambda item=item, path=path: read(item, path))  # type: ignore[misc]
    return tuple(gathering.posts), tuple(gathering.refused)
