"""What axe-core finds on a page, as it is or in every look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (1440, 1024, 390)
DRAWN_ANEW = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


# Dark differs from light in colours alone: only what judges colours can find anything else there.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
LOOKS: tuple[tuple[Literal["light", "dark"], dict[str, Any] | None], ...] = (
    ("light", None), ("dark", COLOURS),
)  # fmt: skip


def violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """One line for each element that breaks a rule, of all or of those that `options` name."""
    asked = {"resultTypes": ["violations"], **(options or {})}
    # Half a megabyte, which stays with the page for all of its looks.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("asked => axe.run(asked).then(results => results.violations)", asked)
    return [f"{v['id']}: {n['html'][:120]} {n['any'][:1]}" for v in found for n in v["nodes"]]


def in_every_look(page: Page, widths: Iterable[int] = WIDTHS) -> list[str]:
    """The same for light and dark at each width, and where the page is wider than the screen."""
    return list(_looked_at(page, widths))


def _looked_at(page: Page, widths: Iterable[int]) -> Iterator[str]:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, options in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(DRAWN_ANEW)
            yield from (f"{width} {scheme}: {line}" for line in violations(page, options))
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            yield f"{width}: wider than the screen"
