"""Connecting a page of a network: credentials, a test of them, and from when on it is read."""

from __future__ import annotations

import secrets as tokens
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import pghistory
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import Access, Identity, Network, network_of
from inbox.models import Channel, ChannelState
from inbox.services.access import access_of, store_credentials
from inbox.services.channels import set_active
from inbox.services.sampling import Sample, sample
from routing.services import clear_alarm


@dataclass(frozen=True, slots=True)
class Check:
    """What a test of the credentials found."""

    identity: Identity
    sample: Sample = field(default_factory=Sample)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in under way: where to send the admin, and what to remember until they are back."""

    url: str
    state: str
    verifier: str


def identify(*, network: Network, values: Mapping[str, str]) -> Identity:
    """Ask the network whom the pasted `values` speak for; nothing is saved.

    Raises `NetworkError`.
    """
    public, hidden = _apart(network, values)
    access = Access(
        base_url=(public.get("base_url") or network.base_url).rstrip("/"),
        settings=public,
        secrets=hidden,
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )
    return network.identify(access)


@transaction.atomic
def begin(*, network: Network, name: str, values: Mapping[str, str], by: User | None) -> Channel:
    """A channel that takes nothing in yet, with its credentials encrypted."""
    public, hidden = _apart(network, values)
    channel = Channel(
        name=name, network=network.slug, connector=network.slug, settings=public, is_active=False
    )
    with pghistory.context(user=by.pk if by else None):
        channel.save()
        ChannelState.objects.create(channel=channel)
    store_credentials(channel=channel, secrets=hidden, by=by)
    return channel


@transaction.atomic
def replace_values(*, channel: Channel, values: Mapping[str, str], by: User) -> Channel:
    """Give the channel other credentials; a secret that is left empty stays as it was."""
    network = _network(channel)
    public, hidden = _apart(network, values)
    held = Channel.objects.select_for_update().get(pk=channel.pk)
    kept = {} if not held.credentials else access_of(held).secrets
    held.settings = {**held.settings, **public}
    with pghistory.context(user=by.pk):
        held.save(update_fields=["settings"])
    store_credentials(
        channel=held, secrets={**kept, **{k: v for k, v in hidden.items() if v}}, by=by
    )
    return held


def start_sign_in(*, channel: Channel, redirect_uri: str, by: User) -> SignIn:
    """Where to send the admin to sign in on the network. Raises `NetworkError`."""
    network = _network(channel)
    state, verifier = tokens.token_urlsafe(24), tokens.token_urlsafe(48)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    access = access_of(channel)
    url, kept = network.sign_in_url(
        access, redirect_uri=redirect_uri, state=state, challenge=challenge
    )
    if kept:
        store_credentials(channel=channel, secrets={**access.secrets, **kept}, by=by)
    return SignIn(url, state, verifier)


def finish_sign_in(
    *, channel: Channel, code: str, redirect_uri: str, verifier: str, by: User
) -> Identity:
    """Keep what the sign-in ends with, and learn who we are. Raises `NetworkError`."""
    access = access_of(channel)
    found = _network(channel).finish_sign_in(
        access, code=code, redirect_uri=redirect_uri, verifier=verifier
    )
    store_credentials(channel=channel, secrets={**access.secrets, **found}, by=by)
    identity = _network(channel).identify(access_of(channel))
    remember(channel=channel, identity=identity, by=by)
    return identity


@transaction.atomic
def remember(*, channel: Channel, identity: Identity, by: User | None) -> None:
    """Keep who the channel speaks as: its posts are then known as the page's own."""
    held = Channel.objects.select_for_update().get(pk=channel.pk)
    held.settings = {**held.settings, "account_id": identity.external_id, **identity.settings}
    held.page_name = held.page_name or identity.name[:120]
    held.url = held.url or identity.url[:500]
    ours = [identity.external_id, identity.handle]
    held.own_ids = list(dict.fromkeys([*held.own_ids, *(own for own in ours if own)]))
    with pghistory.context(user=by.pk if by else None):
        held.save(update_fields=["settings", "page_name", "url", "own_ids"])
    ChannelState.objects.filter(channel=held).update(
        credentials_expire_at=identity.expires_at, failures=0, last_error="", next_poll_at=None
    )
    clear_alarm(f"channel-expired-{held.pk}")
    channel.refresh_from_db()


def check(*, channel: Channel, by: User | None) -> Check:
    """Who we are there, what the credentials may not do, and how busy the page is.

    Raises `NetworkError` when not even the first can be told.
    """
    network = _network(channel)
    access = access_of(channel)
    identity = network.identify(access)
    remember(channel=channel, identity=identity, by=by)
    if not network.capabilities.polling:
        return Check(identity)
    return Check(identity, sample(channel=channel))


@transaction.atomic
def finish(*, channel: Channel, by: User, since: datetime | None = None) -> Channel:
    """Take posts in from now on, or from `since` (aware); what is older is for a back-fill."""
    network = _network(channel)
    if network.capabilities.polling:
        start = network.cursor_since(since or timezone.now())
        ChannelState.objects.filter(channel=channel).update(cursor=dict(start), next_poll_at=None)
    return set_active(channel=channel, is_active=True, by=by)


def is_connected(channel: Channel) -> bool:
    """Whether it is known whom the channel speaks for."""
    return "account_id" in channel.settings


def _network(channel: Channel) -> Network:
    network = network_of(channel.connector)
    if network is None:
        raise LookupError(channel.connector)
    return network


def _apart(network: Network, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be shown, and what may not."""
    public = {
        f.name: values[f.name] for f in network.fields if not f.is_secret and f.name in values
    }
    hidden = {f.name: values[f.name] for f in network.fields if f.is_secret and f.name in values}
    return public, hidden
