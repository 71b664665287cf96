"""What conditions imply: can a tree ever hold, and does it hold only where another one does?

A tree becomes a sum of products (any of these, all of those) of leaves that hold or do not. What is
claimed here is certain; not everything that is so is found: texts and patterns mean more than this
can see.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from routing.conditions import Group, Node
from routing.leaves import Between, Hours, Leaf, OneOf, Said
from routing.matching import OWN_POST_COMMENT, contains_word

MOST_PRODUCTS = 300
# A post has at most one of each of these, so two conditions without a common entry exclude.
SINGLE = {
    *("channel", "network", "author", "earlier", "language", "topic", "sentiment", "guess"),
    *("weekday", "thread"),
}


class Literal(NamedTuple):
    """A leaf that holds, or does not."""

    leaf: Leaf
    holds: bool


Product = tuple[Literal, ...]


def products_of(node: Node) -> list[Product] | None:
    """The ways in which `node` can hold; None when there are too many to say."""
    try:
        return _products(node, holds=True)
    except OverflowError:
        return None


def is_impossible(literals: Product) -> bool:
    """Whether these cannot all be so for any post."""
    pairs = [(a, b) for n, a in enumerate(literals) for b in literals[n + 1 :]]
    return any(_exclude(a, b) or _exclude(b, a) for a, b in pairs)


def implies(literals: Product, others: Product) -> bool:
    """Whether every post for which `literals` are so is one for which `others` are."""
    return all(any(_literal_implies(one, other) for one in literals) for other in others)


def is_covered(node: Node, by: Sequence[Node]) -> list[Node]:
    """Those of `by` that together take every post `node` holds for; none when some are left."""
    ways = products_of(node)
    if ways is None:
        return []
    used: list[Node] = []
    for way in ways:
        if is_impossible(way):
            continue
        taker = next((other for other in by if _takes(other, way)), None)
        if taker is None:
            return []
        if taker not in used:
            used.append(taker)
    return used


def _takes(node: Node, way: Product) -> bool:
    return any(implies(way, other) for other in products_of(node) or ())


def _products(node: Node, *, holds: bool) -> list[Product]:
    if not isinstance(node, Group):
        return [(Literal(node, holds=holds),)]
    # None of these is all of their opposites; and the opposite of any is none.
    joined = (node.kind == "all") == holds if node.kind != "none" else holds
    inner = holds if node.kind != "none" else not holds
    parts = [_products(child, holds=inner) for child in node.children]
    if not joined:
        return _bounded([way for part in parts for way in part])
    size = 1
    for part in parts:
        size *= len(part)
        if size > MOST_PRODUCTS:
            raise OverflowError
    ways = [tuple(literal for way in chosen for literal in way) for chosen in product(*parts)]
    return _bounded(ways)


def _bounded(ways: list[Product]) -> list[Product]:
    if len(ways) > MOST_PRODUCTS:
        raise OverflowError
    return ways


def _exclude(one: Literal, other: Literal) -> bool:
    if one.holds and not other.holds:
        return _leaf_implies(one.leaf, other.leaf)
    if not (one.holds and other.holds) or one.leaf.kind != other.leaf.kind:
        return False
    a, b = one.leaf, other.leaf
    if isinstance(a, OneOf) and isinstance(b, OneOf):
        if a.kind == "kind":
            a_plain, b_plain = a.folded - {OWN_POST_COMMENT}, b.folded - {OWN_POST_COMMENT}
            is_plain = a_plain == a.folded and b_plain == b.folded
            return is_plain and not a.folded & b.folded
        return a.kind in SINGLE and not a.folded & b.folded
    if isinstance(a, Between) and isinstance(b, Between):
        return a.at_least is not None and b.below is not None and a.at_least >= b.below
    if isinstance(a, Hours) and isinstance(b, Hours):
        return not a.hours() & b.hours()
    return False


def _literal_implies(one: Literal, other: Literal) -> bool:
    if one.holds and other.holds:
        return _leaf_implies(one.leaf, other.leaf)
    if not one.holds and not other.holds:
        return _leaf_implies(other.leaf, one.leaf)
    return one.holds and not other.holds and (_exclude_leaves(one.leaf, other.leaf))


def _exclude_leaves(a: Leaf, b: Leaf) -> bool:
    one, other = Literal(a, holds=True), Literal(b, holds=True)
    return _exclude(one, other) or _exclude(other, one)


def _leaf_implies(a: Leaf, b: Leaf) -> bool:
    """Whether every post `a` holds for is one `b` holds for."""
    if a == b:
        return True
    if isinstance(a, Said) and isinstance(b, Said):
        return all(
            any(_says(entry, a.kind, other, b.kind) for other in b.folded) for entry in a.folded
        )
    if a.kind != b.kind:
        return False
    if isinstance(a, OneOf) and isinstance(b, OneOf):
        return a.folded <= b.folded
    if isinstance(a, Hours) and isinstance(b, Hours):
        return a.hours() <= b.hours()
    if isinstance(a, Between) and isinstance(b, Between):
        from_below = b.at_least is None or (a.at_least is not None and a.at_least >= b.at_least)
        from_above = b.below is None or (a.below is not None and a.below <= b.below)
        return from_below and from_above
    return False


def _says(entry: str, kind: str, other: str, other_kind: str) -> bool:
    """Whether a text with `entry` in it always has `other` in it."""
    if other_kind == "phrase":
        return other in entry
    # A phrase may lie inside a word, so only words stand free for certain at their ends.
    if kind == "word":
        return contains_word(entry, other)
    return contains_word(f"x{entry}x", other)
