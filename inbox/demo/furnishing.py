"""What rooms above bring to the demo: they say so when the application starts."""

from __future__ import annotations

from collections.abc import Callable

Furnish = Callable[[], None]
_brought: list[Furnish] = []
_finishing: list[Furnish] = []


def bring(furnish: Furnish) -> None:
    """Have `furnish` called whenever the demo is set up; it leaves what is there alone."""
    if furnish not in _brought:
        _brought.append(furnish)


def bring_last(finish: Furnish) -> None:
    """Have `finish` called once the demo's posts are there and worked on."""
    if finish not in _finishing:
        _finishing.append(finish)


def furnish_all() -> None:
    """Set up everything that was brought."""
    for furnish in _brought:
        furnish()


def finish_all() -> None:
    """Do what comes after the demo's work."""
    for finish in _finishing:
        finish()
