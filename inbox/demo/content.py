"""Reads what was written for the demo: lines, page posts, conversations, answers, the brand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
# The letters before a comment under a page post.
LETTERS = {"c": "customer_service", "p": "pr", "m": "marketing", "h": "hr", "-": ""}


@dataclass(frozen=True, slots=True)
class Line:
    """Something a person says; `department` is whom it concerns, empty when nobody could tell."""

    text: str
    department: str
    topic: str = ""
    language: str = "en"
    role: str = ""  # activist, applicant, employee, fan, journalist, partner, spam
    kind: str = "post"  # post, review, direct
    event: str = ""

    @property
    def has_slots(self) -> bool:
        """Whether another day makes another text of it."""
        return "{" in self.text


@dataclass(frozen=True, slots=True)
class PagePost:
    """A post by the page; `day` counts from today, `spread` is how many hours people comment."""

    text: str
    day: int
    time: str
    channels: tuple[str, ...]
    reactions: int
    spread: int
    comments: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns are (who, text); see the head of the content file for who is who."""

    opening: Line
    turns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the page answers on some topics in one language, and what people write back."""

    department: str
    language: str
    topics: tuple[str, ...]
    page: tuple[str, ...]
    thanks: tuple[str, ...]
    unhappy: tuple[str, ...]

    def fits(self, line: Line) -> bool:
        """Whether these answers make sense under `line`."""
        if (self.department, self.language) != (line.department, line.language):
            return False
        return not self.topics or line.topic in self.topics


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A page of the brand, and what its network is like."""

    key: str
    name: str
    network: str
    page_name: str
    own_ids: tuple[str, ...]
    url: str
    root_kind: str
    mention: str
    has_direct: bool = False
    has_reviews: bool = False
    is_flat: bool = False  # answers hang under the first post, not under each other
    tells_language: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that was written."""

    lines: tuple[Line, ...]
    page_posts: tuple[PagePost, ...]
    conversations: tuple[Conversation, ...]
    answers: tuple[Answers, ...]
    bystanders: Mapping[str, tuple[str, ...]]
    channels: Mapping[str, DemoChannel]
    brand: Mapping[str, Any]
    names: Mapping[str, Any]
    work: Mapping[str, Any]
    staff: tuple[Mapping[str, Any], ...]
    rules: tuple[Mapping[str, Any], ...]
    policies: tuple[Mapping[str, Any], ...]
    incidents: tuple[Mapping[str, Any], ...]
    intake: Mapping[str, Any]

    def answers_to(self, line: Line) -> Answers | None:
        """The answers that make sense under `line`, if any were written."""
        return next((a for a in self.answers if a.fits(line)), None)


@cache
def load() -> Content:
    """Return the whole content, read once a process."""
    tables = [_read(path) for path in sorted(FOLDER.rglob("*.toml"))]
    brand = _read(FOLDER / "brand.toml")
    promises = _read(FOLDER / "promises.toml")
    return Content(
        lines=tuple(line for table in tables for line in _lines(table)),
        page_posts=tuple(_page_post(p) for t in tables for p in t.get("page_post", ())),
        conversations=tuple(_conversation(c) for t in tables for c in t.get("thread", ())),
        answers=tuple(_answers(a) for t in tables for a in t.get("answer", ())),
        bystanders={b["lang"]: tuple(b["texts"]) for t in tables for b in t.get("bystander", ())},
        channels={c["key"]: _channel(c) for c in brand["channels"]},
        brand=brand,
        names=_read(FOLDER / "names.toml"),
        work=_read(FOLDER / "work.toml"),
        staff=tuple(_read(FOLDER / "staff.toml")["people"]),
        rules=tuple(_read(FOLDER / "rules.toml")["rules"]),
        policies=tuple(promises["policies"]),
        incidents=tuple(promises["incidents"]),
        intake=_read(FOLDER / "intake.toml"),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _lines(table: Mapping[str, Any]) -> Iterator[Line]:
    for stock in table.get("stock", ()):
        for text in stock["texts"]:
            yield Line(
                text,
                stock["department"],
                stock["topic"],
                stock["lang"],
                stock.get("role", ""),
                stock.get("kind", "post"),
                stock.get("event", ""),
            )


def _page_post(table: Mapping[str, Any]) -> PagePost:
    return PagePost(
        text=table["text"],
        day=table["day"],
        time=table["time"],
        channels=tuple(table["channels"]),
        reactions=table["reactions"],
        spread=table["spread"],
        comments=tuple(_comment(row) for row in table["comments"].strip().splitlines()),
    )


def _comment(row: str) -> Line:
    head, text = row.split(": ", 1)
    letter, _, language = head.partition(" ")
    return Line(text, LETTERS[letter], "comment", language or "en")


def _conversation(table: Mapping[str, Any]) -> Conversation:
    turns = []
    for row in table["lines"].strip().splitlines():
        who, _, text = row.partition(":")
        turns.append((who, text.strip()))
    opening = Line(
        turns[0][1],
        table["department"],
        table["topic"],
        table["lang"],
        table.get("role", ""),
        event=table.get("event", ""),
    )
    return Conversation(opening, tuple(turns))


def _answers(table: Mapping[str, Any]) -> Answers:
    def texts(name: str) -> tuple[str, ...]:
        values: Sequence[str] = table.get(name, ())
        return tuple(values)

    return Answers(
        table["department"],
        table["lang"],
        texts("topics"),
        texts("page"),
        texts("thanks"),
        texts("unhappy"),
    )


def _channel(table: Mapping[str, Any]) -> DemoChannel:
    return DemoChannel(**{**table, "own_ids": tuple(table["own_ids"])})
