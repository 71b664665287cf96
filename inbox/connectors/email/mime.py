"""Messages as strangers write them: hostile MIME in, plain values out, always in bounded time."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from inbox.connectors import values
from inbox.connectors.readable import readable

MOST_PARTS = 100
DEEPEST = 20
MOST_LINES = 2_000  # that look like the border of a part
LONGEST_HEADER = 10_000
MOST_FILES = 20
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_ID = re.compile(r"<\s*([^<>\s]{1,290})\s*>")


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message says."""

    message: Message
    subject: str
    text: str
    address: str
    name: str
    files: tuple[str, ...]

    def header(self, name: str) -> str:
        """A header's value in plain words, or ""."""
        return header(self.message, name)


def read_mail(raw: bytes) -> Mail:
    """Read a message; of one that is built to hurt only the head is read."""
    message = _parsed(raw)
    text, files = _content(message)
    name, address = _sender(message)
    return Mail(message, header(message, "Subject"), text, address, name, files)


def _parsed(raw: bytes) -> Message:
    # The parser goes as deep as the message does, and looks for every boundary in every line.
    if len(_BOUNDARY.findall(raw)) <= DEEPEST and raw.count(b"\n--") <= MOST_LINES:
        try:
            return message_from_bytes(raw, policy=compat32)
        except (RecursionError, ValueError, LookupError, AttributeError):
            pass
    return BytesHeaderParser(policy=compat32).parsebytes(raw[:100_000])


def header(message: Message, name: str) -> str:
    """A header's value in plain words, or ""; what cannot be decoded stays as it came."""
    try:
        value = message.get(name)
    except (ValueError, LookupError):
        return ""
    if value is None:
        return ""
    told = str(value)[:LONGEST_HEADER]  # of a longer one decoding takes for ever
    try:
        parts = decode_header(told)
    except (ValueError, LookupError, AttributeError):
        parts = [(told, None)]
    words = [
        part if isinstance(part, str) else decoded(part, charset or "utf-8")
        for part, charset in parts
    ]
    return values.clean(" ".join("".join(words).split()))


def decoded(content: bytes, charset: str) -> str:
    """Text of any charset; of an unknown one as much as can be read."""
    try:
        known = codecs.lookup(charset.strip().strip("\"'")).name
        return content.decode(known, "replace")
    except (LookupError, ValueError, UnicodeError, TypeError):
        return content.decode("utf-8", "replace")


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold content, without recursion and without end."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting[:0] = [one for one in inner if isinstance(one, Message)]
        else:
            yield part


def _content(message: Message) -> tuple[str, tuple[str, ...]]:
    """The readable text, plain before HTML, and the names of what is attached."""
    plain = html = ""
    files: list[str] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        name = _file_name(part)
        is_file = bool(name) or part.get_content_disposition() == "attachment"
        if is_file or not kind.startswith("text/"):
            if is_file and len(files) < MOST_FILES:
                files.append(name or kind)
            continue
        if kind == "text/html":
            html = html or _text_of(part)
        elif kind == "text/plain":
            plain = f"{plain}\n{_text_of(part)}" if plain else _text_of(part)
    text = plain if plain.strip() else readable(html) if html else ""
    return text.replace("\r\n", "\n"), tuple(files)


def _text_of(part: Message) -> str:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if not isinstance(content, bytes):
        return ""
    return values.clean(decoded(content, str(part.get_content_charset() or "utf-8")))


def _file_name(part: Message) -> str:
    try:
        found = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return "?"
    return values.clean(" ".join(found.split()))[:100] if isinstance(found, str) else ""


def _sender(message: Message) -> tuple[str, str]:
    """Name and address of who wrote it."""
    try:
        found = getaddresses([header(message, "From")[:1000]])
    except (ValueError, IndexError, RecursionError):
        found = []
    name, address = found[0] if found else ("", "")
    return name.strip()[: values.LONGEST_NAME], address.strip().lower()[: values.LONGEST_NAME]


def ids_in(text: str) -> list[str]:
    """The message ids a header names."""
    return _ID.findall(text)


def written_at(message: Message) -> datetime | None:
    """When it says it was written."""
    try:
        found = parsedate_to_datetime(header(message, "Date"))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
