"""Conditions as form fields, so that a tree can be built by plain posts.

A field is called after the place of its node: `c-kind` is the tree's, `c.1.0-entries` belongs to
the first child of its second child. Places are the paths `routing.conditions` speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from routing.conditions import FORMAT, GROUPS, MOST_NODES, Path

# What a new condition begins with.
FIRST = {"near": {"within": ["5"]}, "hour": {"from": ["18"], "to": ["8"]}}
_NAME = re.compile(r"c((?:\.\d{1,3}){0,8})-([a-z]{1,20})")
Values = Mapping[str, list[str]]


@dataclass(slots=True, eq=False)
class Draft:
    """A node as it stands in the form, right or wrong; it equals itself alone, not its like."""

    kind: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    children: list[Draft] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS

    @property
    def is_blank(self) -> bool:
        """Nothing was written or chosen yet."""
        said = (text for n, texts in self.fields.items() if n != "kind" for text in texts)
        return not self.is_group and not any(said)

    def at(self, path: Path) -> Draft:
        """The node at `path`. Raises `IndexError`."""
        return self if not path else self.children[path[0]].at(path[1:])

    def as_json(self) -> dict[str, Any]:
        if self.is_group:
            return {self.kind: [child.as_json() for child in self.children]}
        return {self.kind: SHAPES[self.kind].read(self.fields)}


@dataclass(frozen=True, slots=True)
class Shape:
    """How the content of a kind stands in a form: which fields, and both ways between."""

    widget: str
    read: Callable[[Values], Any]
    show: Callable[[Any], dict[str, list[str]]]


def blank() -> Draft:
    """What a new rule begins with."""
    return Draft("all", children=[Draft("phrase")])


def draft_of(document: Any) -> Draft:
    """Stored conditions as a draft; what cannot be shown is left out."""
    tree = document.get("tree") if isinstance(document, Mapping) else None
    return _shown(tree) or blank()


def document_of(draft: Draft) -> dict[str, Any]:
    """The conditions that the draft says, valid or not."""
    return {"format": FORMAT, "tree": draft.as_json()}


def read_draft(posted: QueryDict) -> Draft:
    """The draft in a posted form."""
    found: dict[Path, dict[str, list[str]]] = {}
    for name in posted:
        match = _NAME.fullmatch(name)
        if match and len(found) <= MOST_NODES * 2:
            path = tuple(int(step) for step in match[1].split(".")[1:])
            found.setdefault(path, {})[match[2]] = posted.getlist(name)
    return _gathered(found, ()) or blank()


def _gathered(found: Mapping[Path, dict[str, list[str]]], path: Path) -> Draft | None:
    fields = found.get(path)
    kind = (fields or {}).get("kind", [""])[0]
    if fields is None or (kind not in GROUPS and kind not in SHAPES) or len(path) > 8:
        return None
    below = sorted(p for p in found if len(p) == len(path) + 1 and p[:-1] == path)
    children = [child for p in below if (child := _gathered(found, p))]
    return Draft(kind, fields, children if kind in GROUPS else [])


def _shown(node: Any) -> Draft | None:
    if not isinstance(node, Mapping) or len(node) != 1:
        return None
    ((kind, content),) = node.items()
    if kind in GROUPS and isinstance(content, list):
        return Draft(kind, children=[child for one in content if (child := _shown(one))])
    return Draft(kind, SHAPES[kind].show(content)) if kind in SHAPES else None


def _first(values: Values, name: str) -> str:
    return (values.get(name) or [""])[0].strip()


def _number(text: str) -> Any:
    """A number, or the text itself for the reader of conditions to complain about."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text or None
    return int(number) if number.is_integer() else number


def _lines(values: Values) -> list[str]:
    texts = values.get("entries") or []
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def _numbers(values: Values) -> list[Any]:
    return [_number(text) for text in values.get("entries") or []]


def _entries(content: Any) -> dict[str, list[str]]:
    return {"entries": [str(entry) for entry in content or []]}


def _amount(scale: int) -> Shape:
    def read(values: Values) -> dict[str, Any]:
        given = {n: _number(_first(values, n.replace("_", ""))) for n in ("at_least", "below")}
        return {
            name: value / scale if isinstance(value, int | float) and scale != 1 else value
            for name, value in given.items()
            if value is not None
        }

    def show(content: Any) -> dict[str, list[str]]:
        return {name.replace("_", ""): [f"{value * scale:.10g}"] for name, value in content.items()}

    return Shape("amount" if scale == 1 else "percent", read, show)


_LINES = Shape("lines", _lines, lambda content: {"entries": ["\n".join(content)]})
_CHOICES = Shape("choices", _lines, _entries)
_NUMBERED = Shape("choices", _numbers, _entries)
_TEXT = Shape(
    "text", lambda values: _first(values, "entries"), lambda content: {"entries": [content]}
)
_NEAR = Shape(
    "near",
    lambda values: {
        "words": [word for n in ("one", "other") if (word := _first(values, n))],
        "within": _number(_first(values, "within")),
    },
    lambda content: {
        "one": [content["words"][0]],
        "other": [content["words"][1]],
        "within": [str(content["within"])],
    },
)
_HOURS = Shape(
    "hours",
    lambda values: {name: _number(_first(values, name)) for name in ("from", "to")},
    lambda content: {name: [str(value)] for name, value in content.items()},
)
SHAPES: dict[str, Shape] = {
    "phrase": _LINES,
    "word": _LINES,
    "near": _NEAR,
    "pattern": _TEXT,
    "channel": _NUMBERED,
    "network": _CHOICES,
    "kind": _CHOICES,
    "author": _LINES,
    "followers": _amount(1),
    "list": _CHOICES,
    "earlier": _CHOICES,
    "language": _LINES,
    "topic": _LINES,
    "sentiment": _CHOICES,
    "urgency": _amount(1),
    "guess": _CHOICES,
    "confidence": _amount(100),
    "hour": _HOURS,
    "weekday": _NUMBERED,
    "thread": _CHOICES,
    "incident": _CHOICES,
}
