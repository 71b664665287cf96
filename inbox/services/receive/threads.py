"""Which post belongs to which ticket: pure bookkeeping over rows that are already in memory.

Every post with content hangs in a tree by its parent's external id. The page's own posts that hang
under no ticket stand free, and have none; anybody else's post under nothing, or under one of those,
opens a thread; everything else belongs to its parent's thread. Direct messages without a parent are
one thread for each conversation, the page's own included once somebody else has written. That is a
function of the set of posts alone, so the order in which they come cannot matter; what came too
early is healed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox.models import Post, Ticket


def is_history(post: Post, before: datetime | None) -> bool:
    """Whether `post` was written so long ago that taking it in is nobody's work."""
    return before is not None and post.posted_at < before


@dataclass(slots=True, eq=False)
class Thread:
    """One ticket to be: either it exists (`ticket`), or `opening` is the post that opens it."""

    ticket: Ticket | None = None
    opening: Post | None = None
    previous: Ticket | None = None
    posts: list[Post] = field(default_factory=list)  # posts that come in, or move in one by one
    absorbed: list[Ticket] = field(default_factory=list)  # tickets that turned out to be part of it
    reopener: Post | None = None
    joined: Thread | None = None
    followed_by: Thread | None = None

    def find(self) -> Thread:
        """The thread this one has become part of."""
        thread = self
        while thread.joined is not None:
            thread = thread.joined
        return thread

    def absorb(self, other: Thread) -> None:
        self.posts += other.posts
        if other.ticket is not None:
            self.absorbed.append(other.ticket)
        self.absorbed += other.absorbed
        self.reopener = self.reopener or other.reopener
        other.joined = self

    def stored(self) -> list[Ticket]:
        """The tickets that exist already and are this thread's."""
        return [self.ticket, *self.absorbed] if self.ticket else self.absorbed

    @property
    def is_new(self) -> bool:
        return not self.stored()


class Weaver:
    """Places the posts of a batch, and the ones already here that they concern."""

    def __init__(
        self,
        *,
        arrived: Iterable[Post],
        loosened: Iterable[Post],
        present: Iterable[Post],
        newest: dict[int, Ticket],
        talks: dict[str, int],
        reopen_within: timedelta,
        history_before: datetime | None = None,
    ) -> None:
        """Prepare to place `arrived` (content came now) and `loosened` (stored, parent came now).

        `present` are stored posts whose place stands. `newest` maps each ticket id to the last
        ticket of its chain, `talks` each conversation to a ticket of it.
        """
        self.arrived = {post.external_id for post in arrived}
        moving = [*arrived, *loosened]
        self.moving = {post.external_id: post for post in moving}
        self.present = {post.external_id: post for post in present if not post.is_stub}
        self.newest = newest
        self.reopen_within = reopen_within
        self.history_before = history_before
        self.threads: dict[int, Thread] = {}
        self.opened: list[Thread] = []
        self.placed: dict[str, Thread | None] = {}
        self.talks = {name: newest[pk] for name, pk in talks.items()}
        self.talking: dict[str, Thread] = {}
        self.unanswered: dict[str, list[Post]] = {}  # own messages that no thread has so far
        self.links: dict[str, Post] = {}  # parents found, by the external id of the child
        for post in sorted(moving, key=lambda post: (post.posted_at, post.external_id)):
            self._place(post)

    def concerned(self) -> list[Thread]:
        """The threads that change: stored ones by age, then new ones in the order they open."""
        stored = [thread for _, thread in sorted(self.threads.items())]
        return [
            thread
            for thread in stored + self.opened
            if thread.joined is None and (thread.posts or thread.absorbed)
        ]

    def _place(self, post: Post) -> None:
        path: dict[str, Post] = {}
        above: Post | None = post
        while above is not None and above.external_id not in self.placed:
            if above.external_id in path:  # A ring: nobody is the first, so it is cut here.
                above = None
            elif above.external_id in self.moving:
                path[above.external_id] = above
                above = self._parent_of(above)
            else:
                self.placed[above.external_id] = self._thread_of(above)
        for below in reversed(path.values()):
            self.placed[below.external_id] = self._settle(below, above)
            above = below

    def _parent_of(self, post: Post) -> Post | None:
        name = post.parent_external_id
        return (self.moving.get(name) or self.present.get(name)) if name else None

    def _settle(self, post: Post, parent: Post | None) -> Thread | None:
        above = self._above(parent)
        own_thread = self._thread_of(post)
        if own_thread is not None and own_thread is above:
            return above  # The parent hangs under this very post: linking them would make a ring.
        if parent is not None:
            self.links[post.external_id] = parent
        if own_thread is not None:
            if above is None:
                return own_thread
            above.absorb(own_thread)
            return above
        above = above or self._talk_of(post)
        if above is None and post.is_own:
            if post.conversation:
                self.unanswered.setdefault(post.conversation, []).append(post)
            return None
        if above is None:
            above = self._open(post)
        elif post.external_id in self.arrived:
            above = self._continued(above, post)
        above.posts.append(post)
        self._keep_talk(above, post)
        return above

    def _talk_of(self, post: Post) -> Thread | None:
        """The thread that the conversation of a direct message has so far."""
        if not post.conversation:
            return None
        if post.conversation in self.talking:
            return self.talking[post.conversation].find()
        ticket = self.talks.get(post.conversation)
        return self._thread_with(ticket) if ticket else None

    def _keep_talk(self, thread: Thread, post: Post) -> None:
        """Let what else is said in the conversation of `post` go where `post` went."""
        if not post.conversation:
            return
        self.talking[post.conversation] = thread
        for earlier in self.unanswered.pop(post.conversation, ()):
            thread.posts.append(earlier)
            self.placed[earlier.external_id] = thread

    def _above(self, parent: Post | None) -> Thread | None:
        if parent is None:
            return None
        thread = self.placed.get(parent.external_id)
        return thread.find() if thread else None

    def _thread_of(self, post: Post) -> Thread | None:
        if post.ticket_id is None:
            return None
        return self._thread_with(self.newest[post.ticket_id])

    def _thread_with(self, ticket: Ticket) -> Thread:
        thread = self.threads.get(ticket.pk)
        if thread is None:
            thread = self.threads[ticket.pk] = Thread(ticket=ticket)
        return thread.find()

    def _open(self, post: Post, previous: Ticket | None = None) -> Thread:
        reopener = None if is_history(post, self.history_before) else post
        thread = Thread(opening=post, previous=previous, reopener=reopener)
        self.opened.append(thread)
        return thread

    def _continued(self, thread: Thread, post: Post) -> Thread:
        """The thread that a reply to `thread` joins: itself, or its follow-up when that is over."""
        while thread.followed_by is not None:
            thread = thread.followed_by.find()
        if post.is_own or is_history(post, self.history_before):
            return thread
        if thread.reopener is None and thread.ticket is not None:
            ticket = thread.ticket
            if (
                ticket.resolved_at is not None
                and post.posted_at - ticket.resolved_at > self.reopen_within
            ):
                thread.followed_by = self._open(post, previous=ticket)
                return thread.followed_by
        thread.reopener = thread.reopener or post
        return thread
