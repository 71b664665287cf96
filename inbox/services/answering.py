"""Where a channel of the signed webhook sends its replies."""

from __future__ import annotations

from dataclasses import replace

import pghistory
from django.db import transaction

from accounts.models import User
from inbox.connectors.base import network_of
from inbox.models import Channel
from inbox.services.access import access_of, secrets_of, store_credentials

# What is kept of a receiver; taking replies back to "no" forgets all of it.
SETTINGS = ("reply_url", "reply_supports", "reply_length")


def send_replies_to(*, channel: Channel, address: str, secret: str, by: User) -> Channel:
    """Greet the receiver at `address` and send replies there from now on.

    Without a `secret` the channel's own signs. Raises `NetworkError`, with nothing changed, when
    the receiver does not answer, and `LookupError` for a channel that replies in its own way.
    """
    network = network_of(channel.connector)
    if network is None or network.has_account:
        raise LookupError(channel.connector)
    access = access_of(channel)
    kept = {"reply_secret": secret} if secret else {}
    identity = network.identify(
        replace(
            access,
            settings={**access.settings, "reply_url": address},
            secrets={**access.secrets, **kept},
        )
    )
    with transaction.atomic():
        held = Channel.objects.select_for_update().get(pk=channel.pk)
        held.settings = {**held.settings, **identity.settings}
        with pghistory.context(user=by.pk):
            held.save(update_fields=["settings"])
        if secret:
            store_credentials(channel=held, secrets={**secrets_of(held), **kept}, by=by)
    return held


@transaction.atomic
def send_no_replies(*, channel: Channel, by: User) -> Channel:
    """Forget the receiver and its secret; the channel only takes in."""
    held = Channel.objects.select_for_update().get(pk=channel.pk)
    held.settings = {name: told for name, told in held.settings.items() if name not in SETTINGS}
    with pghistory.context(user=by.pk):
        held.save(update_fields=["settings"])
    store_credentials(channel=held, secrets={}, by=by)
    return held
