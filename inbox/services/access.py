"""A channel's credentials: kept encrypted, handed to its connector, shown to nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pghistory
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import Access, Quota, network_of
from inbox.connectors.errors import Expired
from inbox.models import Channel, ChannelQuota


def access_of(channel: Channel) -> Access:
    """How the connector of `channel` may speak for it.

    Raises `Expired` when the credentials cannot be decrypted, and `LookupError` when no connector
    with an account on a network goes by the channel's.
    """
    network = network_of(channel.connector)
    if network is None:
        raise LookupError(channel.connector)
    return Access(
        base_url=(channel.settings.get("base_url") or network.base_url).rstrip("/"),
        settings=channel.settings,
        secrets=secrets_of(channel),
        own_ids=frozenset(channel.own_ids),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
        quota=lambda quota: _note_quota(channel.pk, quota),
        renewed=lambda secrets: _renew(channel.pk, secrets),
    )


def secrets_of(channel: Channel) -> dict[str, str]:
    """The connector's secrets. Raises `Expired` when they cannot be decrypted."""
    if not channel.credentials:
        return {}
    try:
        found: dict[str, str] = json.loads(channel.credentials)
    except ValueError:
        # The encrypted field hands out the ciphertext when the key does not fit.
        reason = "cannot be asked: the stored credentials do not open with the present key"
        raise Expired(reason) from None
    return found


@transaction.atomic
def store_credentials(*, channel: Channel, secrets: Mapping[str, str], by: User | None) -> None:
    """Keep `secrets` in place of what the channel had, encrypted."""
    with pghistory.context(user=by.pk if by else None):
        channel.credentials = json.dumps(dict(secrets), sort_keys=True)
        channel.save(update_fields=["credentials"])


def _note_quota(channel_id: int, quota: Quota) -> None:
    ChannelQuota.objects.update_or_create(
        channel_id=channel_id,
        name=quota.name[:60],
        defaults={
            "limit": max(quota.limit, 0),
            "remaining": max(quota.remaining, 0),
            "resets_at": quota.resets_at,
            "told_at": timezone.now(),
        },
    )


@transaction.atomic
def _renew(channel_id: int, secrets: Mapping[str, str]) -> None:
    """Put what the network gave into its place, whatever else changed meanwhile."""
    channel = Channel.objects.select_for_update().get(pk=channel_id)
    channel.credentials = json.dumps({**secrets_of(channel), **secrets}, sort_keys=True)
    channel.save(update_fields=["credentials"])
