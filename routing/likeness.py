"""Whether two posts say the same, give or take a name, a link or a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routing.text import fold, mask_addresses, visible

# Copies of a call to write to a page differ in handles, links and a closing remark.
NEAR = 0.6
_RUN = 3
Shingles = frozenset[tuple[str, ...]]


def shingles(text: str) -> Shingles:
    """The runs of three words of `text` (fewer when it is shorter), without links and handles."""
    words = fold(mask_addresses(visible(text), link=" ", handle=" ")).split()
    last = max(1, len(words) - _RUN + 1)
    return frozenset(tuple(words[at : at + _RUN]) for at in range(last)) if words else frozenset()


def nearness(one: Shingles, other: Shingles) -> float:
    """The share of runs two texts have in common (Jaccard), 0 to 1; nothing is near to nothing."""
    if not one or not other:
        return 0.0
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def near_to(text: str, others: Mapping[int, str] | Iterable[tuple[int, str]]) -> list[int]:
    """The keys of the texts that say the same as `text`, in their order."""
    wanted = shingles(text)
    pairs = others.items() if isinstance(others, Mapping) else others
    return [key for key, other in pairs if nearness(wanted, shingles(other)) >= NEAR]
