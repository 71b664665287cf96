"""One delivery on its way in: read, fold, weave, route, settle, write; each step once a batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from accounts import notices
from accounts.access import Access, access_of_each
from accounts.models import Department, User
from inbox import live
from inbox.connectors.types import Verb
from inbox.models import Channel, Post, PostVersion, Ticket, TicketEvent
from inbox.services import raw
from inbox.services.receive import loading, marks, store
from inbox.services.receive.cleaning import Item
from inbox.services.receive.contacts import Known, settle_contacts
from inbox.services.receive.deciding import Opening, decide, tell_languages
from inbox.services.receive.folding import Folded, Outcome
from inbox.services.receive.merging import merge_into
from inbox.services.receive.promising import Promising
from inbox.services.receive.settling import Settlement
from inbox.services.receive.skilled import Skilled
from inbox.services.receive.tagging import add_tags
from inbox.services.receive.telling import Telling
from inbox.services.receive.threads import Thread, Weaver
from routing.models import Decision

# fmt: off
_POST_FIELDS = (
    "ticket", "contact", "parent", "parent_external_id", "conversation", "kind", "text", "language",
    "search_config", "is_own", "is_private", "is_stub", "url", "attachments", "counts",
    "counts_at", "rating", "posted_at", "edited_at", "deleted_at", "hidden_at", "shown_at",
    "details",
)
_TICKET_FIELDS = (
    "contact", "department", "decision", "state", "priority", "assignee", "opening_post",
    "excerpt", "language", "is_private", "is_answered", "is_touched", "post_count",
    "opened_at", "last_post_at", "snoozed_until", "resolved_at", "previous", "merged_into",
    "sla_policy", "sla_used", "sla_running_since", "due_at", "breach_due_at",
    "first_response_due_at", "first_responded_at", "first_response_breached",
    "resolution_due_at", "resolution_breached", "approval_by", "approval_by_leads",
    "incident", "consulted", "shown_to", "shown_in", "bouncing_since", "settled_at",
)
# fmt: on


class Batch:
    """The posts of one call of `receive`, and everything they concern, under the channel's lock."""

    def __init__(
        self,
        channel: Channel,
        items: list[Item],
        now: datetime,
        were_delivered: int = 0,
        history_before: datetime | None = None,
        *,
        is_from_here: bool = False,
    ) -> None:
        self.channel = channel
        self.items = items
        self.now = now
        self.were_delivered = were_delivered
        self.history_before = history_before
        self.is_from_here = is_from_here
        self.folded: dict[str, Folded] = {}
        self.loosened: list[Post] = []
        self.present: dict[str, Post] = {}
        self.talks: dict[str, int] = {}  # tickets by conversation
        self.known: dict[int, Known] = {}  # contacts by id

    # Reading and folding

    def fold(self) -> list[Outcome]:
        """Fold each item into its post and say what it did."""
        names = {item.external_id for item in self.items}
        told = {item.external_id for item in self.items if item.verb == Verb.ADD}
        parents = {item.parent_external_id for item in self.items} - {""}
        self.present, waiting = loading.posts_named(self.channel, names | parents, told)
        for item in self.items:
            if item.external_id not in self.folded:
                stored = self.present.get(item.external_id)
                post = stored or self._blank(item)
                self.folded[item.external_id] = Folded(post, is_new=stored is None)
        self._load_versions()
        outcomes = [self.folded[item.external_id].apply(item, now=self.now) for item in self.items]
        linked = [folded.post for folded in self.folded.values() if folded.was_linked]
        came = {folded.post.external_id for folded in self._came()}
        orphans = [post for post in waiting if post.parent_external_id in came]
        orphans += self._load_talks()
        self.loosened = list(
            {post.external_id: self._mine(post) for post in [*orphans, *linked]}.values()
        )
        return outcomes

    @property
    def is_idle(self) -> bool:
        """Nothing new was said."""
        return not any(folded.is_changed for folded in self.folded.values())

    @property
    def rearranges(self) -> bool:
        """Posts already here may change their ticket."""
        return bool(self.loosened)

    def _mine(self, post: Post) -> Post:
        """The working copy of a post that is also part of this batch."""
        folded = self.folded.get(post.external_id)
        return folded.post if folded else post

    def _blank(self, item: Item) -> Post:
        return Post(
            channel_id=self.channel.pk,
            external_id=item.external_id,
            is_stub=True,
            posted_at=item.at or self.now,
            received_at=self.now,
        )

    def _load_versions(self) -> None:
        """Fetch earlier wordings, only of posts of which something else is said now."""
        differing = {
            folded.post.pk: folded
            for item in self.items
            if item.verb == Verb.ADD
            and not (folded := self.folded[item.external_id]).is_new
            and (item.edited_at or folded.post.posted_at, item.text) != folded.current
        }
        posts = [folded.post for folded in differing.values()]
        for version in loading.earlier_wordings(posts):
            differing[version.post_id].earlier.add((version.written_at, version.text))

    def _load_talks(self) -> list[Post]:
        """Learn which tickets the talks have; return own messages that find one only now."""
        placeless = [folded.post for folded in self.folded.values() if not folded.post.ticket_id]
        spoken = [post for post in placeless if post.conversation]
        self.talks = loading.talks(self.channel, {post.conversation for post in spoken})
        answering = {post.conversation for post in spoken if not post.is_own}
        return loading.unanswered(self.channel, answering)

    def _came(self) -> list[Folded]:
        """Posts whose content came now, in the order they were written."""
        came = [folded for folded in self.folded.values() if folded.was_created]
        return sorted(came, key=lambda folded: (folded.post.posted_at, folded.post.external_id))

    def _changed(self) -> list[Folded]:
        return [folded for folded in self.folded.values() if folded.is_changed]

    # Weaving, routing and settling

    def settle(self) -> Settlement:
        """Decide which tickets open, continue, merge and move."""
        self._describe()
        self._load_below()
        self.tickets, newest = loading.locked_tickets(self._ticket_ids())
        self.weaver = Weaver(
            arrived=[folded.post for folded in self._came()],
            loosened=self.loosened,
            present=self.present.values(),
            newest=newest,
            talks=self.talks,
            reopen_within=self.channel.reopen_within,
            history_before=self.history_before,
        )
        threads = self.weaver.concerned()
        decisions = decide(self.channel, self._openings(threads))
        tickets = self._give_ids(decisions.values(), threads)
        self.settlement = Settlement(
            channel=self.channel,
            now=self.now,
            confidential=_confidential_ids(threads),
            decisions=decisions,
            newest=self._newest(threads),
            ticket_ids=tickets,
            claims=self._claims(),
            access=_access_of_assignees(decisions.values()),
            skilled=Skilled.find(decisions.values()),
            promising=Promising(self.now, has_decided=bool(decisions)),
            telling=Telling.find(decisions.values(), self.now),
            history_before=self.history_before,
            is_from_here=self.is_from_here,
        )
        for thread in threads:
            self.settlement.settle(thread)
        for folded in self._changed():
            self._tell_ticket(folded)
        return self.settlement

    def _openings(self, threads: Iterable[Thread]) -> list[Opening]:
        """The posts that routing is asked about: those that open a ticket, and reworded ones."""
        opened = {t.opening.external_id: t for t in threads if t.opening is not None}
        posts = [thread.opening for thread in opened.values() if thread.opening is not None]
        posts += [folded.post for folded in self._changed() if self._reworded_opening(folded)]
        return [self._opening(post, opened.get(post.external_id)) for post in posts]

    def _opening(self, post: Post, thread: Thread | None) -> Opening:
        source = self.folded[post.external_id].source
        parent = self.weaver.links.get(post.external_id) or self.present.get(
            post.parent_external_id
        )
        return Opening(
            post=post,
            author=source.author if source else None,
            known=self.known.get(post.contact_id or 0),
            is_follow_up=thread is not None and thread.previous is not None,
            # Whatever else opens a ticket under a post hangs under one of the page's own.
            is_under_own_post=parent.is_own if parent else post.parent_id is not None,
        )

    def _describe(self) -> None:
        told = [folded for folded in self._changed() if folded.source is not None]
        tell_languages(told)
        authors = {
            folded.source.author_key: folded.source.author
            for folded in told
            if folded.source and folded.source.author and folded.source.author_key
        }
        firsts: dict[str, datetime] = {}
        for folded in told:
            if folded.source and folded.source.author_key in authors:
                key, at = folded.source.author_key, folded.post.posted_at
                firsts[key] = min(at, firsts.get(key, at))
        contacts = settle_contacts(self.channel.network, authors, firsts)
        self.known = {known.pk: known for known in contacts.values()}
        for folded in told:
            if folded.source and folded.source.author_key:
                folded.post.contact_id = contacts[folded.source.author_key].pk

    def _load_below(self) -> None:
        """What hangs under the page's own posts that find their place only now moves with them."""
        free = [post for post in self.loosened if post.ticket_id is None]
        known = {post.external_id for post in self.loosened}
        self.loosened += [
            self._mine(post) for post in loading.below(free) if post.external_id not in known
        ]

    def _ticket_ids(self) -> set[int]:
        posts = [*self.loosened, *(folded.post for folded in self._changed())]
        for post in [*posts]:
            parent = self.present.get(post.parent_external_id)
            posts += [parent] if parent else []
        named = {post.ticket_id for post in posts if post.ticket_id is not None}
        return named | set(self.talks.values())

    def _reworded_opening(self, folded: Folded) -> bool:
        """Whether a stored ticket's opening post reads differently now."""
        ticket = self.tickets.get(folded.post.ticket_id or 0)
        return folded.was_reworded and ticket is not None and _is_led_by(ticket, folded.post)

    def _give_ids(self, decisions: Collection[Decision], threads: Collection[Thread]) -> list[int]:
        """Give posts and decisions their keys; return keys for the tickets that open."""
        new = [folded.post for folded in self._changed() if folded.is_new]
        new.sort(key=lambda post: (post.posted_at, post.external_id))
        ids = store.reserve_ids(
            {
                Post: len(new),
                Decision: len(decisions),
                Ticket: sum(thread.is_new for thread in threads),
            }
        )
        for row, pk in zip([*new, *decisions], ids[Post] + ids[Decision], strict=True):
            row.pk = pk
        return ids[Ticket][::-1]

    def _claims(self) -> dict[str, datetime]:
        return {item.external_id: item.claimed_at for item in self.items if item.claimed_at}

    def _newest(self, threads: Iterable[Thread]) -> dict[int, dict[int, Post]]:
        ids = {ticket.pk for thread in threads for ticket in thread.stored()}
        for folded in self._changed():
            if (folded.was_reworded or folded.was_deleted) and folded.post.ticket_id:
                ids.add(folded.post.ticket_id)
        current = {folded.post.pk: folded.post for folded in self.folded.values()}
        gone = [folded.post.pk for folded in self._changed() if folded.was_deleted]
        newest: dict[int, dict[int, Post]] = {}
        for post in loading.newest_posts(ids, gone):
            newest.setdefault(post.ticket_id or 0, {})[post.pk] = current.get(post.pk, post)
        return newest

    def _tell_ticket(self, folded: Folded) -> None:
        """Let the ticket of a changed post show the change."""
        post, settlement = folded.post, self.settlement
        if post.ticket_id is None:
            return
        ticket_id = settlement.merged.get(post.ticket_id, post.ticket_id)
        ticket = settlement.opened.get(ticket_id) or self.tickets[ticket_id]
        settlement.touch(ticket)
        if folded.was_reworded:
            settlement.record(ticket, TicketEvent.Kind.EDITED, post=post.pk)
            if not folded.was_created:
                settlement.summarise(ticket)
                if _is_led_by(ticket, post):
                    settlement.reroute(ticket, post)
        if folded.was_made_private:
            settlement.make_private(ticket)
        if folded.was_hidden is not None or (folded.was_created and post.is_hidden):
            kind = TicketEvent.Kind.HIDDEN if post.is_hidden else TicketEvent.Kind.SHOWN
            settlement.record(ticket, kind, post=post.pk)
        if folded.was_deleted and not folded.was_created:
            settlement.summarise(ticket)
        if post.deleted_at and (folded.was_deleted or folded.was_created):
            settlement.record(ticket, TicketEvent.Kind.DELETED, post=post.pk)

    # Writing

    def write(self, last_received_at: datetime | None, outcomes: list[Outcome]) -> None:
        """Write it all, and what it was to the ledger; each kind of row in one statement."""
        settlement = self.settlement
        changed = self._changed()
        self._link()
        writes = store.Writes()
        writes.insert(list(settlement.used.values()))
        writes.insert(list(settlement.opened.values()))
        writes.insert([folded.post for folded in changed if folded.is_new])
        stored = {folded.post.pk: folded.post for folded in changed if not folded.is_new}
        stored |= {post.pk: post for post in self.loosened}
        writes.update(list(stored.values()), _POST_FIELDS)
        merge_into(writes, settlement.merged)
        writes.update(list(settlement.changed.values()), _TICKET_FIELDS)
        writes.insert(self._versions(changed))
        writes.insert(settlement.events)
        add_tags(writes, settlement.tags, settlement.merged)
        settlement.skilled.remember(writes, self.now)
        settlement.telling.write(writes, settlement.merged)
        told = [outcome.value for outcome in outcomes]
        writes.insert(raw.rows_of(self.channel, self.items, told, now=self.now))
        if self.history_before is None:
            # That history can be read does not say that what is new comes in.
            marks.say_alive(writes, self.channel, self.now, before=last_received_at)
        marks.leave_tick(writes, self.channel, self.now, outcomes, self.were_delivered)
        for message in live.messages(self._announcements(), kind="post"):
            writes.add(*notices.statement_of(message))
        writes.run()

    def _link(self) -> None:
        mine = {post.external_id: post for post in self.loosened}
        mine |= {name: folded.post for name, folded in self.folded.items()}
        for name, parent in self.weaver.links.items():
            mine[name].parent_id = parent.pk

    def _versions(self, changed: Iterable[Folded]) -> list[PostVersion]:
        versions = []
        for folded in changed:
            for version in folded.new_versions:
                version.post_id = folded.post.pk
                versions.append(version)
        return versions

    def _announcements(self) -> list[live.Change]:
        settlement = self.settlement
        tickets = self.tickets | settlement.opened
        told = settlement.before.keys() - settlement.shelved
        return [
            live.change_of(tickets[pk], settlement.before[pk])
            for pk in settlement.before
            if pk in told
        ]


def _is_led_by(ticket: Ticket, post: Post) -> bool:
    """Whether routing reads `post` to place `ticket`; a follow-up stays where it was put."""
    return ticket.opening_post_id == post.pk and ticket.previous_id is None


def _access_of_assignees(decisions: Iterable[Decision]) -> dict[int, Access]:
    """The rights of those whom rules give tickets to, asked only when one does."""
    ids = {d.effects["assignee"] for d in decisions if d.effects.get("assignee")}
    return access_of_each(User.objects.filter(pk__in=ids)) if ids else {}


def _confidential_ids(threads: Iterable[Thread]) -> frozenset[int]:
    """Confidential departments, looked up only when a merge or a follow-up asks for them."""
    if not any(thread.previous or len(thread.stored()) > 1 for thread in threads):
        return frozenset()
    found = Department.objects.filter(is_confidential=True).values_list("pk", flat=True)
    return frozenset(found)
