"""One ticket with everything its page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Prefetch, QuerySet, prefetch_related_objects

from accounts.models import Department, User
from inbox.models import Contact, Note, Post, PostVersion, Ticket, TicketEvent
from inbox.models.tickets import TicketQuerySet
from inbox.queries.keyset import beyond, decode, encode
from inbox.queries.lists import SECRETS
from inbox.queries.pictures import load_previews
from inbox.queries.presence import who
from routing.models import Decision

M = TypeVar("M", bound=Model)
Kind = TicketEvent.Kind
MOST_EARLIER = 10
# Of the same moment, in this order.
KINDS = ("post", "note", "event")
# A post's way up to the page's own post is this long at most.
STEPS_UP = "parent__parent__parent"
# Posts and notes stand in the conversation themselves.
SHOWN_OTHERWISE = (Kind.RECEIVED, Kind.NOTED, Kind.ANSWERED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the conversation: `kind` is post, note or event, `item` the row."""

    kind: str
    at: datetime
    item: Any

    @property
    def position(self) -> tuple[datetime, int, int]:
        """Its place in the story, which it shares with no other entry."""
        return self.at, KINDS.index(self.kind), self.item.pk


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket's story, oldest first.

    `root_posts` are the page's own posts it hangs under. `before` is the cursor of what came
    before the first entry, or "". `earlier` are other tickets of the contact that the person may
    see. `timeline` are its events, newest first; `names` the "users" and "departments" they speak
    of, by key.
    """

    ticket: Ticket
    root_posts: list[Post]
    entries: list[Entry]
    contact: Contact | None
    earlier: list[Ticket]
    decision: Decision | None
    presences: list[User]
    timeline: list[TicketEvent]
    names: dict[str, dict[int, str]]
    before: str


def tickets_in_full(user: User | AnonymousUser) -> TicketQuerySet:
    """Tickets `user` may see, each with what its page shows, in one query and its tags."""
    rows = Ticket.objects.visible_to(user).select_related(
        *("channel", "contact", "department", "assignee", "decision__rule"),
        *("decision__department", "sla_policy", "approval_by", "incident"),
    )
    return rows.defer("contact__search", *SECRETS).prefetch_related("tags")


def conversation_of(
    ticket: Ticket, user: User, *, before: str = "", size: int = 100
) -> Conversation:
    """The newest `size` entries of the ticket's story (those before the cursor), oldest first."""
    until = decode(before, [datetime, int, int])
    posts = _newest(posts_of(ticket), "post", until, size)
    notes = _newest(notes_of(ticket), "note", until, size)
    events = _newest(events_of(ticket), "event", until, size)
    entries = _merged(posts, notes, events)
    shown = entries[-size:]
    roots = _root_posts(ticket, posts)
    _with_versions([*roots, *posts])
    load_previews([*roots, *posts])
    return Conversation(
        ticket=ticket,
        root_posts=roots,
        entries=shown,
        contact=ticket.contact,
        earlier=earlier_tickets(ticket, user),
        decision=ticket.decision,
        presences=who(ticket=ticket, besides=user),
        timeline=events[:size],
        names=_names(ticket, events),
        before=encode(shown[0].position) if len(entries) > size else "",
    )


def earlier_tickets(ticket: Ticket, user: User | AnonymousUser) -> list[Ticket]:
    """The newest other tickets of the ticket's contact that `user` may see."""
    if ticket.contact_id is None:
        return []
    others = Ticket.objects.visible_to(user).current().filter(contact=ticket.contact_id)
    others = others.exclude(pk=ticket.pk).select_related("department", "channel")
    return list(others.defer(*SECRETS).order_by("-last_post_at", "-id")[:MOST_EARLIER])


def posts_of(ticket: Ticket) -> QuerySet[Post]:
    """What was said on the ticket, with who said it."""
    return (
        Post.objects.filter(ticket=ticket, is_stub=False)
        .select_related("contact", "sent_by")
        .defer("search", "contact__search")
    )


def notes_of(ticket: Ticket) -> QuerySet[Note]:
    """The ticket's internal remarks, with who wrote them."""
    return Note.objects.filter(ticket=ticket).select_related("author").defer("search")


def events_of(ticket: Ticket) -> QuerySet[TicketEvent]:
    """The ticket's timeline, with who acted."""
    return TicketEvent.objects.filter(ticket=ticket).select_related("actor")


def _merged(
    posts: Iterable[Post], notes: Iterable[Note], events: Iterable[TicketEvent]
) -> list[Entry]:
    entries = [Entry("post", post.posted_at, post) for post in posts]
    entries += [Entry("note", note.at, note) for note in notes]
    entries += [Entry("event", e.at, e) for e in events if e.kind not in SHOWN_OTHERWISE]
    return sorted(entries, key=attrgetter("position"))


def _newest(rows: QuerySet[M], kind: str, until: Sequence[Any] | None, size: int) -> list[M]:
    """The last rows of `kind` before the position `until`, newest first."""
    column = "posted_at" if kind == "post" else "at"
    if until is not None:
        at, kind_there, pk = until
        here = KINDS.index(kind)
        if here == kind_there:
            rows = rows.filter(beyond([column, "pk"], [at, pk], down=True))
        else:
            rows = rows.filter(**{f"{column}__{'lte' if here < kind_there else 'lt'}": at})
    return list(rows.order_by(f"-{column}", "-pk")[: size + 1])


def _with_versions(posts: list[Post]) -> None:
    """Load the earlier wordings of all posts; no query when nothing was edited."""
    edited = [post for post in posts if post.edited_at]
    rest = [post for post in posts if not post.edited_at]
    prefetch_related_objects(edited, "versions")
    prefetch_related_objects(rest, Prefetch("versions", PostVersion.objects.none()))


def _root_posts(ticket: Ticket, posts: list[Post]) -> list[Post]:
    """The page's own posts above the opening post, outermost first."""
    for post in posts:
        if post.pk == ticket.opening_post_id and post.parent_id is None:
            return []
    if ticket.opening_post_id is None:
        return []
    opening = Post.objects.filter(pk=ticket.opening_post_id).select_related(STEPS_UP).first()
    return posts_above(opening) if opening else []


def posts_above(opening: Post) -> list[Post]:
    """What the opening post of a ticket answers and everybody who sees the ticket may read.

    Outermost first. `STEPS_UP` has to be loaded with it, or each step is a query.
    """
    roots = []
    above = opening.parent
    for _step in STEPS_UP.split("__"):
        if above is None:
            break
        # Another ticket's post is that ticket's to show.
        if above.ticket_id is None and not above.is_stub:
            roots.append(above)
        above = above.parent
    return roots[::-1]


def _names(ticket: Ticket, events: list[TicketEvent]) -> dict[str, dict[int, str]]:
    """The people and departments named by key in the data of `events`."""
    people = {event.actor.pk: str(event.actor) for event in events if event.actor}
    if ticket.assignee:
        people[ticket.assignee.pk] = str(ticket.assignee)
    departments = {ticket.department.pk: ticket.department.name} if ticket.department else {}
    told = [
        part
        for event in events
        for part in (event.data, event.data.get("before"), event.data.get("after"))
        if isinstance(part, dict)
    ]
    strangers = _keys(told, "assignee") - people.keys()
    elsewhere = (
        _keys(told, "department") | _keys(told, "asked") | _keys(told, "settled")
    ) - departments.keys()
    if strangers:
        people |= {u.pk: str(u) for u in User.objects.filter(pk__in=strangers)}
    if elsewhere:
        departments |= dict(Department.objects.filter(pk__in=elsewhere).values_list("pk", "name"))
    return {"users": people, "departments": departments}


def _keys(told: Iterable[dict[str, Any]], name: str) -> set[int]:
    return {part[name] for part in told if isinstance(part.get(name), int)}
