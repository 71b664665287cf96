"""The project's own files, as the guard tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ROOMS = ("accounts", "config", "inbox", "insights", "publishing", "routing")
TEXT_SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".toml", ".in", ".yml", ".sh"}


def room_files(suffix: str = ".py") -> Iterator[Path]:
    """The files of all rooms and of the folders beside them, without the tests."""
    for folder in (*ROOMS, "benchmarks", "static", "templates"):
        yield from sorted((BASE_DIR / folder).rglob(f"*{suffix}"))


def every_text_file() -> Iterator[Path]:
    """What people write: code, templates, styles, documents."""
    for folder in (*ROOMS, "benchmarks", "docs", "static", "templates", "tests", ".ci"):
        for path in sorted((BASE_DIR / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES:
                yield path
    yield from (path for path in sorted(BASE_DIR.glob("*")) if path.suffix in TEXT_SUFFIXES)


def interface_files() -> Iterator[Path]:
    """Where a request turns into queries: views and API of every room."""
    for path in room_files():
        parts = path.relative_to(BASE_DIR).parts
        if re.fullmatch(r"(views|api|live).*", parts[1]) or parts[:2] == ("config", "api_urls.py"):
            yield path


def documents() -> str:
    """README and everything in docs/."""
    paths = [BASE_DIR / "README.md", *sorted((BASE_DIR / "docs").rglob("*.md"))]
    return "\n".join(path.read_text() for path in paths if path.exists())


def name(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


def lines_matching(pattern: str, paths: Iterator[Path]) -> list[str]:
    """`path:line` of every match of `pattern` that begins in a line."""
    found = []
    for path in paths:
        text = path.read_text()
        for match in re.finditer(pattern, text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{name(path)}:{line}")
    return found
