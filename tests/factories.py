"""Small makers of tickets, posts and notes for tests that are not about how posts come in."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Contact, Note, Post, Ticket
from inbox.models.search import configuration_for

_serial = itertools.count(1)


def make_channel(name: str = "", **fields: Any) -> Channel:
    """A saved channel; without a name each call makes another one."""
    name = name or f"Page {next(_serial)}"
    return Channel.objects.create(
        **{"name": name, "network": "facebook", "connector": "webhook", **fields}
    )


def make_contact(name: str = "", *, network: str = "facebook", **fields: Any) -> Contact:
    """A saved contact; without a name each call makes another person."""
    number = next(_serial)
    name = name or f"Person {number}"
    handle = name.lower().replace(" ", "")
    return Contact.objects.create(
        **{
            "network": network,
            "external_id": f"u{number}",
            "handle": handle,
            "name": name,
            **fields,
        }
    )


def make_post(
    ticket: Ticket | None = None,
    text: str = "Hello",
    *,
    channel: Channel | None = None,
    posted_at: datetime | None = None,
    **fields: Any,
) -> Post:
    """A saved post on `ticket` by its contact unless told otherwise; the ticket's counts follow."""
    channel = channel or (ticket.channel if ticket else make_channel())
    posted_at = posted_at or timezone.now()
    if ticket and "contact" not in fields and not fields.get("is_own"):
        fields["contact"] = ticket.contact
    language = fields.setdefault("language", ticket.language if ticket else "en")
    fields.setdefault("search_config", configuration_for(language))
    fields.setdefault("external_id", f"p{next(_serial)}")
    post = Post.objects.create(
        channel=channel, ticket=ticket, text=text, posted_at=posted_at, **fields
    )
    if ticket:
        ticket.post_count += 1
        ticket.last_post_at = max(ticket.last_post_at, posted_at)
        ticket.is_answered = post.is_own
        if not post.is_own:
            ticket.excerpt = text[:280]
        ticket.save()
    return post


def make_ticket(
    channel: Channel,
    department: Department | None,
    text: str = "My bread came burnt.",
    **fields: Any,
) -> Ticket:
    """A saved ticket with its opening post; a state's own time is filled in.

    `fields` are the ticket's; `at` sets when it was opened and last written on.
    """
    at: datetime = fields.pop("at", None) or timezone.now()
    if "contact" not in fields:
        fields["contact"] = make_contact(network=channel.network)
    fields.setdefault("language", "en")
    if fields.get("state") == Ticket.State.RESOLVED:
        fields.setdefault("resolved_at", at)
    if fields.get("state") == Ticket.State.SNOOZED:
        fields.setdefault("snoozed_until", timezone.now() + timedelta(days=1))
    fields.setdefault("last_post_at", at)
    fields.setdefault("opened_at", at)
    ticket = Ticket.objects.create(channel=channel, department=department, **fields)
    ticket.opening_post = make_post(ticket, text, posted_at=at)
    ticket.save()
    return ticket


def make_note(ticket: Ticket, author: User, text: str = "Look here.", **fields: Any) -> Note:
    """A saved note, past every service."""
    return Note.objects.create(ticket=ticket, author=author, text=text, **fields)
