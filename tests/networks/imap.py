"""Mail servers on this machine: one of our own that speaks what is asked of it, and Dovecot.

Dovecot is used where it is installed (`dovecot` and `doveconf` in the path, started as root, which
drops to nobody); without it its tests are skipped, and say so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from inbox.connectors.base import Access

USER, PASSWORD = "board@example.com", "pass-wörd"
NOBODY = 65534


class MailServer(Protocol):
    """What tests need of a mail server."""

    port: int

    def deliver(self, raw: bytes, *, at: datetime | None = None) -> None:
        """Put a message into the mailbox."""

    def renumber(self) -> None:
        """Number all messages anew, as servers do after a repair."""


def access_to(server: MailServer, *, password: str = PASSWORD, **settings: str) -> Access:
    """How the connector reads its mailbox; unencrypted, for it is on this machine."""
    return Access(
        "",
        settings={
            "host": "127.0.0.1", "port": str(server.port), "username": USER, "folder": "INBOX",
            "security": "plain", "senders": "example.org", **settings,
        },
        secrets={"password": password},
        allow_private=True,
    )  # fmt: skip


@dataclass
class Kept:
    """One message of the mailbox."""

    uid: int
    at: datetime
    raw: bytes


class OwnServer:
    """As much of IMAP as is asked of it; `faults` are answered in place of the next commands."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.validity = 7
        self.next_uid = 1
        self.port = 0
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []

    def deliver(self, raw: bytes, *, at: datetime | None = None) -> None:
        self.kept.append(Kept(self.next_uid, at or datetime.now(UTC), raw))
        self.next_uid += 1

    def renumber(self) -> None:
        self.validity += 1
        for number, kept in enumerate(self.kept, 40):
            kept.uid = number
        self.next_uid = 40 + len(self.kept)

    def answer(self, line: str) -> list[bytes]:
        """The lines with which a command is answered."""
        tag, _, rest = line.partition(" ")
        self.asked.append(re.sub(r"LOGIN .*", "LOGIN …", rest))
        command = rest.upper()
        for name, fault in self.faults.items():
            if command.startswith(name):
                return [f"{tag} {fault}".encode()]
        if command.startswith("LOGIN"):
            is_right = USER in rest and PASSWORD in rest
            return [f"{tag} {'OK' if is_right else 'NO'} login".encode()]
        if command.startswith("EXAMINE"):
            return self._examine(tag, rest)
        if command.startswith("UID SEARCH"):
            return [f"* SEARCH {self._search(rest)}".encode(), f"{tag} OK done".encode()]
        if command.startswith("UID FETCH"):
            return [*self._fetch(rest), f"{tag} OK done".encode()]
        if command.startswith("CAPABILITY"):
            return [b"* CAPABILITY IMAP4rev1", f"{tag} OK done".encode()]
        if command.startswith("LOGOUT"):
            return [b"* BYE", f"{tag} OK done".encode()]
        return [f"{tag} BAD what".encode()]

    def _examine(self, tag: str, rest: str) -> list[bytes]:
        if '"INBOX"' not in rest:
            return [f"{tag} NO no such mailbox".encode()]
        told = [f"* {len(self.kept)} EXISTS", f"* OK [UIDVALIDITY {self.validity}] ok",
                f"* OK [UIDNEXT {self.next_uid}] ok", f"{tag} OK [READ-ONLY] done"]  # fmt: skip
        return [one.encode() for one in told]

    def _search(self, rest: str) -> str:
        if since := re.search(r"SINCE (\S+)", rest):
            day = datetime.strptime(since[1], "%d-%b-%Y").replace(tzinfo=UTC).date()
            found = [one.uid for one in self.kept if one.at.date() >= day]
        else:
            first = int(re.findall(r"UID (\d+):\*", rest)[0])
            found = [one.uid for one in self.kept if one.uid >= first]
            found = found or [one.uid for one in self.kept[-1:]]
        return " ".join(str(uid) for uid in found)

    def _fetch(self, rest: str) -> list[bytes]:
        uid, largest = int(rest.split()[2]), int(re.findall(r"<0\.(\d+)>", rest)[0])
        for number, one in enumerate(self.kept, 1):
            if one.uid == uid:
                raw = one.raw[:largest]
                date = one.at.strftime("%d-%b-%Y %H:%M:%S +0000")
                head = f'* {number} FETCH (UID {uid} INTERNALDATE "{date}" BODY[]<0> {{{len(raw)}}}'
                return [head.encode(), raw + b")"]
        return []


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Our own server on a free port."""
    mail = OwnServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                told = mail.answer(line.decode().rstrip("\r\n"))
                if told[-1].endswith(b" CLOSE"):
                    return
                self.wfile.write(b"\r\n".join(told) + b"\r\n")
                if b"* BYE" in told:
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mail.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mail
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class Dovecot:
    """A real server; messages are laid into its maildir."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._mail = folder / "mail" / USER
        self._count = 0
        for name in ("new", "cur", "tmp"):
            (self._mail / name).mkdir(parents=True)
        self._own()

    def _own(self) -> None:
        for path in (self._mail.parent, self._mail, *self._mail.rglob("*")):
            os.chown(path, NOBODY, NOBODY)

    def deliver(self, raw: bytes, *, at: datetime | None = None) -> None:
        self._count += 1
        path = self._mail / "new" / f"{1_700_000_000 + self._count}.{self._count}.here"
        path.write_bytes(raw)
        stamp = (at or datetime.now(UTC)).timestamp()
        os.utime(path, (stamp, stamp))
        self._own()

    def renumber(self) -> None:
        time.sleep(1.1)  # Dovecot's number of a numbering is the second it was made in.
        for path in self._mail.glob("dovecot*"):
            path.unlink()


_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_username_format = %Lu
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


def _found(program: str) -> str:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""


def why_no_dovecot() -> str:
    """Why Dovecot cannot be started here, or ""."""
    if not (_found("dovecot") and _found("doveconf")):
        return "Dovecot is not installed (Debian: dovecot-imapd)"
    return "" if os.geteuid() == 0 else "Dovecot is started as root only"


@contextmanager
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Dovecot on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Its processes are nobody's, and pass through every folder above theirs.
    top = Path(tempfile.gettempdir())
    for path in takewhile(lambda path: path != top, (folder, *folder.parents)):
        path.chmod(0o755)
    (folder / "run").mkdir()
    server = Dovecot(folder, port)
    told: dict[str, Any] = {"folder": folder, "password": PASSWORD, "nobody": NOBODY, "port": port}
    (folder / "dovecot.conf").write_text(_CONFIGURATION.format(**told))
    command = [_found("dovecot"), "-F", "-c", str(folder / "dovecot.conf")]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        _wait_for(port)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Dovecot does not answer.")
