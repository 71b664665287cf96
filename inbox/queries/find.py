"""Full-text search over posts, notes and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.db.models import Func, QuerySet
from django.db.models.functions import Lower
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.models import Contact, Note, Post, Ticket
from inbox.queries.headlines import headline_of, with_headlines
from inbox.queries.keyset import decode, encode
from inbox.queries.lists import shown
from inbox.queries.matching import Words, matches, matches_simply, words_of
from inbox.queries.newest import NOTE, POST, Found, Position, newest_first, newest_seen
from inbox.queries.patience import at_most
from inbox.queries.search_language import Wish, understand

Reader = User | AnonymousUser
LARGEST = 100
MOST_CONTACTS = 5
MOST_PEOPLE = 200
MOST_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding: in a post, in a note, or a contact. `headline` is safe HTML with <mark>."""

    ticket: Ticket
    at: datetime
    headline: SafeString
    post: Post | None = None
    note: Note | None = None
    contact: Contact | None = None

    @property
    def kind(self) -> str:
        """post, note or contact."""
        return POST if self.post else NOTE if self.note else "contact"


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Findings: on the first page a few contacts, then posts and notes, newest first.

    `message` says what to do when the search cannot work as asked; `jump` is the ticket when the
    text was its number.
    """

    hits: tuple[Hit, ...] = ()
    next: str = ""
    message: str = ""
    jump: Ticket | None = None


def search(user: Reader, text: str, *, after: str = "", size: int = 30) -> SearchPage:
    """Find what `user` may see; never raises, whatever `text` and `after` hold."""
    wish = understand(text)
    if wish.number is not None:
        return _by_number(user, wish.number)
    if not wish.has_words and not wish.handles:
        return SearchPage(message=_nothing_to_look_for(wish))
    try:
        with at_most(MOST_SECONDS):
            return _found(user, wish, after, max(1, min(size, LARGEST)))
    except OperationalError:
        return SearchPage(message=_("This search takes too long. Add another word."))


def _by_number(user: Reader, number: int) -> SearchPage:
    ticket = shown(Ticket.objects.visible_to(user)).filter(pk=number).first()
    message = "" if ticket else _("There is no ticket #%(n)d that you can see.") % {"n": number}
    return SearchPage(jump=ticket, message=message)


def _nothing_to_look_for(wish: Wish) -> str:
    if wish.terms:
        return _("Say what to look for, not only what to leave out.")
    return _('Type a word, a "phrase", the beginning of a word with * or a @handle.')


def _found(user: Reader, wish: Wish, after: str, size: int) -> SearchPage:
    words = words_of(wish.as_query()) if wish.has_words else None
    message = _limits_of(wish, words)
    if words and not words.by_configuration:
        return SearchPage(message=message)
    values = decode(after, [datetime, str, int])
    position = Position(*values) if values else None
    indexed, exact = matches(words) if words else ([], [])
    posts = newest_seen(user, _posts(wish, indexed), exact, POST, position, size + 1)
    notes = newest_seen(user, _notes(wish, indexed), exact, NOTE, position, size + 1)
    merged = sorted([*posts, *notes], key=newest_first)
    page = merged[:size]
    hits = _as_hits(user, page, words)
    if position is None:
        hits = [*_contact_hits(user, wish, words), *hits]
    has_more = len(merged) > size
    return SearchPage(
        hits=tuple(hits),
        next=encode([page[-1].at, page[-1].kind, page[-1].key]) if has_more else "",
        message=message,
    )


def _limits_of(wish: Wish, words: Words | None) -> str:
    if words and not words.by_configuration:
        return _("These words are too common to be searched for. Add another one.")
    if words and any(words.left_out):
        languages = ", ".join(code for code in words.left_out if code)
        return _("Too common to be searched for in: %(languages)s.") % {"languages": languages}
    if wish.was_cut:
        return _("Only the beginning of this long search was used.")
    return ""


def _posts(wish: Wish, conditions: Sequence[Func]) -> QuerySet[Post]:
    posts = Post.objects.filter(*conditions, is_stub=False, ticket__isnull=False)
    if wish.handles:
        people = _contacts_called(wish.handles).values_list("pk", flat=True)
        posts = posts.filter(contact__in=list(people[:MOST_PEOPLE]))
    return posts


def _notes(wish: Wish, conditions: Sequence[Func]) -> QuerySet[Note]:
    notes = Note.objects.filter(*conditions)
    if wish.handles:
        authors = User.objects.alias(low=Lower("handle")).filter(low__in=wish.handles)
        notes = notes.filter(author__in=list(authors.values_list("pk", flat=True)))
    return notes


def _contacts_called(handles: Iterable[str]) -> QuerySet[Contact]:
    spelled = [spelling for handle in handles for spelling in (handle, f"@{handle}")]
    return Contact.objects.alias(low=Lower("handle")).filter(low__in=spelled)


def _as_hits(user: Reader, page: list[Found], words: Words | None) -> list[Hit]:
    """Load tickets, rows and headlines of one page; what became invisible meanwhile is left out."""
    tickets = shown(Ticket.objects.visible_to(user)).in_bulk({row.ticket_id for row in page})
    keys = {kind: [row.key for row in page if row.kind == kind] for kind in (POST, NOTE)}
    posts = Post.objects.select_related("contact").defer("search", "contact__search")
    notes = Note.objects.select_related("author").defer("search")
    items: dict[str, dict[int, Any]] = {
        POST: with_headlines(posts, words).in_bulk(keys[POST]),
        NOTE: with_headlines(notes, words).in_bulk(keys[NOTE]),
    }
    return [
        Hit(tickets[row.ticket_id], row.at, headline_of(item.found), **{row.kind: item})
        for row in page
        if row.ticket_id in tickets and (item := items[row.kind].get(row.key))
    ]


def _contact_hits(user: Reader, wish: Wish, words: Words | None) -> list[Hit]:
    """A few contacts of that name, each with the newest of its tickets that `user` may see."""
    if words and wish.handles:
        return []
    found = _contacts_called(wish.handles)
    if words:
        found = Contact.objects.filter(matches_simply(words))
    people = list(found.values_list("pk", flat=True)[:MOST_PEOPLE])
    if not people:
        return []
    newest = Ticket.objects.visible_to(user).current().filter(contact__in=people)
    newest = newest.order_by("contact", "-last_post_at").distinct("contact")
    rows = shown(Ticket.objects.visible_to(user)).filter(pk__in=newest.values("pk"))
    return [
        Hit(ticket, ticket.last_post_at, _name_of(ticket.contact), contact=ticket.contact)
        for ticket in rows.order_by("-last_post_at", "-id")[:MOST_CONTACTS]
        if ticket.contact
    ]


def _name_of(contact: Contact) -> SafeString:
    handle = f" @{contact.handle.lstrip('@')}" if contact.handle else ""
    return headline_of(f"{contact}{handle}")
