"""The rows of a file, each with its line and its bytes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

if TYPE_CHECKING:
    from inbox.connectors.files.layout import Layout

# No line is read into memory beyond this, whatever somebody brings.
LONGEST_LINE = 1_000_000
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `number` counts records, `line` the file's lines; `fault` says what is wrong."""

    number: int
    line: int
    raw: bytes
    cells: Mapping[str, Any]
    fault: str = ""


@contextmanager
def text_of(file: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """`file` from its start as text; bytes that do not decode stay recognisable."""
    file.seek(0)
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")
    try:
        yield text
    finally:
        # A reader given up midway is closed by the garbage collector, maybe after its file.
        if not text.closed:
            text.detach()


def lines_of(text: TextIO) -> Iterator[str]:
    """The lines of `text` with their ends."""
    while line := text.readline(LONGEST_LINE):
        yield line


def rows_of(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """Every record of `file`, readable or not. Blank lines are none."""
    with text_of(file, layout.encoding) as text:
        if layout.format == "csv":
            yield from _csv_rows(lines_of(text), layout, has_heading=True)
        else:
            yield from _json_rows(lines_of(text), layout)


def rows_again(raw: bytes, layout: Layout) -> Iterator[Row]:
    """The records of a piece of such a file, without its heading."""
    text = io.StringIO(raw.decode("utf-8", "surrogateescape"), newline="")
    if layout.format == "csv":
        yield from _csv_rows(lines_of(text), layout, has_heading=False)
    else:
        yield from _json_rows(lines_of(text), layout)


def count_rows(file: BinaryIO, layout: Layout) -> int:
    """How many records `file` holds."""
    if layout.format == "csv":
        return sum(1 for _ in rows_of(file, layout))
    with text_of(file, layout.encoding) as text:
        return sum(1 for line in lines_of(text) if not line.isspace())


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """`{"author": {"id": 1}}` as `{"author.id": 1}`; lists are left out."""
    if not isinstance(value, dict):
        raise TypeError("not an object")
    found: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            found.update(flatten(item, f"{prefix}{key}."))
        elif not isinstance(item, list):
            found[f"{prefix}{key}"] = item
    return found


class _Tap:
    """Lines on their way to the csv reader, kept until the record they make is complete."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._taken: list[str] = []
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.line += 1
        self._taken.append(line)
        return line

    def take(self) -> tuple[int, str]:
        """The line the record began on, and its text."""
        raw, start = "".join(self._taken), self.line - len(self._taken) + 1
        self._taken.clear()
        return start, raw


def _csv_rows(lines: Iterator[str], layout: Layout, *, has_heading: bool) -> Iterator[Row]:
    tap = _Tap(lines)
    # Strict: a stray quote would otherwise glue rows together in silence.
    reader = csv.reader(tap, delimiter=layout.delimiter, strict=True)
    number, is_heading = 0, has_heading
    while True:
        cells, fault = _next_record(reader)
        if cells is None and not fault:
            return
        line, raw = tap.take()
        if not raw.strip():
            continue
        if is_heading:
            is_heading = False
            continue
        number += 1
        fault = fault or _fault_of(cells or [], raw, layout)
        named = {} if fault else dict(zip(layout.columns, cells or [], strict=False))
        yield Row(number, line, _bytes_of(raw), named, fault)


def _next_record(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return None, f"the quotes of this row do not match: {error}"


def _fault_of(cells: list[str], raw: str, layout: Layout) -> str:
    if _UNDECODED.search(raw):
        return f"holds bytes that are not {layout.encoding}"
    extra = cells[len(layout.columns) :]
    if any(cell.strip() for cell in extra):
        return f"has {len(cells)} columns, the heading has {len(layout.columns)}"
    return ""


def _json_rows(lines: Iterator[str], layout: Layout) -> Iterator[Row]:
    number = 0
    for line, raw in enumerate(lines, 1):
        if raw.isspace():
            continue
        number += 1
        cells, fault = _json_cells(raw, layout)
        yield Row(number, line, _bytes_of(raw), cells, fault)


def _json_cells(raw: str, layout: Layout) -> tuple[Mapping[str, Any], str]:
    if _UNDECODED.search(raw):
        return {}, f"holds bytes that are not {layout.encoding}"
    try:
        return flatten(json.loads(raw)), ""
    except RecursionError:
        return {}, "is nested too deeply"
    except json.JSONDecodeError as error:
        return {}, f"is not JSON: {error.msg} at character {error.pos + 1}"
    except (TypeError, ValueError):
        return {}, "is not a JSON object"


def _bytes_of(raw: str) -> bytes:
    """A row in UTF-8, whatever the file was in; a byte that did not decode stays as it was."""
    return raw.rstrip("\r\n").encode("utf-8", "surrogateescape")
