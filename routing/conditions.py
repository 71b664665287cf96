"""Conditions of a rule: a tree of all, any and none, and what stands at its leaves.

Stored as JSON, `{"format": 1, "tree": {"all": [{"phrase": ["palm oil"]}, {"none": […]}]}}`: every
node is an object with one key, the kind of the node. docs/rules.md lists the kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from routing.leaves import LEAVES, Leaf, LeafError, Near, Said
from routing.matching import Subject

FORMAT = 1
GROUPS = ("all", "any", "none")
MOST_NODES = 200
DEEPEST = 6

Path = tuple[int, ...]  # Which child of which child; () is the tree itself.


@dataclass(frozen=True, slots=True)
class Group:
    """All, any or none of its children must hold."""

    kind: str
    children: tuple[Node, ...]

    def match(self, subject: Subject) -> list[str] | None:
        """Return what in `subject` made it hold, or None."""
        if self.kind == "all":
            found: list[str] = []
            for child in self.children:
                part = child.match(subject)
                if part is None:
                    return None
                found += part
            return found
        for child in self.children:
            part = child.match(subject)
            if part is not None:
                return part if self.kind == "any" else None
        return None if self.kind == "any" else []

    def as_json(self) -> dict[str, Any]:
        return {self.kind: [child.as_json() for child in self.children]}


Node = Group | Leaf


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the node at `path`."""

    path: Path
    message: str


class ConditionsError(ValueError):
    """Conditions cannot be used; `faults` say where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class Lit:
    """A node held against a post: whether it holds, and what in the post made it so."""

    node: Node
    path: Path
    is_met: bool
    found: list[str]
    children: tuple[Lit, ...] = ()

    def walk(self) -> Iterator[Lit]:
        yield self
        for child in self.children:
            yield from child.walk()


def parse(document: object) -> Group:
    """Read stored conditions. Raises `ConditionsError` with every fault."""
    tree, faults = read(document)
    if tree is None or faults:
        raise ConditionsError(faults)
    return tree


def read(document: object) -> tuple[Group | None, list[Fault]]:
    """Read stored conditions as far as they can be read, and say what is wrong with the rest."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        return None, [Fault((), _("These are no conditions of a known format."))]
    reader = _Reader()
    node = reader.node(document.get("tree"), ())
    if node is not None and not isinstance(node, Group):
        node = Group("all", (node,))
    if node is not None and reader.count > MOST_NODES:
        message = _("A rule has at most %d conditions and groups.") % MOST_NODES
        reader.faults.append(Fault((), message))
    return node, reader.faults


def document_of(tree: Group) -> dict[str, Any]:
    """The JSON that `parse` reads."""
    return {"format": FORMAT, "tree": tree.as_json()}


def explain(node: Node, subject: Subject, path: Path = ()) -> Lit:
    """Hold every node against `subject`, also those that no longer matter to the result."""
    found = node.match(subject)
    children: tuple[Lit, ...] = ()
    if isinstance(node, Group):
        numbered = enumerate(node.children)
        children = tuple(explain(child, subject, (*path, n)) for n, child in numbered)
    return Lit(node, path, found is not None, found or [], children)


def leaves_of(node: Node) -> Iterator[Leaf]:
    """Every leaf below `node`."""
    if isinstance(node, Group):
        for child in node.children:
            yield from leaves_of(child)
    else:
        yield node


def needles_of(node: Node) -> frozenset[str] | None:
    """Folded texts of which one must be in a post for `node` to hold; None: it asks for none."""
    if isinstance(node, Said):
        return frozenset(node.folded)
    if isinstance(node, Near):
        return frozenset(node.folded[:1])
    if not isinstance(node, Group) or node.kind == "none":
        return None
    found = [needles_of(child) for child in node.children]
    wanted = [needles for needles in found if needles is not None]
    if node.kind == "all":
        return min(wanted, key=len, default=None)
    return frozenset().union(*wanted) if len(wanted) == len(found) else None


class _Reader:
    """Reads nodes, and collects what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.count = 0

    def node(self, value: object, path: Path) -> Node | None:
        self.count += 1
        if self.count > MOST_NODES:
            return None
        if not isinstance(value, Mapping) or len(value) != 1:
            return self._fault(path, _("This is no condition."))
        ((kind, content),) = value.items()
        if kind in GROUPS:
            return self._group(kind, content, path)
        leaf = LEAVES.get(str(kind))
        if leaf is None:
            return self._fault(path, _("There is no condition “%s”.") % str(kind)[:40])
        try:
            return leaf(kind, content)
        except LeafError as error:
            return self._fault(path, str(error))

    def _group(self, kind: str, content: object, path: Path) -> Node | None:
        if not isinstance(content, list):
            return self._fault(path, _("This is no condition."))
        if not content:
            return self._fault(path, _("Add a condition: an empty group says nothing."))
        if len(path) >= DEEPEST:
            return self._fault(path, _("Groups are nested at most %d deep.") % DEEPEST)
        children = [self.node(child, (*path, number)) for number, child in enumerate(content)]
        return Group(kind, tuple(child for child in children if child is not None))

    def _fault(self, path: Path, message: str) -> Node | None:
        self.faults.append(Fault(path, message))
        return None
