"""Makes what a network said fit to be kept: hygiene, bounds, times; before anything is written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from inbox.connectors.types import IncomingAuthor, IncomingPost, ParseError, Verb
from inbox.models import Channel, Post

# A generated search vector must stay below PostgreSQL's limit of 1 MB, whatever the script.
MAX_TEXT = 100_000
MAX_NAME = 200
MAX_FOLLOWERS = 2_147_483_647
# Clocks of networks differ a little; a claim further ahead is a mistake and would top every list.
MAX_AHEAD = timedelta(days=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_KINDS = frozenset(Post.Kind.values)


@dataclass(frozen=True, slots=True)
class Item:
    """One incoming thing, clean. `at` is when it happened, and None only for an unknown time."""

    verb: Verb
    external_id: str
    at: datetime | None
    claimed_at: datetime | None  # what the network said, when it was absurd
    edited_at: datetime | None
    text: str
    author: IncomingAuthor | None
    author_key: str
    parent_external_id: str
    conversation: str  # of a direct message; "" when nobody says with whom
    kind: str
    is_own: bool
    is_private: bool
    language: str  # the network's claim
    url: str
    rating: int | None
    counts: dict[str, int]
    attachments: list[Any]
    details: dict[str, Any]
    raw: bytes = b""


def clean(channel: Channel, posts: Sequence[IncomingPost], *, now: datetime) -> list[Item]:
    """Return `posts` as they will be kept.

    Raises `ParseError`, with the path of the culprit, for what cannot be kept as it is.
    """
    own = frozenset(_handle(name) for name in channel.own_ids if _handle(name))
    return [_Cleaner(index, now, own).item(post) for index, post in enumerate(posts)]


def tidy(text: str) -> str:
    """Return `text` without NUL and with lone surrogates replaced; PostgreSQL refuses both."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _handle(name: str) -> str:
    return name.strip().removeprefix("@").casefold()


def _tidy_json(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, Mapping):
        return {tidy(str(key)): _tidy_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class _Cleaner:
    """Cleans one post and knows its place in the batch for error messages."""

    def __init__(self, index: int, now: datetime, own: frozenset[str]) -> None:
        self.index = index
        self.now = now
        self.own = own

    def item(self, post: IncomingPost) -> Item:
        is_add = post.verb == Verb.ADD
        if is_add and post.posted_at is None:
            raise self._error("is missing", "posted_at")
        if is_add and post.kind not in _KINDS:
            raise self._error(f"must be one of {', '.join(sorted(_KINDS))}", "kind")
        if post.rating is not None and not 1 <= post.rating <= 5:
            raise self._error("must be 1 to 5", "rating")
        at, claimed_at = self._time(post.posted_at, "posted_at")
        edited_at, absurd = self._time(post.edited_at, "edited_at")
        if edited_at and (absurd or (at and edited_at <= at)):
            edited_at = None  # Not a later moment: the wording stands as if no time were known.
        external_id = self._bounded(post.external_id, 300, "external_id")
        if not external_id:
            raise self._error("is missing", "external_id")
        author = self._author(post.author)
        parent = self._bounded(post.parent_external_id, 300, "parent_external_id")
        is_own = post.is_own or (author is not None and self._is_own(author))
        return Item(
            verb=post.verb,
            external_id=external_id,
            at=at,
            claimed_at=claimed_at,
            edited_at=edited_at,
            text=self._bounded(post.text, MAX_TEXT, "text"),
            author=author,
            author_key=_key(author),
            parent_external_id="" if parent == external_id else parent,
            conversation=_conversation(post, "" if is_own else _key(author)),
            kind=post.kind,
            is_own=is_own,
            is_private=post.is_private,
            language=tidy(post.language)[:20],
            url=self._bounded(post.url, 1000, "url"),
            rating=post.rating,
            counts=self._counts(post.counts),
            attachments=self._attachments(post.attachments),
            details=self._details(post.details),
            raw=post.raw,
        )

    def _error(self, reason: str, field: str) -> ParseError:
        return ParseError(f"{field} {reason}", field=f"posts[{self.index}].{field}")

    def _bounded(self, value: str, limit: int, field: str) -> str:
        value = tidy(value)
        if len(value) > limit:
            raise self._error(f"is longer than {limit} characters", field)
        return value

    def _time(self, value: datetime | None, field: str) -> tuple[datetime | None, datetime | None]:
        """Return the time to keep, and the claim when it was absurd."""
        if value is None:
            return None, None
        if value.tzinfo is None:
            raise self._error("has no time zone", field)
        if value > self.now + MAX_AHEAD:
            return self.now, value
        if value < EARLIEST:
            return EARLIEST, value
        return value, None

    def _author(self, author: IncomingAuthor | None) -> IncomingAuthor | None:
        if author is None:
            return None
        followers = author.followers
        return IncomingAuthor(
            external_id=self._bounded(author.external_id, 200, "author.external_id"),
            handle=self._bounded(author.handle, 200, "author.handle"),
            name=tidy(author.name)[:MAX_NAME],
            url=self._bounded(author.url, 500, "author.url"),
            followers=None if followers is None else min(max(followers, 0), MAX_FOLLOWERS),
        )

    def _is_own(self, author: IncomingAuthor) -> bool:
        return _handle(author.external_id) in self.own or _handle(author.handle) in self.own

    def _counts(self, counts: Mapping[str, int]) -> dict[str, int]:
        for name, count in counts.items():
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise self._error("must be a whole number from 0", f"counts.{name}")
        return {tidy(name): count for name, count in sorted(counts.items())}

    def _details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        if not details:
            return {}
        try:
            kept: dict[str, Any] = json.loads(json.dumps(_tidy_json(details)))
        except (TypeError, ValueError) as error:
            raise self._error(f"cannot be kept as JSON: {error}", "details") from error
        return kept

    def _attachments(self, attachments: Sequence[Mapping[str, Any]]) -> list[Any]:
        if not attachments:
            return []
        try:
            return cast("list[Any]", json.loads(json.dumps(_tidy_json(list(attachments)))))
        except (TypeError, ValueError) as error:
            raise self._error(f"cannot be kept as JSON: {error}", "attachments") from error


def _conversation(post: IncomingPost, stranger: str) -> str:
    """With whom a direct message is: as the network names it, else whoever wrote it to us."""
    if post.verb != Verb.ADD or post.kind != Post.Kind.DIRECT_MESSAGE:
        return ""
    named = post.details.get("conversation")
    return tidy(str(named) if isinstance(named, str | int) and named else stranger)[:300]


def _key(author: IncomingAuthor | None) -> str:
    """What tells this contact from the others on the network; "" for nobody."""
    if author is None:
        return ""
    return author.external_id or _handle(author.handle)
