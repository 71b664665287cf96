"""A channel's credentials: kept encrypted, handed to its connector, shown to nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pghistory
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
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
        secrets={**_signing(channel), **secrets_of(channel)},
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


def _signing(channel: Channel) -> dict[str, str]:
    """The secrets of a signed webhook that are valid now, apart by spaces, newest first."""
    until = channel.previous_secret_until
    is_valid = until is not None and until > timezone.now()
    found = [channel.secret, channel.previous_secret if is_valid else ""]
    return {"secret": " ".join(one for one in found if one)} if channel.secret else {}


@transaction.atomic
def store_credentials(*, channel: Channel, secrets: Mapping[str, str], by: User | None) -> None:
    """Keep `secrets` in place of what the channel had, encrypted."""
    with pghistory.context(user=by.pk if by else None):
        channel.credentials = json.dumps(dict(secrets), sort_keys=True)
        channel.save(update_fields=["credentials"])


def _note_quota(channel_id: int, quota: Quota) -> None:
    if quota.cost:
        _spend(channel_id, quota)
        return
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


def _spend(channel_id: int, quota: Quota) -> None:
    """Count units where the network does not: all workers of a channel count into one row."""
    name, now = quota.name[:60], timezone.now()
    kept, is_new = ChannelQuota.objects.get_or_create(
        channel_id=channel_id,
        name=name,
        defaults={"limit": quota.limit, "remaining": quota.limit, "resets_at": quota.resets_at},
    )
    row = ChannelQuota.objects.filter(pk=kept.pk)
    if not is_new and kept.resets_at != quota.resets_at:
        # Of two that begin a new day one sets the count back.
        row.filter(resets_at=kept.resets_at).update(
            limit=quota.limit, remaining=quota.limit, resets_at=quota.resets_at
        )
    row.update(remaining=Greatest(F("remaining") - quota.cost, 0), told_at=now)


@transaction.atomic
def _renew(channel_id: int, secrets: Mapping[str, str]) -> None:
    """Put what the network gave into its place, whatever else changed meanwhile."""
    channel = Channel.objects.select_for_update().get(pk=channel_id)
    channel.credentials = json.dumps({**secrets_of(channel), **secrets}, sort_keys=True)
    channel.save(update_fields=["credentials"])
