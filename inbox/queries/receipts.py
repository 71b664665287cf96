"""What a person keeps of the tickets they handed over."""

from __future__ import annotations

from accounts.models import User
from inbox.models import HandOver

MOST = 100


def receipts_of(user: User) -> list[HandOver]:
    """The newest hand-overs `user` made: that a ticket moved, when and to where, no content."""
    mine = HandOver.objects.filter(by=user).select_related("from_department", "to_department")
    return list(mine.order_by("-at", "-id")[:MOST])
