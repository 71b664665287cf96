"""The readable text of a piece of hostile HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

LONGEST_HTML = 300_000
_SILENT = {
    "script",
    "style",
    "template",
    "noscript",
    "head",
    "title",
    "iframe",
    "object",
    "svg",
    "math",
}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p",
    "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_AROUND_BREAK = re.compile(r" *\n *")
_MANY_BREAKS = re.compile(r"\n{3,}")


def readable(html: str, base: str = "") -> str:
    """Plain text of `html`: blocks on lines of their own, links kept, nothing that could run.

    The result is text and must be escaped like any other. Relative links are resolved by `base`.
    """
    reader = _Reader(base)
    reader.feed(html[:LONGEST_HTML])
    reader.close()
    text = _SPACES.sub(" ", "".join(reader.parts))
    return _MANY_BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", text)).strip()


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._base = base
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        elif tag == "img" and not self._silent:
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))

    def _end_link(self, href: str, start: int) -> None:
        try:
            address = urljoin(self._base, href.strip())
            scheme = urlsplit(address).scheme.lower()
        except ValueError:
            return
        shown = "".join(self.parts[start:])
        if scheme in {"http", "https"} and address not in shown and not self._silent:
            self.parts.append(f" ({address})")
