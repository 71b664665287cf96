"""Who speaks, to whom, and what a macro's variables stand for."""

from __future__ import annotations

from accounts.models import User
from inbox.models import Channel, Contact, Ticket
from routing.wording import network_name


def values_for(ticket: Ticket, agent: User, listener: Contact | None) -> dict[str, str]:
    """What the variables of a macro stand for when `agent` answers `listener` on `ticket`.

    "" where it is not known; without a listener the ticket's contact is answered.
    """
    contact, channel = listener or ticket.contact, ticket.channel
    handle = contact.handle.lstrip("@") if contact else ""
    name = contact.name if contact else ""
    return {
        "contact.name": name,
        "contact.first_name": name.split()[0] if name.split() else "",
        "contact.handle": f"@{handle}" if handle else "",
        "ticket.reference": f"#{ticket.pk}",
        "agent.name": agent.name,
        "agent.first_name": agent.name.split()[0] if agent.name.split() else "",
        "department.name": ticket.department.name if ticket.department else "",
        "channel.name": speaker_of(channel),
        "channel.network": network_name(channel.network),
    }


def speaker_of(channel: Channel) -> str:
    """The name under which the public hears from the channel."""
    return channel.page_name or channel.name
