"""What kind of file somebody brought: format, encoding, delimiter, columns."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import PurePath
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from inbox.connectors.files.rows import flatten, lines_of, text_of

CSV, JSON_LINES = "csv", "jsonl"
_CHUNK = 1 << 20
_HEAD = 65_536
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_UNDECODED = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WORKBOOK = b"PK\x03\x04"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class FileError(ValueError):
    """A file that cannot be read at all; the text is one sentence for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file. `mapping` holds our field → their column."""

    format: str = CSV
    encoding: str = "utf-8"
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    notices: tuple[str, ...] = ()

    @property
    def zone(self) -> tzinfo:
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    def as_json(self) -> dict[str, Any]:
        """Everything, for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Layout:
        """The reverse of `as_json`."""
        lists = {name: tuple(data.get(name, ())) for name in ("columns", "notices")}
        return cls(**{**data, **lists})


def look_at(file: BinaryIO, name: str) -> Layout:
    """Find out how to read `file` (rewound before and after); raises `FileError`."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip():
        raise FileError(f"{name} is empty.")
    encoding, notices = _encoding(file, head, name)
    layout = Layout(format=_format(head, encoding, name), encoding=encoding, notices=notices)
    layout = (
        _with_json_columns(file, layout, name)
        if layout.format == JSON_LINES
        else (_with_csv_columns(file, layout, name))
    )
    file.seek(0)
    return layout


def _encoding(file: BinaryIO, head: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, ()
    if head.startswith(_WORKBOOK):
        raise FileError(f"{name} is a workbook or archive: save it as CSV first.")
    sample = head[: len(head) // 2 * 2]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if (
            sample
            and sample[offset::2].count(0) > len(sample) // 5
            and b"\x00" not in sample[1 - offset :: 2]
        ):
            return encoding, ()
    if len(_CONTROL.findall(head)) > 8 + len(head) // 100 or (
        b"\x00" in head and not _is_utf8(head)
    ):
        raise FileError(f"{name} is a binary file, neither CSV nor JSON Lines.")
    return _eight_bit(file)


def _is_utf8(head: bytes) -> bool:
    """Whether `head`, which may end inside a character, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _eight_bit(file: BinaryIO) -> tuple[str, tuple[str, ...]]:
    """UTF-8, unless more of the file's special characters fail to decode than succeed."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    strange = broken = 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        if not text.isascii():
            strange += len(_NOT_ASCII.findall(text))
            broken += len(_UNDECODED.findall(text))
    if broken * 2 <= strange:
        return "utf-8", ()
    return "cp1252", ("The file is not UTF-8; it was read as Windows-1252.",)


def _format(head: bytes, encoding: str, name: str) -> str:
    start = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    suffix = PurePath(name).suffix.lower()
    if start.startswith("["):
        try:
            json.JSONDecoder().raw_decode(start[1:].lstrip())
        except ValueError:
            return JSON_LINES if suffix in {".jsonl", ".ndjson", ".json"} else CSV
        raise FileError(f"{name} is one JSON list: write one object a line (JSON Lines) instead.")
    if suffix in {".jsonl", ".ndjson", ".json"} or start.startswith("{"):
        return JSON_LINES
    return CSV


def _with_json_columns(file: BinaryIO, layout: Layout, name: str) -> Layout:
    columns: dict[str, None] = {}
    with text_of(file, layout.encoding) as text:
        for number, line in enumerate(lines_of(text)):
            if number == 200:
                break
            try:
                columns.update(dict.fromkeys(flatten(json.loads(line))))
            except (TypeError, ValueError, RecursionError):
                continue
    if not columns:
        raise FileError(f"{name} holds no JSON object in its first lines.")
    return replace(layout, columns=tuple(columns))


def _with_csv_columns(file: BinaryIO, layout: Layout, name: str) -> Layout:
    with text_of(file, layout.encoding) as text:
        first = next((line for line in lines_of(text) if line.strip()), "")
    # The delimiter is whatever cuts the heading into most columns.
    headings = {d: _cells(first, d) for d in (",", ";", "\t", "|")}
    delimiter = max(headings, key=lambda d: len(headings[d]))
    columns = _distinct(headings[delimiter])
    if not any(columns):
        raise FileError(f"{name} has no heading.")
    return replace(layout, delimiter=delimiter, columns=columns)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _distinct(cells: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for number, cell in enumerate(cells, 1):
        label = cell.strip() or f"column {number}"
        found.append(f"{label} ({number})" if label in found else label)
    return tuple(found)
