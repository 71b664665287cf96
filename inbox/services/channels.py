"""Connecting pages and feeds, and their secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import connectors
from inbox.connectors.signature import new_secret
from inbox.models import Channel, ChannelState

OLD_SECRET_LIVES = timedelta(hours=24)


def create_channel(
    *,
    name: str,
    network: str,
    connector: str,
    by: User | None,
    page_name: str = "",
    own_ids: list[str] | None = None,
    url: str = "",
    reopen_within: timedelta | None = None,
    retention_days: int | None = None,
) -> Channel:
    """A new channel; one that takes deliveries has a secret."""
    channel = Channel(
        name=name,
        network=network,
        connector=connector,
        page_name=page_name,
        own_ids=own_ids or [],
        url=url,
        retention_days=retention_days,
    )
    if reopen_within is not None:
        channel.reopen_within = reopen_within
    if connectors()[connector].capabilities.deliveries:
        channel.secret = new_secret()
    with _audited(by):
        channel.save()
        ChannelState.objects.create(channel=channel)
    return channel


def update_channel(*, channel: Channel, changes: Mapping[str, Any], by: User) -> Channel:
    """Change settings of a channel; a new address forgets how far the old one was read."""
    with _audited(by):
        moved = "url" in changes and changes["url"] != channel.url
        Channel.objects.filter(pk=channel.pk).update(**changes)
        if moved:
            ChannelState.objects.filter(channel=channel).update(
                cursor={}, next_poll_at=None, failures=0, last_error=""
            )
    channel.refresh_from_db()
    return channel


def set_active(*, channel: Channel, is_active: bool, by: User | None) -> Channel:
    """Switch a channel on or off. What it brought stays."""
    with _audited(by):
        changed = Channel.objects.filter(pk=channel.pk).exclude(is_active=is_active)
        was_changed = changed.update(is_active=is_active)
        if is_active:
            return_to_work: dict[str, Any] = {"next_poll_at": None, "failures": 0, "last_error": ""}
            if was_changed:
                return_to_work["active_since"] = timezone.now()
            ChannelState.objects.filter(channel=channel).update(**return_to_work)
    channel.is_active = is_active
    return channel


def rotate_secret(*, channel: Channel, by: User, keep_for: timedelta = OLD_SECRET_LIVES) -> str:
    """Give the channel a new secret and return it; the old one stays valid for `keep_for`."""
    with _audited(by):
        held = Channel.objects.select_for_update().get(pk=channel.pk)
        held.previous_secret = held.secret if keep_for else ""
        held.previous_secret_until = timezone.now() + keep_for if keep_for else None
        held.secret = secret = new_secret()
        held.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    channel.refresh_from_db()
    return secret


@contextmanager
def _audited(by: User | None) -> Iterator[None]:
    with transaction.atomic(), pghistory.context(user=by.pk if by else None):
        yield
