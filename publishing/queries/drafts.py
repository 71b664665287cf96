"""Where somebody has begun to write."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from publishing.models import Reply, ReplyUpload


def drafted_tickets(author: User, ticket_ids: Collection[int]) -> frozenset[int]:
    """Those of `ticket_ids` in which `author` has an unsent draft with words or pictures."""
    mine = Reply.objects.filter(author=author, state=Reply.State.DRAFT, ticket__in=ticket_ids)
    # An emptied draft stays, and is nothing to come back to.
    has_pictures = Exists(ReplyUpload.objects.filter(reply=OuterRef("pk")))
    begun = mine.filter(Q(text__regex=r"\S") | has_pictures)
    return frozenset(begun.values_list("ticket_id", flat=True))
