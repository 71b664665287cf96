"""In which tickets somebody has an unsent draft; the room that keeps drafts says so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Rooms say so while the application starts: there are no models yet.
    from accounts.models import User

    Find = Callable[[User, Collection[int]], frozenset[int]]
_asked: list[Find] = []


def ask(find: Find) -> None:
    """Have `find` asked: of these tickets those in which the person has an unsent draft."""
    if find not in _asked:
        _asked.append(find)


def drafted_by(user: User, ticket_ids: Collection[int]) -> frozenset[int]:
    """Those of `ticket_ids` in which `user` has an unsent draft; at most one query."""
    if not ticket_ids:
        return frozenset()
    return frozenset().union(*(find(user, ticket_ids) for find in _asked))
