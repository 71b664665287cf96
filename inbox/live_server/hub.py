"""Who listens, and what each of them has yet to be told."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable

from accounts.access import Access
from inbox.live_server import messages
from inbox.live_server.messages import Change, Message
from inbox.live_server.viewers import Viewer

# More than this waiting, and fetching the list anew is cheaper than fetching the rows.
MOST_PENDING = 300
MESSAGES_KEPT = 2000
# Marks come from the web process and from other hosts, whose clocks may differ a little.
CLOCK_SLACK_MS = 1500


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Client:
    """One open stream: what waits to be sent on it, coalesced by ticket."""

    def __init__(self, viewer: Viewer, ticket: int | None = None) -> None:
        self.viewer = viewer
        self.ticket = ticket
        self.end: str | None = None
        self.wake = asyncio.Event()
        self._pending: dict[str, dict[int, Change]] = {}
        self._resync: str | None = None
        self._has_notice = False

    def notify(self) -> None:
        """Have the page look at its person's notices."""
        self._has_notice = True
        self.wake.set()

    def add(self, kind: str, changes: list[Change]) -> None:
        """Queue changes; a ticket that waits already keeps where it came from."""
        if kind == "presence":
            # Who looks at a ticket interests only those who look at it too.
            changes = [change for change in changes if change[0] == self.ticket]
        if not changes or self._resync:
            return
        waiting = self._pending.setdefault(kind, {})
        for ticket, now, before in changes:
            earlier = waiting.get(ticket)
            waiting[ticket] = (ticket, now, earlier[2] if earlier else before)
        if sum(map(len, self._pending.values())) > MOST_PENDING:
            self.resync("behind")
        self.wake.set()

    def resync(self, reason: str) -> None:
        """Have the page fetch everything anew instead of what waits."""
        self._resync = reason
        self._pending.clear()
        self.wake.set()

    def close(self, reason: str) -> None:
        """End the stream after a last word; an empty reason says nothing."""
        self.end = reason
        self._pending.clear()
        self.wake.set()

    def take(self, *, mark: str) -> str:
        """Everything that waits, as text for the wire; nothing waits afterwards."""
        self.wake.clear()
        parts = []
        if self._resync:
            parts.append(messages.event("resync", {"reason": self._resync}, mark=mark))
        for kind, waiting in self._pending.items():
            parts.append(messages.changed(kind, waiting.values(), mark=mark))
        if self._has_notice:
            parts.append(messages.changed("notice", [], mark=mark))
        if self.end:
            parts.append(messages.event("bye", {"reason": self.end}, mark=mark))
        self._resync = None
        self._has_notice = False
        self._pending.clear()
        return "".join(parts)


class Hub:
    """All open streams, grouped by equal rights so that a message is judged once a group."""

    def __init__(self, clock: Callable[[], int] = now_ms) -> None:
        self._clock = clock
        self._name = secrets.token_hex(3)
        self._groups: dict[Access, set[Client]] = {}
        self._people: Counter[int] = Counter()
        self._recent: deque[tuple[int, Message]] = deque(maxlen=MESSAGES_KEPT)
        self._complete_since = clock()
        # Grows with every change of rights; a sign-in that overlaps one is repeated.
        self.rights_version = 0
        self.is_closed = False

    def __len__(self) -> int:
        return self._people.total()

    @property
    def clients(self) -> list[Client]:
        return [client for group in self._groups.values() for client in group]

    def streams_of(self, user_id: int) -> int:
        return self._people[user_id]

    def join(self, client: Client) -> None:
        self._groups.setdefault(client.viewer.access, set()).add(client)
        self._people[client.viewer.user_id] += 1

    def leave(self, client: Client) -> None:
        self._remove(client)
        self._people -= Counter([client.viewer.user_id])

    def deliver(self, message: Message) -> None:
        """Queue `message` for everyone who may hear it."""
        if len(self._recent) == MESSAGES_KEPT:
            self._complete_since = self._recent[0][0] + 1
        self._recent.append((self._clock(), message))
        if message.users:
            for client in self.clients:
                if client.viewer.user_id in message.users:
                    client.notify()
        for access, clients in self._groups.items():
            if changes := message.seen_by(access):
                for client in clients:
                    client.add(message.kind, changes)

    def mark(self) -> str:
        """The event id of this moment."""
        return f"{self._clock()}-{self._name}"

    def has_missed(self, client: Client, mark: str) -> bool:
        """Whether something for this client may have been said since `mark`.

        That is an event id, or the milliseconds since 1970 when a page was made.
        """
        digits, _, name = mark.partition("-")
        if not digits.isdecimal():
            return True
        since = int(digits) - (0 if name == self._name else CLOCK_SLACK_MS)
        if since < self._complete_since:
            return True
        viewer = client.viewer
        return any(
            at >= since and (viewer.user_id in message.users or message.seen_by(viewer.access))
            for at, message in self._recent
        )

    def lost_track(self) -> None:
        """Notifications may have been missed: have every page fetch anew."""
        self._recent.clear()
        self._complete_since = self._clock()
        for client in self.clients:
            client.resync("reconnected")

    def renew(self, rights: dict[Viewer, Access | None]) -> None:
        """Apply freshly read rights; whoever has none left is sent away."""
        for client in self.clients:
            access = rights.get(client.viewer, client.viewer.access)
            if access is None:
                client.close("signed-out")
                self._remove(client)
            elif access != client.viewer.access:
                self._remove(client)
                client.viewer = client.viewer.with_access(access)
                self._groups.setdefault(access, set()).add(client)
                client.resync("access")

    def close(self) -> None:
        """End every stream and take no more; the browsers come back by themselves."""
        self.is_closed = True
        for client in self.clients:
            client.close("")

    def _remove(self, client: Client) -> None:
        group = self._groups.get(client.viewer.access, set())
        group.discard(client)
        if not group:
            self._groups.pop(client.viewer.access, None)
