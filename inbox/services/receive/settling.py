"""Turns woven threads into tickets: opened, continued, re-opened, merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.access import Access
from inbox import clock
from inbox.models import Channel, Post, Ticket, TicketEvent
from inbox.services.receive.promising import Promising
from inbox.services.receive.skilled import Skilled
from inbox.services.receive.telling import Telling
from inbox.services.receive.threads import Thread, is_history
from routing.models import Decision

State = Ticket.State
Kind = TicketEvent.Kind
EXCERPT = 280
# The state of a merged ticket is the one that asks most of the people who work it.
_URGENCY = [State.OPEN, State.PENDING, State.SNOOZED, State.RESOLVED]


@dataclass(slots=True)
class Settlement:
    """The tickets of a batch and what happened to them, before it is written."""

    channel: Channel
    now: datetime
    confidential: frozenset[int]
    decisions: Mapping[str, Decision]  # by external id of the opening post
    newest: dict[int, dict[int, Post]]  # newest posts by ticket and post id, as they now read
    ticket_ids: list[int]  # reserved
    claims: Mapping[str, datetime]  # absurd times, as the network claimed them, by external id
    access: Mapping[int, Access]  # of people whom rules give tickets to
    promising: Promising
    skilled: Skilled
    telling: Telling
    history_before: datetime | None = None
    is_from_here: bool = False  # the page's own posts were sent from here
    shelved: set[int] = field(default_factory=set)  # ids of tickets opened as history
    opened: dict[int, Ticket] = field(default_factory=dict)
    changed: dict[int, Ticket] = field(default_factory=dict)
    before: dict[int, int | None] = field(default_factory=dict)  # department ids
    merged: dict[int, int] = field(default_factory=dict)  # ticket id: the ticket it became part of
    used: dict[int, Decision] = field(default_factory=dict)  # decisions that took effect
    events: list[TicketEvent] = field(default_factory=list)
    tags: dict[int, list[str]] = field(default_factory=dict)  # by ticket id

    @property
    def rearranges(self) -> bool:
        """Tickets merge, or one follows another."""
        return bool(self.merged) or any(t.previous_id for t in self.opened.values())

    def settle(self, thread: Thread) -> None:
        """Write `thread` into its ticket."""
        if thread.is_new:
            ticket = self._open(thread)
        else:
            ticket = thread.ticket or min(thread.absorbed, key=lambda ticket: ticket.pk)
            self._note(ticket)
            rest = [other for other in thread.absorbed if other is not ticket]
            self._combine(ticket, rest, thread)
            if thread.reopener is not None:
                self._reopen(ticket, thread.reopener)
        for post in thread.posts:
            post.ticket_id = ticket.pk
        self._summarise(ticket, thread)
        self._tell_answers(ticket, thread.posts)
        followed = None if ticket.is_touched or thread.opening is None else thread.opening
        if followed is not None and is_history(followed, self.history_before):
            followed = None  # Nobody was promised anything for it.
        decision = self.decisions[followed.external_id] if followed else None
        if thread.is_new and self._is_history(thread):
            self._shelve(ticket)
        else:
            self.promising.keep(ticket, decision, thread.posts)
            self._ask(ticket, decision)

    def reroute(self, ticket: Ticket, post: Post) -> None:
        """Follow the opening post's new wording, unless a person has had a say."""
        self._note(ticket)
        ticket.language = post.language
        decision = self.decisions.get(post.external_id)
        if decision is not None and not ticket.is_touched:
            self._follow(ticket, decision, post)
            if not is_history(post, self.history_before):
                self.promising.keep(ticket, decision, ())
                self._ask(ticket, decision)

    def _ask(self, ticket: Ticket, decision: Decision | None) -> None:
        """Ask and tell whom `decision` names; of what comes that late nobody needs to know."""
        if decision is None or self.now - ticket.opened_at > clock.HISTORY:
            return
        if line := self.telling.follow(ticket, decision):
            self.record(ticket, Kind.CONSULTED, **line)

    def touch(self, ticket: Ticket) -> None:
        """Something about `ticket` is to be told, though no column of it changes."""
        self.before.setdefault(ticket.pk, ticket.department_id)

    def make_private(self, ticket: Ticket) -> None:
        """A post of `ticket` is no longer for everybody's eyes."""
        self._note(ticket)
        ticket.is_private = True

    def record(self, ticket: Ticket, kind: str, **data: Any) -> None:
        """Add a line to the ticket's timeline."""
        self.events.append(TicketEvent(ticket_id=ticket.pk, kind=kind, at=self.now, data=data))

    def summarise(self, ticket: Ticket, posts: Iterable[Post] = ()) -> None:
        """Let the newest of `posts` and of the known ones speak for the ticket."""
        self._note(ticket)
        seen = self.newest.setdefault(ticket.pk, {})
        seen.update((post.pk, post) for post in posts)
        ordered = sorted(seen.values(), key=lambda post: (post.posted_at, post.external_id))
        if not ordered:
            return
        ticket.last_post_at = ordered[-1].posted_at
        there = [post for post in ordered if post.deleted_at is None]
        ticket.is_answered = bool(there) and there[-1].is_own
        ticket.excerpt = excerpt_of(there)

    def _note(self, ticket: Ticket) -> None:
        if ticket.pk not in self.opened:
            self.before.setdefault(ticket.pk, ticket.department_id)
            self.changed[ticket.pk] = ticket

    def _tell_answers(self, ticket: Ticket, posts: Iterable[Post]) -> None:
        """Put down what staff answered on the network itself; of history the posts say enough."""
        since = max(ticket.opened_at, self.now - clock.HISTORY)
        for post in posts:
            if post.is_native and post.deleted_at is None and post.posted_at >= since:
                self.record(ticket, Kind.ANSWERED, post=post.pk, native=True)
                if not self.is_from_here:
                    self._put_aside(ticket)

    def _put_aside(self, ticket: Ticket) -> None:
        """Do with an open ticket whose last word is ours what an answer from here does."""
        kind = {"pending": Kind.PENDING, "resolved": Kind.RESOLVED}.get(settings.AFTER_REPLY)
        if kind is None or not ticket.is_answered or ticket.state != State.OPEN:
            return
        ticket.state = settings.AFTER_REPLY
        ticket.resolved_at = self.now if kind == Kind.RESOLVED else None
        before, after = {"state": State.OPEN}, {"state": ticket.state}
        self.record(ticket, kind, before=before, after=after, native=True)

    def _open(self, thread: Thread) -> Ticket:
        ticket = Ticket(pk=self.ticket_ids.pop(), channel_id=self.channel.pk)
        self.opened[ticket.pk] = ticket
        self._record_receipt(ticket, thread)
        self._begin_with(ticket, thread)
        self.before[ticket.pk] = ticket.department_id
        return ticket

    def _record_receipt(self, ticket: Ticket, thread: Thread) -> None:
        how = "history" if self._is_history(thread) else "channel"
        data: dict[str, Any] = {"how": how, "channel": self.channel.name}
        if thread.opening is not None:
            data["post"] = thread.opening.pk
            claim = self.claims.get(thread.opening.external_id)
            data |= {"claimed_at": claim.isoformat()} if claim else {}
        if thread.previous is not None:
            data["previous"] = thread.previous.pk
        self.record(ticket, Kind.RECEIVED, **data)

    def _begin_with(self, ticket: Ticket, thread: Thread) -> None:
        """Make `thread.opening` the opening post, and follow its decision."""
        post = thread.opening
        if post is None:
            return
        ticket.opening_post_id = post.pk
        ticket.contact_id = post.contact_id
        ticket.language = post.language
        ticket.opened_at = post.posted_at
        ticket.previous_id = thread.previous.pk if thread.previous else ticket.previous_id
        decision = self.decisions[post.external_id]
        if ticket.is_touched:
            self._use(decision)
            ticket.decision_id = decision.pk
            return
        self._follow(ticket, decision, post)
        # What a person put out of sight stays there, whoever else can read the decision's words.
        if thread.previous and thread.previous.department_id in self.confidential:
            ticket.department_id = thread.previous.department_id
            if not is_history(post, self.history_before):
                ticket.assignee_id = self._assignee(ticket, decision)

    def _follow(self, ticket: Ticket, decision: Decision, post: Post) -> None:
        """Put `ticket` where `decision` says, and do what rules ask for, unless it is history."""
        self._use(decision)
        ticket.decision_id = decision.pk
        ticket.department_id = decision.department_id
        if is_history(post, self.history_before):
            self._record_routing(ticket, decision)
            return
        if decision.priority is not None:
            ticket.priority = decision.priority
        ticket.assignee_id = self._assignee(ticket, decision)
        ticket.incident_id = decision.effects.get("incident", ticket.incident_id)
        told = ("tags", "skill")
        asked = {name: decision.effects[name] for name in told if name in decision.effects}
        if "tags" in asked:
            self.tags[ticket.pk] = asked["tags"]
        if ticket.assignee_id is not None:
            asked["assignee"] = ticket.assignee_id
        self._record_routing(ticket, decision, **asked)

    def _record_routing(self, ticket: Ticket, decision: Decision, **asked: Any) -> None:
        self.record(
            ticket,
            Kind.ROUTED,
            decision=decision.pk,
            method=decision.method,
            department=decision.department_id,
            confidence=round(decision.confidence, 4),
            **asked,
        )

    def _assignee(self, ticket: Ticket, decision: Decision) -> int | None:
        """Whom a rule gives the ticket to, if they work where it now is."""
        wanted: int | None = decision.effects.get("assignee")
        if wanted is None and (skill := decision.effects.get("skill")):
            at, who = ticket.department_id, ticket.assignee_id
            return self.skilled.pick(skill, at, now_with=who)
        access = self.access.get(wanted) if wanted is not None else None
        return wanted if access is not None and access.works(ticket.department_id) else None

    def _is_history(self, thread: Thread) -> bool:
        """Whether everything others say in `thread` is history."""
        return all(is_history(p, self.history_before) for p in thread.posts if not p.is_own)

    def _shelve(self, ticket: Ticket) -> None:
        """Keep `ticket` as one that was dealt with when its last post was written."""
        ticket.state = State.RESOLVED
        ticket.resolved_at = ticket.last_post_at
        self.shelved.add(ticket.pk)

    def _use(self, decision: Decision) -> None:
        self.used[decision.pk] = decision

    def _combine(self, ticket: Ticket, rest: Sequence[Ticket], thread: Thread) -> None:
        everyone = [ticket, *rest]
        touched = sorted(
            (t for t in everyone if t.is_touched), key=lambda t: (t is not ticket, t.pk)
        )
        if rest:
            lead = self._lead(touched)
            if lead is not None and lead is not ticket:
                ticket.department_id = lead.department_id
                ticket.assignee_id = lead.assignee_id
                ticket.priority = lead.priority
                clock.take_over(ticket, lead)
                ticket.shown_to, ticket.shown_in = lead.shown_to, lead.shown_in
                ticket.bouncing_since, ticket.settled_at = lead.bouncing_since, lead.settled_at
            ticket.consulted = sorted({pk for t in everyone for pk in t.consulted})
            ticket.is_touched = bool(touched)
            most = min(everyone, key=lambda t: _URGENCY.index(State(t.state)))
            ticket.state = most.state
            ticket.snoozed_until = most.snoozed_until
            ticket.resolved_at = most.resolved_at
        self._begin_with(ticket, thread)
        ticket.is_private = any(t.is_private for t in everyone)
        ticket.post_count = sum(t.post_count for t in everyone)
        for other in rest:
            self._note(other)
            self.merged[other.pk] = ticket.pk
            other.merged_into_id = ticket.pk
            # It no longer holds anything, and whoever may not see the other must not read here.
            other.department_id = ticket.department_id
            other.excerpt = ""
            other.consulted, other.shown_to, other.shown_in = [], [], None
            other.post_count = 0
            clock.settle(other)
        if rest:
            self.record(ticket, Kind.MERGED, merged=[t.pk for t in rest])

    def _lead(self, touched: Sequence[Ticket]) -> Ticket | None:
        """The ticket whose people decide: a confidential place wins, then the root's, then age."""
        hidden = [t for t in touched if t.department_id in self.confidential]
        return next(iter([*hidden, *touched]), None)

    def _reopen(self, ticket: Ticket, post: Post) -> None:
        if ticket.state == State.OPEN:
            return
        self.record(ticket, Kind.REOPENED, before=ticket.state, post=post.pk)
        ticket.state = State.OPEN
        ticket.snoozed_until = None
        ticket.resolved_at = None

    def _summarise(self, ticket: Ticket, thread: Thread) -> None:
        ticket.post_count += len(thread.posts)
        ticket.is_private = ticket.is_private or any(post.is_private for post in thread.posts)
        for other in thread.absorbed:
            self.newest.setdefault(ticket.pk, {}).update(self.newest.get(other.pk, {}))
        self.summarise(ticket, thread.posts)


def excerpt_of(posts: Iterable[Post]) -> str:
    """The start of the newest of `posts` that is still there and not the page's own."""
    theirs = [post for post in posts if not post.is_own and post.deleted_at is None]
    newest = max(theirs, key=lambda post: (post.posted_at, post.external_id), default=None)
    return " ".join(newest.text[: EXCERPT * 2].split())[:EXCERPT] if newest else ""
