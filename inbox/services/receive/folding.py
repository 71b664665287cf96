"""What a post is after everything the network said about it, in whatever order it was said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from inbox.connectors.looking import is_same
from inbox.connectors.types import Verb
from inbox.models import Post, PostVersion
from inbox.services.receive.cleaning import Item

Wording = tuple[datetime, str]


class Outcome(Enum):
    """What one item did; each is a field of the receipt."""

    CREATED = "created"
    DUPLICATE = "duplicates"
    EDITED = "edited"
    DELETED = "deleted"
    COUNTED = "counted"
    HIDDEN = "hidden"  # or shown again


@dataclass(slots=True)
class Folded:
    """One post while a batch is folded into it.

    The current text is the wording with the latest time (then the greater text), and every other
    wording is an earlier version: a maximum does not depend on the order of arrival.
    """

    post: Post
    is_new: bool
    earlier: set[Wording] = field(default_factory=set)
    new_versions: list[PostVersion] = field(default_factory=list)
    source: Item | None = None  # the item whose content now stands
    is_changed: bool = False
    was_created: bool = False
    was_reworded: bool = False
    was_deleted: bool = False
    was_linked: bool = False
    was_made_private: bool = False
    was_hidden: bool | None = None  # False: it was brought back; None: nothing changed

    def apply(self, item: Item, *, now: datetime) -> Outcome:
        """Fold `item` in and say what it did."""
        match item.verb:
            case Verb.DELETE:
                outcome = self._delete(item.at, now)
            case Verb.HIDE | Verb.SHOW:
                outcome = self._hide(item.at or now, is_hidden=item.verb == Verb.HIDE)
            case Verb.COUNT:
                outcome = self._count(item.counts, item.at or now)
            case _:
                outcome = self._add(item, now)
        if outcome is not Outcome.DUPLICATE:
            self.is_changed = True
        return outcome

    def _add(self, item: Item, now: datetime) -> Outcome:
        assert item.at is not None  # noqa: S101 - cleaning raised otherwise
        if self.post.is_stub:
            self._tell(item, item.at)
            outcome = Outcome.CREATED
        else:
            outcome = self._reword(item, now)
            # Once private stays private, in whatever order the two are told.
            if item.is_private and not self.post.is_private:
                self.post.is_private = self.was_made_private = self.is_changed = True
                outcome = Outcome.EDITED
            if item.parent_external_id and not self.post.parent_external_id:
                self.post.parent_external_id = item.parent_external_id
                self.was_linked = self.is_changed = True
            if item.conversation and not self.post.conversation:
                self.post.conversation = item.conversation
                self.is_changed = True
                self.was_linked = self.was_linked or self.post.ticket_id is None
        if item.counts:
            counted = self._count(item.counts, item.edited_at or item.at)
            outcome = counted if outcome is Outcome.DUPLICATE else outcome
        return outcome

    def _tell(self, item: Item, posted_at: datetime) -> None:
        """Fill the row with the content of the first item that has some."""
        post = self.post
        post.is_stub = False
        post.parent_external_id = item.parent_external_id
        post.conversation = item.conversation
        post.kind = item.kind
        post.is_own = item.is_own
        post.is_private = item.is_private
        post.rating = item.rating
        post.posted_at = posted_at
        self.was_created = True
        self._show(item, (item.edited_at or posted_at, item.text))

    def _show(self, item: Item, wording: Wording) -> None:
        post = self.post
        written_at, post.text = wording
        post.edited_at = None if written_at == post.posted_at else written_at
        post.url = item.url or post.url
        post.attachments = item.attachments or post.attachments
        post.details = {**post.details, **item.details}
        self.source = item

    @property
    def current(self) -> Wording:
        """The wording that stands."""
        return self.post.edited_at or self.post.posted_at, self.post.text

    def _reword(self, item: Item, now: datetime) -> Outcome:
        if self.post.words_removed_at is not None:
            return Outcome.DUPLICATE  # Networks tell old words again, and these may not be kept.
        current = self.current
        wording = self._wording(item, now)
        if wording is None or wording == current or wording in self.earlier:
            return Outcome.DUPLICATE
        if wording < current:
            self._keep(wording, now)
        else:
            self._keep(current, now)
            self.was_reworded = self.was_reworded or wording[1] != current[1]
            self._show(item, wording)
        return Outcome.EDITED

    def _wording(self, item: Item, now: datetime) -> Wording | None:
        """When this text was written; None for one already known.

        Without a time it is the original while the original is unknown (an edit may overtake it);
        afterwards a text never seen is an edit of this moment, and a known one is a repetition.
        """
        if item.edited_at is not None:
            return item.edited_at, item.text
        known = {self.current, *self.earlier}
        original = {text for written_at, text in known if written_at == self.post.posted_at}
        if not original:
            return self.post.posted_at, item.text
        if any(text == item.text for _, text in known):
            return None
        if self.post.is_own and any(is_same(item.text, text) for _, text in known):
            return None
        return max(now, self.current[0] + timedelta(microseconds=1)), item.text

    def _keep(self, wording: Wording, now: datetime) -> None:
        self.earlier.add(wording)
        written_at, text = wording
        self.new_versions.append(
            PostVersion(post=self.post, text=text, written_at=written_at, replaced_at=now)
        )

    def _delete(self, at: datetime | None, now: datetime) -> Outcome:
        before = self.post.deleted_at
        if before is not None and (at is None or at >= before):
            return Outcome.DUPLICATE
        self.post.deleted_at = at or now
        self.was_deleted = self.was_deleted or before is None
        return Outcome.DELETED

    def _hide(self, at: datetime, *, is_hidden: bool) -> Outcome:
        """Keep the latest time of each word; the later of the two stands, in whatever order."""
        was_hidden = self.post.is_hidden
        name = "hidden_at" if is_hidden else "shown_at"
        before = getattr(self.post, name)
        if before is not None and at <= before:
            return Outcome.DUPLICATE
        setattr(self.post, name, at)
        if self.post.is_hidden != was_hidden:
            self.was_hidden = self.post.is_hidden
        return Outcome.HIDDEN

    def _count(self, counts: dict[str, int], at: datetime) -> Outcome:
        before = self.post.counts_at
        if before is not None and _rank(before, self.post.counts) >= _rank(at, counts):
            return Outcome.DUPLICATE
        self.post.counts = counts
        self.post.counts_at = at
        return Outcome.COUNTED


def _rank(at: datetime, counts: dict[str, int]) -> tuple[datetime, int, str]:
    """Newest first; of two counts of one moment the higher, then any fixed choice."""
    return at, sum(counts.values()), json.dumps(counts, sort_keys=True)
