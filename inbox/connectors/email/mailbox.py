"""A mailbox over IMAP: read only, guarded, bounded in time and size, with errors for a person."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from inbox.connectors.addresses import PrivateAddress, public_addresses
from inbox.connectors.base import Access
from inbox.connectors.errors import Expired, Forbidden, Gone, Refused, Unreachable
from inbox.connectors.http import LONGEST_REASON

SECONDS = 20.0
LARGEST = 2_000_000  # bytes of a message that are read; the rest can only be attachments
PORTS = {"tls": 993, "starttls": 143, "plain": 143}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,60})"')


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as the mailbox keeps it."""

    uid: int
    arrived_at: datetime
    raw: bytes


class _Guarded(imaplib.IMAP4):
    """Connects to the very address that was checked, and reads no more than it can hold."""

    def __init__(self, host: str, port: int, *, security: str, allow_private: bool) -> None:
        self._security = security
        self._allow_private = allow_private
        super().__init__(host, port, SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        addresses = public_addresses(self.host, self.port, allow_private=self._allow_private)
        failed: OSError = OSError("it has no address")
        for address in addresses:
            try:
                found = socket.create_connection((address, self.port), timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed
        if self._security == "tls":
            return _tls().wrap_socket(found, server_hostname=self.host)
        return found

    def read(self, size: int) -> bytes:
        if size > LARGEST + 100_000:
            raise self.abort("answers with more than was asked for")
        return bytes(super().read(size))


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class Mailbox:
    """One folder that is open for reading; nothing in it is marked or changed."""

    def __init__(self, client: imaplib.IMAP4, validity: int, next_uid: int) -> None:
        self._client = client
        self.validity = validity
        self.next_uid = next_uid  # the first that no message has so far; 0 when not told

    def after(self, uid: int) -> list[int]:
        """Messages that came after `uid`, oldest first."""
        # `*` is the newest message, even when its number is lower than the first of the range.
        return [one for one in self._search(f"UID {uid + 1}:*") if one > uid]

    def since(self, at: datetime) -> list[int]:
        """Messages that came on the day of `at` or later, oldest first."""
        day = at.astimezone(UTC)
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def _search(self, what: str) -> list[int]:
        answer = self._ask("SEARCH", what)
        numbers = b" ".join(part for part in answer if isinstance(part, bytes)).split()
        return sorted(int(one) for one in numbers if one.isdigit())

    def read(self, uids: Sequence[int]) -> list[Stored]:
        """The messages `uids`, each cut at `LARGEST`; those that are gone are left out."""
        found = []
        for uid in uids:
            answer = self._ask("FETCH", str(uid), f"(UID INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)")
            if stored := _stored(answer, uid):
                found.append(stored)
        return found

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        try:
            status, answer = self._client.uid(command, *arguments)
        except (imaplib.IMAP4.error, OSError) as error:
            raise _meant(error) from None
        if status != "OK":
            raise Unreachable(f"refuses to {command.lower()}: {_said(answer)}")
        return list(answer)


def _stored(answer: list[Any], uid: int) -> Stored | None:
    for part in answer:
        if not isinstance(part, tuple) or len(part) != 2:
            continue
        head = b" ".join([part[0], *(one for one in answer if isinstance(one, bytes))])
        number, date = _UID.search(head), _DATE.search(head)
        if number and int(number[1]) == uid:
            return Stored(uid, _moment(date[1].decode() if date else ""), part[1])
    return None


def _moment(text: str) -> datetime:
    try:
        found = parsedate_to_datetime(text.strip().replace("-", " ", 2))
    except (TypeError, ValueError):
        return datetime.now(UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


@contextmanager
def opened(access: Access) -> Iterator[Mailbox]:
    """The folder of a channel. Raises `NetworkError`."""
    settings = access.settings
    security = settings.get("security") or "tls"
    if security not in PORTS:
        raise Refused(f"knows no security {security!r}: it is tls, starttls or plain")
    if security == "plain" and not access.allow_private:
        raise Refused("is not asked without encryption: a password would travel in the open")
    told = settings.get("port", "").strip()
    port = int(told) if told.isdecimal() and 0 < int(told) < 65536 else PORTS[security]
    client = _connected(settings.get("host", "").strip(), port, security, access)
    try:
        _sign_in(client, settings.get("username", ""), access.secrets.get("password", ""))
        yield _folder(client, settings.get("folder") or "INBOX")
    except (imaplib.IMAP4.error, OSError) as error:
        raise _meant(error) from None
    finally:
        _leave(client)


def _connected(host: str, port: int, security: str, access: Access) -> imaplib.IMAP4:
    if not host:
        raise Refused("needs the name of the mail server")
    try:
        client = _Guarded(host, port, security=security, allow_private=access.allow_private)
        if security == "starttls":
            client.starttls(_tls())
    except PrivateAddress as error:
        raise Unreachable(f"{error}; only public addresses are asked") from None
    except (imaplib.IMAP4.error, OSError, UnicodeError) as error:
        raise _meant(error) from None
    return client


def _sign_in(client: imaplib.IMAP4, username: str, password: str) -> None:
    # imaplib writes commands in ASCII; names and passwords may hold more.
    client._encoding = "utf-8"  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        client.login(username, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise Expired("does not let us in: the name or the password is wrong") from None


def _folder(client: imaplib.IMAP4, name: str) -> Mailbox:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    status, answer = client.select(quoted, readonly=True)
    if status != "OK":
        said = _said(answer)
        if "permission" in said.lower():
            raise Forbidden(f"lets us not read the folder {name}")
        raise Gone(f"knows no folder {name}")
    return Mailbox(client, _told(client, "UIDVALIDITY"), _told(client, "UIDNEXT"))


def _told(client: imaplib.IMAP4, name: str) -> int:
    _, answer = client.response(name)
    value = answer[-1] if answer else None
    return int(value) if isinstance(value, bytes) and value.isdigit() else 0


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        client.shutdown()


def _meant(error: Exception) -> Unreachable:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(f"has no valid certificate: {error.verify_message}"[:LONGEST_REASON])
    if isinstance(error, TimeoutError):
        return Unreachable(f"did not answer within {SECONDS:g} seconds")
    return Unreachable(f"cannot be read: {error}"[:LONGEST_REASON])


def _said(answer: Sequence[Any]) -> str:
    words = [part.decode("utf-8", "replace") for part in answer if isinstance(part, bytes)]
    return " ".join(words)[:LONGEST_REASON]
