"""Labels a person may know of."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value

from accounts.models import User
from inbox.models import Tag, Ticket


def tags_seen_by(user: User | AnonymousUser) -> QuerySet[Tag]:
    """Tags on at least one ticket that `user` may see: a name alone can tell a secret."""
    visible = Ticket.objects.visible_to(user).filter(pk=OuterRef("ticket"))
    seen = Subquery(visible.values(seen=Value(value=True)), output_field=BooleanField())
    uses = Ticket.tags.through.objects.filter(seen, tag=OuterRef("pk"))
    used = Subquery(uses.values(used=Value(value=True))[:1], output_field=BooleanField())
    return Tag.objects.filter(used)
