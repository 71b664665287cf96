"""Why a reply did not go on."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from inbox.models import Ticket
from inbox.services.conflicts import Conflict
from publishing.models import Reply
from publishing.queries.changes import Change


class DraftChanged(Conflict):
    """The draft was saved elsewhere meanwhile; `reply` is how it is now."""

    def __init__(self, reply: Reply | None, *, ticket: Ticket | None) -> None:
        super().__init__(_("This draft was changed elsewhere meanwhile."), ticket=ticket)
        self.reply = reply


class Stopped(Conflict):
    """What is answered changed since it was read; `changes` says how, each with its text."""

    def __init__(self, changes: Sequence[Change], *, ticket: Ticket) -> None:
        super().__init__(" ".join(change.sentence for change in changes), ticket=ticket)
        self.changes = list(changes)
