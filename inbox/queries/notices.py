"""What a person is told, as they may see it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import User
from inbox.models import Consult, Note, Notice, Ticket
from inbox.queries.keyset import slice_of
from inbox.queries.lists import SECRETS

KEY: tuple[tuple[str, ...], tuple[type, ...]] = (("created_at", "id"), (datetime, int))
# The bell counts no further.
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Told:
    """One notice with what it is about; `ticket` is None when there is none for its reader."""

    notice: Notice
    ticket: Ticket | None = None
    note: Note | None = None
    consult: Consult | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether it is about a ticket its reader may not see (any more)."""
        return self.notice.ticket_id is not None and self.ticket is None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Notices, newest first, and the cursors of the pages around."""

    rows: list[Told] = field(default_factory=list)
    next: str = ""
    previous: str = ""


def notices_of(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user).select_related("actor")


def notice_page(user: User, *, after: str = "", size: int = 30) -> NoticePage:
    """What `user` was told, in four queries whatever the number."""
    columns, kinds = KEY
    found = slice_of(
        notices_of(user),
        order="newest",
        columns=columns,
        kinds=kinds,
        down=True,
        after=after,
        size=size,
    )
    return NoticePage(seen_by(user, found.rows), found.next, found.previous)


def seen_by(user: User | AnonymousUser, notices: Sequence[Notice]) -> list[Told]:
    """`notices` with what they are about, as far as `user` may see the ticket now."""
    wanted = {n.ticket_id for n in notices if n.ticket_id}
    visible = Ticket.objects.visible_to(user).select_related("contact", "channel", "department")
    tickets = visible.defer("contact__search", *SECRETS).in_bulk(wanted) if wanted else {}
    shown = [n for n in notices if n.ticket_id in tickets]
    notes = _about(shown, "note", Note.objects.defer("search"))
    consults = _about(shown, "consult", Consult.objects.select_related("department"))
    told = []
    for notice in notices:
        ticket = tickets.get(notice.ticket_id or 0)
        if ticket is None:
            told.append(Told(notice))
            continue
        note, consult = notes.get(notice.data.get("note")), consults.get(notice.data.get("consult"))
        told.append(Told(notice, ticket, note, consult))
    return told


def unread_of(user: User | AnonymousUser) -> int:
    """How many notices `user` has not read, up to `MOST_COUNTED`; asked once a request."""
    known: int | None = getattr(user, "_unread_notices", None)
    if known is None:
        unread = Notice.objects.filter(user=user.pk, read_at=None)
        known = len(unread.values_list("pk")[:MOST_COUNTED])
        remember_unread(user, known)
    return known


def remember_unread(user: User | AnonymousUser, number: int) -> None:
    """Keep the number on the object for the request's length."""
    user._unread_notices = number  # type: ignore[union-attr]  # noqa: SLF001


def _about(notices: Sequence[Notice], name: str, rows: QuerySet[Any]) -> dict[Any, Any]:
    keys = {n.data[name] for n in notices if isinstance(n.data.get(name), int)}
    return rows.in_bulk(keys) if keys else {}
