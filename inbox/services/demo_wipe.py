"""Empties channels of everything that was said on them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from inbox.models import (
    Channel,
    ChannelState,
    Contact,
    Import,
    Post,
    QuarantinedPayload,
    Ticket,
)
from routing.models import Decision, Lesson


@transaction.atomic
def wipe_channels(channels: QuerySet[Channel]) -> int:
    """Delete the posts and tickets of `channels`, with all that hangs on them; keep the channels.

    Contacts go when nothing else of theirs is left. Returns the number of tickets deleted.
    """
    tickets = Ticket.objects.filter(channel__in=channels)
    posts = Post.objects.filter(channel__in=channels)
    contacts = set(posts.exclude(contact=None).values_list("contact_id", flat=True))
    decisions = list(tickets.exclude(decision=None).values_list("decision_id", flat=True))
    tickets.update(opening_post=None, previous=None, merged_into=None, decision=None)
    # Rows point at their parents and tickets, and both refuse to go before them.
    posts.update(parent=None, ticket=None)
    posts.delete()
    count = tickets.count()
    tickets.delete()
    Lesson.objects.filter(decision__in=decisions).delete()
    Decision.objects.filter(pk__in=decisions).delete()
    Contact.objects.filter(pk__in=contacts, posts=None, tickets=None).delete()
    QuarantinedPayload.objects.filter(channel__in=channels).delete()
    Import.objects.filter(channel__in=channels).delete()
    ChannelState.objects.filter(channel__in=channels).update(cursor={}, last_received_at=None)
    return count
