"""Line charts as SVG that read in light and dark, without a chart library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 336, 52, 32, 180, 44
COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777")
GREY = "#6b7280"
STEPS = 5

Curve = Sequence[tuple[float, float]]


def lines(curves: Mapping[str, Curve], *, x: str, y: str) -> str:
    """Return a picture of `curves`, each named at its end; `x` and `y` name the axes."""
    xs = [point[0] for curve in curves.values() for point in curve]
    ys = [point[1] for curve in curves.values() for point in curve]
    low, high = min(ys) // 0.1 / 10, -(-max(ys) // 0.1) / 10

    def across(value: float) -> float:
        return LEFT + (value - min(xs)) / (max(xs) - min(xs)) * (WIDTH - LEFT - RIGHT)

    def down(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    title = f"{', '.join(curves)} by {x}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
    ]
    for step in range(STEPS + 1):
        value = low + (high - low) * step / STEPS
        parts += _line_across(down(value), value)
    for value in sorted(set(xs)):
        parts.append(_text(across(value), HEIGHT - BOTTOM + 18, f"{value:g}", anchor="middle"))
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        path = " ".join(f"{across(px):.1f},{down(py):.1f}" for px, py in curve)
        end = curve[-1]
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
            *(
                f'<circle cx="{across(px):.1f}" cy="{down(py):.1f}" r="3" fill="{colour}"/>'
                for px, py in curve
            ),
            _text(across(end[0]) + 10, down(end[1]) + 4, name, colour=colour),
        ]
    parts += [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x, anchor="middle"),
        _text(12, TOP - 16, y),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _line_across(at: float, value: float) -> list[str]:
    return [
        f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".3"/>',
        _text(LEFT - 8, at + 4, f"{value:.2f}", anchor="end"),
    ]


def _text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = GREY) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"
