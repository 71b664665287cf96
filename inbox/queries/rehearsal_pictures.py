"""A rehearsal as pictures: where posts would flow, and when the load would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.queries.rehearsals import Flow, Place, place_in
from routing.models import Rehearsal

WIDTH, BAR, GAP = 640.0, 10.0, 14.0
TALL, LEAST = 220.0, 3.0  # All ribbons together, and the thinnest one.
HOURS, COLUMN, CHART = 24, 12.0, 60.0


@dataclass(frozen=True, slots=True)
class Block:
    """A place at one side of the picture."""

    place: Place
    n: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One flow between two blocks, as an SVG path."""

    flow: Flow
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """Moves from left to right, as thick as they are many."""

    left: list[Block]
    right: list[Block]
    ribbons: list[Ribbon]
    height: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the table of moves. `shade` is 0 to 1."""

    origin: Place
    target: Place
    n: int
    shade: float
    is_same: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The load of an hour, before and after, as heights in a chart."""

    hour: int
    before: int
    after: int
    x: float
    y_before: float
    y_after: float

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Load:
    """What a place gets in each hour of the day."""

    place: Place
    bars: list[Bar]
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


def flow_picture(flows: Sequence[Flow]) -> FlowPicture:
    """The flows as ribbons, the thickest first."""
    total = sum(flow.n for flow in flows) or 1
    widths = {id(flow): max(LEAST, TALL * flow.n / total) for flow in flows}
    left = _blocks([(flow.origin, flow.n, widths[id(flow)]) for flow in flows])
    right = _blocks([(flow.target, flow.n, widths[id(flow)]) for flow in flows])
    starts = {block.place.slug: block.y for block in left}
    ends = {block.place.slug: block.y for block in right}
    ribbons = []
    for flow in flows:
        width = widths[id(flow)]
        y0, y1 = starts[flow.origin.slug] + width / 2, ends[flow.target.slug] + width / 2
        starts[flow.origin.slug] += width
        ends[flow.target.slug] += width
        x0, x1, middle = BAR, WIDTH - BAR, WIDTH / 2
        path = f"M{x0:.0f} {y0:.1f}C{middle:.0f} {y0:.1f} {middle:.0f} {y1:.1f} {x1:.0f} {y1:.1f}"
        ribbons.append(Ribbon(flow, path, round(width, 1)))
    height = max((b.y + b.height for b in (*left, *right)), default=0.0) + GAP
    return FlowPicture(left, right, ribbons, round(height, 1))


def matrix(
    rehearsal: Rehearsal, places: Mapping[str, Place]
) -> tuple[list[Place], list[list[Cell]]]:
    """All places that anything goes to, and what would go from each to each."""
    result = rehearsal.result
    used = {*result.get("before", {}), *result.get("after", {})}
    shown = [place for slug, place in places.items() if slug in used]
    shown += [place_in(places, slug) for slug in sorted(used - set(places))]
    moved = {(origin, target): n for origin, target, n in result.get("flows", [])}
    most = max(moved.values(), default=1)
    rows = []
    for origin in shown:
        away = sum(n for (start, _end), n in moved.items() if start == origin.slug)
        stays = result.get("before", {}).get(origin.slug, 0) - away
        cells = []
        for target in shown:
            is_same = origin.slug == target.slug
            n = stays if is_same else moved.get((origin.slug, target.slug), 0)
            cells.append(Cell(origin, target, n, 0.0 if is_same else n / most, is_same))
        rows.append(cells)
    return shown, rows


def loads(rehearsal: Rehearsal, places: Mapping[str, Place]) -> list[Load]:
    """The hours of each place whose load would change."""
    found = []
    for slug, hours in rehearsal.result.get("hours", {}).items():
        before, after = hours["before"], hours["after"]
        if before == after:
            continue
        most = max(*before, *after, 1)
        bars = [
            Bar(
                hour,
                before[hour],
                after[hour],
                round(hour * COLUMN, 1),
                round(CHART * before[hour] / most, 1),
                round(CHART * after[hour] / most, 1),
            )
            for hour in range(HOURS)
        ]
        found.append(Load(place_in(places, slug), bars, sum(before), sum(after)))
    return sorted(found, key=lambda load: -abs(load.change))


def _blocks(parts: Sequence[tuple[Place, int, float]]) -> list[Block]:
    heights: dict[str, float] = {}
    counts: dict[str, int] = {}
    known: dict[str, Place] = {}
    for place, n, width in parts:
        known[place.slug] = place
        counts[place.slug] = counts.get(place.slug, 0) + n
        heights[place.slug] = heights.get(place.slug, 0.0) + width
    blocks, y = [], GAP
    for slug, place in known.items():
        height = heights[slug]
        blocks.append(Block(place, counts[slug], round(y, 1), round(height, 1)))
        # Room for the name, however thin the block is.
        y += max(height, GAP) + GAP
    return blocks
