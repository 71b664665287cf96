"""Internal remarks."""

from __future__ import annotations

from accounts.models import User
from inbox.models import Note, Ticket


def add_note(*, ticket: Ticket, text: str, by: User) -> Note:
    """Write a note; each @handle of someone who may see the ticket becomes a mention."""
    raise NotImplementedError


def read_mentions(*, ticket: Ticket, by: User) -> int:
    """Mark the mentions of `by` in this ticket as read; return how many."""
    raise NotImplementedError
