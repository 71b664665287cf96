"""What rooms above bring to the demo: they say so when the application starts."""

from __future__ import annotations

from collections.abc import Callable

Furnish = Callable[[], None]
_brought: list[Furnish] = []


def bring(furnish: Furnish) -> None:
    """Have `furnish` called whenever the demo is set up; it leaves what is there alone."""
    if furnish not in _brought:
        _brought.append(furnish)


def furnish_all() -> None:
    """Set up everything that was brought."""
    for furnish in _brought:
        furnish()
