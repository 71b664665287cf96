"""The readable text of a piece of hostile HTML."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml import etree

LONGEST_HTML = 1_000_000
_SILENT = {
    "head", "iframe", "math", "noscript", "object", "script", "style", "svg", "template", "title",
}  # fmt: skip
_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p",
    "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_BEFORE = dict.fromkeys(_BLOCKS, "\n\n") | {"br": "\n", "li": "\n• ", "td": " ", "th": " "}
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_AROUND_BREAK = re.compile(r" *\n *")
_MANY_BREAKS = re.compile(r"\n{3,}")


def readable(html: str, base: str = "") -> str:
    """Plain text of `html`: blocks on lines of their own, links kept, nothing that could run.

    The result is text and must be escaped like any other. Relative links are resolved by `base`.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    source = f"<body>{html[:LONGEST_HTML]}".encode("utf-8", "replace")
    tree = etree.fromstring(source, parser)
    text = _SPACES.sub(" ", "".join(_Text(base).of(tree)) if tree is not None else "")
    return _MANY_BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", text)).strip()


class _Text:
    """Walks a tree without recursion and gathers what a reader would see."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._parts: list[str] = []
        self._silent = 0
        self._links: list[int] = []

    def of(self, tree: etree._Element) -> list[str]:
        for event, element in etree.iterwalk(tree, events=("start", "end")):
            if event == "start":
                self._start(element)
            else:
                self._end(element)
                self._say(element.tail)
        return self._parts

    def _start(self, element: etree._Element) -> None:
        self._silent += element.tag in _SILENT
        self._parts.append(_BEFORE.get(element.tag, ""))
        if element.tag == "a":
            self._links.append(len(self._parts))
        self._say(element.get("alt") if element.tag == "img" else element.text)

    def _end(self, element: etree._Element) -> None:
        if element.tag == "a":
            self._end_link(element.get("href", ""), self._links.pop())
        self._silent -= element.tag in _SILENT
        self._parts.append("\n\n" if element.tag in _BLOCKS else "")

    def _say(self, text: str | None) -> None:
        if text and not self._silent:
            self._parts.append(text.replace("\n", " "))

    def _end_link(self, href: str, start: int) -> None:
        try:
            address = urljoin(self._base, href.strip())
            scheme = urlsplit(address).scheme.lower()
        except ValueError:
            return
        if scheme in {"http", "https"} and address not in "".join(self._parts[start:]):
            self._say(f" ({address})")
