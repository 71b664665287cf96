"""Puts posts on the demo's channels: roots, comments, answers, edits, deletions, counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from inbox.connectors.types import IncomingAuthor, IncomingPost, Verb
from inbox.demo.authors import Authors
from inbox.demo.content import Content, DemoChannel, Line
from inbox.demo.network import Heard, Ids, address_of, claimed_language
from inbox.demo.words import Words

# A person's own words under a lone post end up, on these networks, under something of the page's.
COMMENT_SHARE = {"facebook": 0.3, "instagram": 0.7, "youtube": 1.0, "blog": 1.0}
COMMENTED_FOR = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Told:
    """A post with what its story needs to go on."""

    heard: Heard
    line: Line
    channel: DemoChannel

    @property
    def post(self) -> IncomingPost:
        return self.heard.post

    @property
    def at(self) -> datetime:
        return self.heard.at

    @property
    def author(self) -> IncomingAuthor:
        assert self.post.author is not None  # noqa: S101 - every told post has one
        return self.post.author

    @property
    def first_name(self) -> str:
        return self.author.name.removeprefix("u/").split()[0].strip(".,·")


class Story:
    """Collects what is heard. Everything random comes from `rng`."""

    def __init__(self, content: Content, rng: Random, now: datetime, scope: str) -> None:
        self.content = content
        self.rng = rng
        self.now = now
        self.ids = Ids(scope)
        self.authors = Authors(rng, content.names, scope)
        self.words = Words(rng, content.brand, now.date())
        self.heard: list[Heard] = []
        self._page_posts: dict[str, list[Told]] = defaultdict(list)

    def page_says(self, channel: DemoChannel, text: str, at: datetime) -> Told:
        """A post of the page's own wall."""
        kind = "post"
        filled = self.words.fill(text, "en", at=at.date())
        line = Line(filled, "", "page")
        told = self._tell(
            channel, line, filled, at, kind=kind, author=self.authors.page(channel), is_own=True
        )
        self._page_posts[channel.key].append(told)
        return told

    def comment(self, under: Told, line: Line, at: datetime) -> Told:
        """Somebody comments on a page post."""
        author = self.authors.someone(under.channel, line.language, line.role)
        text = self.words.typed(line, under.channel, at=at, as_comment=True)
        return self._tell(
            under.channel, line, text, at, kind="comment", author=author, parent=under
        )

    def lone(self, line: Line, at: datetime) -> Told:
        """Somebody writes to the page, wherever such people write."""
        channel = self._channel_for(line, at)
        if line.kind == "post" and self.rng.random() < COMMENT_SHARE.get(channel.network, 0):
            under = self._latest(channel, at)
            if under:
                return self.comment(under, line, at)
        author = self.authors.someone(channel, line.language, line.role)
        text = self.words.typed(line, channel, at=at, as_comment=False)
        kinds = {"direct": "direct_message", "review": "review"}
        kind = kinds.get(line.kind, channel.root_kind)
        return self._tell(channel, line, text, at, kind=kind, author=author)

    def answer(
        self,
        under: Told,
        text: str,
        at: datetime,
        *,
        by: IncomingAuthor | None = None,
        root: Told | None = None,
    ) -> Told:
        """A post below `under`: the page's when `by` is missing. On flat networks it hangs at `root`."""
        channel = under.channel
        parent = root if root and channel.is_flat else under
        first = (root or under).first_name
        filled = self.words.fill(text, under.line.language, at=at.date(), first=first)
        line = replace(under.line, text=filled)
        author = by or self.authors.page(channel)
        kind = "direct_message" if under.post.is_private else "comment"
        return self._tell(
            channel, line, filled, at, kind=kind, author=author, parent=parent, is_own=by is None
        )

    def edit(self, told: Told, text: str, at: datetime) -> None:
        """The author changes the wording."""
        filled = self.words.fill(text, told.line.language, at=at.date())
        self._add(told, replace(told.post, text=filled, edited_at=at))

    def delete(self, told: Told, at: datetime) -> None:
        """The post is gone from the network."""
        gone = IncomingPost(told.post.external_id, Verb.DELETE, posted_at=at)
        self._add(told, gone)

    def count(self, told: Told, at: datetime, reactions: int) -> None:
        """Reactions reach `reactions`."""
        shares, replies = reactions // 9, reactions // 14
        counts = {"like": reactions - shares, "share": shares, "reply": replies}
        counts = {name: number for name, number in counts.items() if number}
        if counts:
            self._add(
                told, IncomingPost(told.post.external_id, Verb.COUNT, posted_at=at, counts=counts)
            )

    def _channel_for(self, line: Line, at: datetime) -> DemoChannel:
        channels = self.content.channels
        if line.kind == "review":
            fitting = [c for c in channels.values() if c.has_reviews]
        elif line.kind == "direct":
            fitting = [c for c in channels.values() if c.has_direct]
        else:
            fitting = [
                c for c in channels.values() if c.root_kind != "comment" or self._latest(c, at)
            ]
        parts = self.content.brand["networks"][line.department or "none"]
        weights = [parts.get(c.network, 0.01) for c in fitting]
        return self.rng.choices(fitting, weights=weights)[0]

    def _latest(self, channel: DemoChannel, at: datetime) -> Told | None:
        """A page post people still comment on at `at`."""
        lasting = COMMENTED_FOR if channel.root_kind != "comment" else timedelta(days=30)
        fresh = [p for p in self._page_posts[channel.key] if p.at < at < p.at + lasting]
        return self.rng.choice(fresh[-3:]) if fresh else None

    def _tell(
        self,
        channel: DemoChannel,
        line: Line,
        text: str,
        at: datetime,
        *,
        kind: str,
        author: IncomingAuthor,
        parent: Told | None = None,
        is_own: bool = False,
    ) -> Told:
        external_id = self.ids.next(channel, at, kind)
        post = IncomingPost(
            external_id,
            text=text,
            posted_at=at,
            author=author,
            parent_external_id=parent.post.external_id if parent else "",
            kind=kind,
            is_own=is_own,
            is_private=kind == "direct_message",
            language=claimed_language(channel, line.language),
            url="" if kind == "direct_message" else address_of(channel, external_id),
            rating=text.count("★") or None if kind == "review" else None,
        )
        heard = Heard(channel.key, post, line.department)
        self.heard.append(heard)
        return Told(heard, line, channel)

    def _add(self, told: Told, post: IncomingPost) -> None:
        self.heard.append(Heard(told.channel.key, post, told.line.department))
