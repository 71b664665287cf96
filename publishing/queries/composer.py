"""What the composer of one person on one ticket shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.models import User
from inbox.connectors.base import Capabilities, Network, network_of
from inbox.models import Contact, Post, Ticket
from publishing.lengths import Counting, Measured, limit_of, measure
from publishing.models import Macro, Reply, ReplyUpload
from publishing.queries.macros import macros_for
from publishing.queries.signatures import signature_of, with_signature
from publishing.queries.speaking import speaker_of

MOST_POSTS = 50
MOST_HANDLES = 100


@dataclass(frozen=True, slots=True)
class Way:
    """Public or private: whether it is possible here, and why not."""

    is_private: bool
    is_possible: bool
    why_not: str = ""


@dataclass
class Composer:
    """One person's reply to one ticket as it stands; `typed` wins over what was saved."""

    ticket: Ticket
    user: User
    draft: Reply | None
    target: Post | None
    is_private: bool
    typed: str | None = None
    posts: list[Post] = field(default_factory=list)

    @cached_property
    def network(self) -> Network | None:
        return network_of(self.ticket.channel.connector)

    @cached_property
    def can(self) -> Capabilities:
        """What can be done through the ticket's channel."""
        return self.network.able(self.ticket.channel.settings) if self.network else Capabilities()

    @property
    def text(self) -> str:
        if self.typed is not None:
            return self.typed
        return self.draft.text if self.draft else ""

    @property
    def is_begun(self) -> bool:
        """Whether there is something to go on with."""
        return bool(self.text.strip() or self.uploads)

    @property
    def version(self) -> int:
        return self.draft.version if self.draft else 0

    @property
    def seen(self) -> int:
        """The newest post there is: what the screen shows, this included, is read."""
        return max((post.pk for post in self.posts), default=0)

    @property
    def theirs(self) -> list[Post]:
        """The posts that can be answered, newest first."""
        mine = self.target.pk if self.target else 0
        return [p for p in self.posts if p.pk == mine or (not p.is_own and not p.deleted_at)]

    @cached_property
    def ways(self) -> list[Way]:
        public, private = self._public(), self._private()
        return [public, private]

    def _public(self) -> Way:
        if self.target and self.target.is_private:
            return Way(False, False, _("A private message is never answered in public."))  # noqa: FBT003
        return self._way("reply", is_private=False)

    def _private(self) -> Way:
        return self._way("private_reply", is_private=True)

    def _way(self, capability: str, *, is_private: bool) -> Way:
        able = bool(getattr(self.can, capability))
        return Way(is_private, able, "" if able else self._missing(capability))

    def _missing(self, capability: str) -> str:
        why = self.can.missing.get(capability, "")
        return str(_(why)) if why else _("This channel offers no such reply.")

    @property
    def can_reply(self) -> bool:
        return any(way.is_possible for way in self.ways)

    @property
    def why_not(self) -> str:
        """Why nothing can be said from here."""
        wanted = "private_reply" if self.target and self.target.is_private else "reply"
        why = self.can.missing.get(wanted, "")
        if why:
            return str(_(why))
        told = {"channel": self.ticket.channel}
        return _("%(channel)s only listens: nothing can be answered from here.") % told

    @cached_property
    def signature(self) -> str:
        return signature_of(author=self.user, department=self.ticket.department)

    @property
    def outgoing(self) -> str:
        """The words as they would leave, signed."""
        return with_signature(self.text, self.signature)

    @cached_property
    def limit(self) -> int | None:
        return self.limits[self.is_private]

    @cached_property
    def limits(self) -> tuple[int | None, int | None]:
        """The longest public and the longest private reply."""
        channel = self.ticket.channel
        public, private = (limit_of(channel, self.target, is_private=p) for p in (False, True))
        return public, private

    @cached_property
    def counting(self) -> Counting:
        return Counting.of(self.network or Network(), self.limit)

    @cached_property
    def measured(self) -> Measured:
        return measure(self.network, self.outgoing, self.limit)

    @property
    def speaker(self) -> str:
        return speaker_of(self.ticket.channel)

    @property
    def speaker_initials(self) -> str:
        return Contact(name=self.speaker).initials

    @property
    def handle(self) -> str:
        """The page's own handle: the first of its ids that is no number."""
        own = [one.lstrip("@") for one in self.ticket.channel.own_ids]
        return next((one for one in own if not one.isdecimal()), "")

    @property
    def listener(self) -> str:
        """Who is answered."""
        contact = (self.target.contact if self.target else None) or self.ticket.contact
        return str(contact or _("Unknown"))

    @cached_property
    def handles(self) -> list[tuple[str, str]]:
        """(handle, name) of those who speak in the thread, who is answered first."""
        people = [p.contact for p in self.posts if p.contact and p.contact.handle and not p.is_own]
        if self.target and self.target.contact and self.target.contact.handle:
            people.insert(0, self.target.contact)
        found = {c.handle.lstrip("@"): c.name for c in people}
        return list(found.items())[:MOST_HANDLES]

    @cached_property
    def uploads(self) -> list[ReplyUpload]:
        return list(self.draft.uploads.defer("content")) if self.draft else []

    @property
    def most_uploads(self) -> int:
        return self.can.media

    @cached_property
    def macros(self) -> list[Macro]:
        return macros_for(self.ticket, self.user)

    @cached_property
    def others(self) -> list[Reply]:
        """What colleagues have begun to write here."""
        drafts = Reply.objects.of(self.ticket).filter(state=Reply.State.DRAFT)
        begun = drafts.exclude(author=self.user).exclude(text="").select_related("author")
        return list(begun.defer("text").order_by("-updated_at")[:5])


def composer_of(
    ticket: Ticket,
    user: User,
    *,
    post_id: int = 0,
    typed: str | None = None,
    wants_private: bool | None = None,
) -> Composer:
    """The composer of `user` on `ticket`, answering the post `post_id` if it is there."""
    posts = list(
        Post.objects.filter(ticket=ticket, is_stub=False)
        .select_related("contact")
        .defer("search", "contact__search")
        .order_by("-posted_at", "-pk")[:MOST_POSTS]
    )
    mine = Reply.objects.filter(ticket=ticket, author=user, state=Reply.State.DRAFT)
    draft = mine.first()
    wanted = post_id or (draft.in_reply_to_id if draft else 0) or 0
    target = _target(posts, wanted)
    asked = wants_private if wants_private is not None else bool(draft and draft.is_private)
    found = Composer(ticket, user, draft, target, asked, typed, posts)
    public, private = found.ways
    if not public.is_possible and private.is_possible:
        found.is_private = True
    elif not private.is_possible and public.is_possible:
        found.is_private = False
    if target is not None and target.is_private:
        found.is_private = True
    return found


def _target(posts: list[Post], wanted: int) -> Post | None:
    chosen = next((post for post in posts if post.pk == wanted), None)
    theirs = (post for post in posts if not post.is_own and not post.deleted_at)
    return chosen or next(theirs, None) or next(iter(posts), None)
