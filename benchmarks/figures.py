"""What a benchmark yields. Needs no database, nor Django."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `limit` is the target in words, `is_met` None when there is none."""

    name: str
    value: float
    unit: str
    limit: str = ""
    is_met: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def at_least(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that should not be below `bound`."""
    return Figure(name, value, unit, f"≥ {bound:g}", value >= bound)


def at_most(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that should not be above `bound`."""
    return Figure(name, value, unit, f"≤ {bound:g}", value <= bound)
