"""E-mail in: for boards and reviews that tell of what is written there by mail only."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from inbox.connectors import values
from inbox.connectors.base import Access, Capabilities, Field, Identity, Network
from inbox.connectors.email import parsing
from inbox.connectors.email.mailbox import Mailbox, Stored, opened
from inbox.connectors.gathering import Gathering
from inbox.connectors.tape import Tape, present
from inbox.connectors.types import Delivery, Page

AT_ONCE = 25
# A mailbox that was numbered anew is read from a little before the last message.
_OVERLAP = timedelta(days=1)
_ON_THE_BOARD = "Mail only tells of the post: answer on the board, where its link leads."


class Email(Network):
    """One folder of a mailbox, read over IMAP and left as it is."""

    slug = "email"
    label = "E-mail notifications"
    capabilities = Capabilities(
        polling=True,
        missing={
            "reply": _ON_THE_BOARD,
            "private_reply": _ON_THE_BOARD,
            "edit": _ON_THE_BOARD,
            "delete": _ON_THE_BOARD,
            "hide": _ON_THE_BOARD,
            "like": _ON_THE_BOARD,
        },
    )
    fields = (
        Field("host", "Mail server", "imap.example.com"),
        Field("username", "User name", "Often the address of the mailbox."),
        Field("password", "Password", "An app password, where the provider has them.",
              is_secret=True),
        Field("folder", "Folder", "", is_required=False, default="INBOX"),
        Field("port", "Port", "993 unless told otherwise.", is_required=False),
        Field("security", "Security", "tls or starttls.", is_required=False, default="tls"),
        Field(
            "senders",
            "Only from",
            "Addresses or domains, apart by commas. Empty: whoever writes.",
            is_required=False,
        ),
        Field(
            "cut_before",
            "Text begins after",
            "A regular expression (RE2): what stands before and in it is left out.",
            is_required=False,
        ),
        Field(
            "cut_after",
            "Text ends at",
            "A regular expression: from it on everything is left out.",
            is_required=False,
        ),
        Field(
            "author_pattern",
            "Author",
            "A regular expression whose first group is the author: New review by (.+)",
            is_required=False,
        ),
        Field(
            "link_pattern",
            "Link",
            r"A regular expression whose first group is the post's address: (https://board\S+)",
            is_required=False,
        ),
        Field(
            "rating_pattern",
            "Stars",
            r"A regular expression whose first group is 1 to 5: (\d) of 5 stars",
            is_required=False,
        ),
    )  # fmt: skip
    poll_every = timedelta(minutes=2)

    def identify(self, access: Access) -> Identity:
        """Sign in, open the folder, and try the expressions."""
        for name in parsing.PATTERNS:
            if pattern := access.settings.get(name):
                parsing.compiled(pattern)
        with opened(access):
            pass
        name = access.settings.get("username", "")
        faults = () if access.settings.get("senders") else (_EVERYBODY,)
        return Identity(name, handle=name, name=name, faults=faults)

    def fetch(self, access: Access, cursor: Mapping[str, Any]) -> Page:
        """The messages that came since `cursor`, at most 25, oldest first."""
        tape = present()
        if tape is not None and tape.is_playing:
            return _played(tape, access.settings, cursor)
        with opened(access) as mailbox:
            wanted, until = _wanted(mailbox, cursor)
            if wanted is None:
                newest = max(mailbox.next_uid - 1, 0)
                return Page((), _cursor(mailbox, newest, cursor.get("at")))
            messages = mailbox.read(wanted[:AT_ONCE])
        gathering = Gathering()
        own = access.settings.get("username", "")
        for stored in messages:
            if until is None or stored.arrived_at >= until:
                _note(tape, stored)
                _gather(gathering, stored, access.settings, own)
        newest = wanted[:AT_ONCE][-1] if wanted else _known(mailbox, cursor)
        at = max([*(one.arrived_at.isoformat() for one in messages), str(cursor.get("at") or "")])
        step = _cursor(mailbox, newest, at)
        if until is not None and len(wanted) > AT_ONCE:
            step["until"] = until.isoformat()
        return Page(
            tuple(gathering.posts),
            step,
            has_more=len(wanted) > AT_ONCE,
            refused=tuple(gathering.refused),
        )

    def parse_delivery(self, access: Access, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Read a message again that waited in quarantine."""
        gathering = Gathering()
        own = access.settings.get("username", "")
        _gather(gathering, Stored(0, datetime.now(UTC), body), access.settings, own)
        return gathering.delivery()


_EVERYBODY = (
    "Anybody who writes to this mailbox gets in: name the board's addresses under Only from."
)


def _wanted(
    mailbox: Mailbox, cursor: Mapping[str, Any]
) -> tuple[list[int] | None, datetime | None]:
    """Numbers of what is to be read, and since when it counts; None: from now on only."""
    until = values.stamp(cursor.get("until") or cursor.get("since"), "since")
    if cursor.get("validity") == mailbox.validity and cursor.get("uid") is not None:
        return mailbox.after(int(cursor["uid"])), until
    if cursor.get("validity"):
        # The server has numbered its messages anew; what is known already changes nothing.
        known = values.stamp(cursor.get("at"), "at")
        until = known - _OVERLAP if known else until or datetime.now(UTC) - _OVERLAP
    if until is None:
        return None, None
    return mailbox.since(until), until


def _known(mailbox: Mailbox, cursor: Mapping[str, Any]) -> int:
    if cursor.get("validity") == mailbox.validity and cursor.get("uid") is not None:
        return int(cursor["uid"])
    return max(mailbox.next_uid - 1, 0)


def _cursor(mailbox: Mailbox, uid: int, at: Any) -> dict[str, Any]:
    return {"validity": mailbox.validity, "uid": uid, "at": at or ""}


def _note(tape: Tape | None, stored: Stored) -> None:
    """Remember a message as it came, so that it can be read again later."""
    if tape is not None:
        at = {"at": stored.arrived_at.isoformat()}
        tape.note(f"imap:/{stored.uid}", at, 200, b64encode(stored.raw))


def _played(tape: Tape, settings: Mapping[str, str], cursor: Mapping[str, Any]) -> Page:
    """The messages of a tape, read once more; no mailbox is opened."""
    gathering = Gathering()
    for answer in tape.answers:
        told = parse_qs(answer.query).get("at", [""])[0]
        at = values.moment(told, "at") or datetime.now(UTC)
        uid = int(answer.path.strip("/") or 0)
        stored = Stored(uid, at, b64decode(answer.body))
        _gather(gathering, stored, settings, settings.get("username", ""))
    return Page(tuple(gathering.posts), dict(cursor), refused=tuple(gathering.refused))


def _gather(
    gathering: Gathering, stored: Stored, settings: Mapping[str, str], account: str
) -> None:
    path = f"message {stored.uid}"
    gathering.add(
        path,
        stored.raw,
        lambda: parsing.posts_of(stored, path, settings=settings, account=account),
    )
