"""What the builder's buttons do to a draft: add, nest, remove, and move from place to place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from inbox.forms.conditions import FIRST, SHAPES, Draft
from routing.conditions import DEEPEST, Path

_PLACE = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,8}")


class Told(StrEnum):
    """What there is to say about a step."""

    NOTHING = ""
    MOVED = "moved"
    PASSED = "passed"  # It moved past a group in which it would have been too deep.
    REFUSED = "refused"  # It would be too deep.


@dataclass(frozen=True, slots=True)
class Step:
    """What a button did: the node to look at now, by which button it moved, and what to tell."""

    path: Path
    told: Told = Told.NOTHING
    verb: str = ""

    @property
    def is_new(self) -> bool:
        return not self.verb


def change(draft: Draft, action: str) -> Step | None:
    """Do what a button asks: `add:0.1`, `group:`, `wrap:0`, `remove:0.1`, `up:0`, `move:0:1.2`.

    What makes no sense changes nothing.
    """
    verb, *places = action.split(":")
    paths = [path for place in places if (path := _path(place)) is not None]
    if not paths or len(paths) != len(places):
        return None
    path = paths[0]
    try:
        node = draft.at(path)
    except IndexError:
        return None
    if verb in {"add", "group"} and node.is_group:
        return _add(node, path, is_group=verb == "group")
    if not path:
        return None
    match verb:
        case "wrap":
            return _wrap(draft, path)
        case "remove":
            del draft.at(path[:-1]).children[path[-1]]
            return Step(path[:-1])
        case "up" | "down":
            return _walk(draft, path, verb)
        case "move" if len(paths) > 1:
            return _carry(draft, path, paths[1])
    return None


def _path(place: str) -> Path | None:
    if not place:
        return ()
    return tuple(map(int, place.split("."))) if _PLACE.fullmatch(place) else None


def _height(node: Draft) -> int:
    """How many groups stand inside each other, `node` included."""
    return 1 + max(map(_height, node.children), default=0) if node.is_group else 0


def _fits(node: Draft, path: Path) -> bool:
    return len(path) + _height(node) <= DEEPEST


def _add(group: Draft, path: Path, *, is_group: bool) -> Step:
    wanted = (group.fields.get("add") or ["phrase"])[0]
    if wanted not in SHAPES:
        return Step(path)
    leaf = Draft(wanted, dict(FIRST.get(wanted, {})))
    made = Draft("any", children=[leaf]) if is_group else leaf
    at = (*path, len(group.children))
    if not _fits(made, at):
        return Step(path, Told.REFUSED)
    group.children.append(made)
    return Step(at)


def _wrap(draft: Draft, path: Path) -> Step:
    siblings = draft.at(path[:-1]).children
    made = Draft("any", children=[siblings[path[-1]]])
    if not _fits(made, path):
        return Step(path, Told.REFUSED)
    siblings[path[-1]] = made
    return Step(path)


def _walk(draft: Draft, path: Path, verb: str) -> Step | None:
    """One place up or down as the page reads: into the group that comes, or out at its end."""
    siblings, here = draft.at(path[:-1]).children, path[-1]
    there = here - 1 if verb == "up" else here + 1
    if not 0 <= there < len(siblings):
        if len(path) == 1:
            return None
        above = path[:-1]
        return _put(draft, path, above if verb == "up" else _next(above), verb)
    neighbour = siblings[there]
    past = (*path[:-1], there if verb == "up" else there + 1)
    if not neighbour.is_group:
        return _put(draft, path, past, verb)
    within = (*path[:-1], there, len(neighbour.children) if verb == "up" else 0)
    if _fits(siblings[here], within):
        return _put(draft, path, within, verb)
    return _put(draft, path, past, verb, told=Told.PASSED)


def _next(path: Path) -> Path:
    return (*path[:-1], path[-1] + 1)


def _carry(draft: Draft, path: Path, to: Path) -> Step | None:
    """Where it was dragged to: before what stands at `to` now, or to the end of that group."""
    if not to or to[: len(path)] == path:
        return None  # Nothing goes into itself.
    try:
        is_group = draft.at(to[:-1]).is_group
    except IndexError:
        return None
    if not is_group:
        return None
    if not _fits(draft.at(path), to):
        return Step(path, Told.REFUSED, "up")
    return _put(draft, path, to, "up")


def _put(draft: Draft, path: Path, to: Path, verb: str, *, told: Told = Told.MOVED) -> Step:
    """Take what is at `path` to before what is at `to`, as places are before the move."""
    siblings, others = draft.at(path[:-1]).children, draft.at(to[:-1]).children
    node = siblings[path[-1]]
    follower = others[to[-1]] if to[-1] < len(others) else None
    siblings.remove(node)
    others.insert(others.index(follower) if follower else len(others), node)
    return Step(_found(draft, node), told, verb)


def _found(draft: Draft, node: Draft, path: Path = ()) -> Path:
    """Where `node` itself stands."""
    for number, child in enumerate(draft.children):
        if child is node:
            return (*path, number)
        if found := _found(child, node, (*path, number)):
            return found
    return ()
