"""Who wrote: one contact for each person or page of a network."""

from __future__ import annotations

from collections.abc import Mapping

from inbox.connectors.types import IncomingAuthor
from inbox.models import Contact


def settle_contacts(network: str, authors: Mapping[str, IncomingAuthor]) -> dict[str, int]:
    """Return contact ids by key, adding who is new and refreshing who changed.

    A network that leaves something out does not make us forget it.
    """
    if not authors:
        return {}
    known = {
        contact.external_id: contact
        for contact in Contact.objects.filter(network=network, external_id__in=list(authors)).defer(
            "search"
        )
    }
    ids = {key: contact.pk for key, contact in known.items()}
    # In one order everywhere, so that two batches naming the same people cannot lock crosswise.
    wanted = [_contact(network, key, authors[key], known.get(key)) for key in sorted(authors)]
    changed = [contact for contact in wanted if contact is not None]
    if changed:
        for contact in Contact.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["network", "external_id"],
            update_fields=["handle", "name", "url", "followers"],
        ):
            ids[contact.external_id] = contact.pk
    return ids


def _contact(
    network: str, key: str, author: IncomingAuthor, known: Contact | None
) -> Contact | None:
    """The row to write, or None when it says so already."""
    before = (known.handle, known.name, known.url, known.followers) if known else None
    handle, name, url, followers = before or ("", "", "", None)
    now = (
        author.handle or handle,
        author.name or name,
        author.url or url,
        followers if author.followers is None else author.followers,
    )
    if now == before:
        return None
    handle, name, url, followers = now
    return Contact(
        network=network,
        external_id=key,
        handle=handle,
        name=name,
        url=url,
        followers=followers,
    )
