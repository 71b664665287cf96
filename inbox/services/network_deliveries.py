"""Deliveries in a network's own format: who sent it, for which page, and taking it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from inbox.connectors.base import Handshake, Network, network_of
from inbox.connectors.errors import Expired
from inbox.connectors.signature import SignatureError
from inbox.connectors.types import Delivery, IncomingPost, ParseError
from inbox.models import Channel, QuarantinedPayload
from inbox.services import deliveries, ledger, quarantine, waiting
from inbox.services.access import access_of
from inbox.services.deliveries import NoSuchChannel, SecretUnreadable, SwitchedOff, Taken
from inbox.services.quarantine import Part, Unreadable

Source = QuarantinedPayload.Source
READ_AT_ONCE = 50  # References a job reads, so that one that fails repeats few.


def shake_hands(
    *, channel_id: int, query: Mapping[str, str], headers: Mapping[str, str]
) -> Handshake | None:
    """The answer to a network that asks whether it shall deliver here; None when none is due.

    A channel that is not switched on yet answers too: networks ask while it is being connected.
    """
    known = deliveries.known_channel(channel_id)
    network = _network_that_delivers(known.channel) if known else None
    if known is None or network is None:
        return None
    try:
        return network.handshake(access_of(known.channel), query, headers)
    except Expired:
        raise SecretUnreadable from None


def take_delivery(*, channel_id: int, headers: Mapping[str, str], body: bytes) -> Taken:
    """Check and take in one delivery, in our own format or a network's.

    One app may deliver for several pages: each post goes to the channel of the page it is for, if
    the same signature holds there. Returns and raises as `deliveries.take_delivery`.
    """
    known = deliveries.known_channel(channel_id)
    if known is None:
        raise NoSuchChannel
    if known.channel.connector == "webhook":
        return deliveries.take_delivery(known=known, headers=headers, body=body)
    channel, network = known.channel, _network_that_delivers(known.channel)
    if network is None:
        raise NoSuchChannel
    _verify(channel, network, headers, body)
    try:
        delivery = network.parse_delivery(access_of(channel), headers, body)
    except ParseError as error:
        deliveries.count(channel, 1)
        part = Unreadable(body, error.reason, error.field)
        quarantine.keep(channel=channel, source=Source.WEBHOOK, parts=[part])
        raise
    deliveries.count(channel, len(delivery.posts) + len(delivery.refused))
    by_page, strange = _by_page(channel, network, delivery, headers, body)
    if strange or delivery.refused or delivery.unread or [*by_page] != [channel]:
        return _take_in(channel, delivery, by_page, strange)
    # What is for this page alone, and whole, may wait; what is not is rare.
    posts = len(delivery.posts)
    with waiting.turn(channel, posts=posts, has_waiting=known.has_waiting) as is_now:
        if is_now:
            return _take_in(channel, delivery, by_page, strange)
    waiting.set_aside(channel=channel, headers=headers, body=body)
    return Taken(is_waiting=True)


def _network_that_delivers(channel: Channel) -> Network | None:
    network = network_of(channel.connector)
    if network is None or not network.has_account or not network.capabilities.deliveries:
        return None
    return network


def _verify(channel: Channel, network: Network, headers: Mapping[str, str], body: bytes) -> None:
    try:
        network.verify(access_of(channel), headers, body, now=timezone.now())
    except Expired:
        raise SecretUnreadable from None
    except SignatureError:
        if channel.is_active:
            raise
        # Only who holds the secret learns that the channel exists.
        raise NoSuchChannel from None
    if not channel.is_active:
        raise SwitchedOff


def _by_page(
    channel: Channel,
    network: Network,
    delivery: Delivery,
    headers: Mapping[str, str],
    body: bytes,
) -> tuple[dict[Channel, list[IncomingPost]], list[Unreadable]]:
    """The posts by the channel they are for, and those that are for no channel of ours."""
    own = channel.settings.get("account_id", "")
    wanted = {post.account for post in delivery.posts if post.account} - {own}
    pages = {"": channel, own: channel}
    for other in _others(channel, wanted) if wanted else ():
        try:
            network.verify(access_of(other), headers, body, now=timezone.now())
        except (SignatureError, Expired):
            continue  # The page belongs to another app, which has not signed this.
        pages.setdefault(other.settings["account_id"], other)
    found: dict[Channel, list[IncomingPost]] = {}
    strange = []
    for post in delivery.posts:
        page = pages.get(post.account)
        if page is not None:
            found.setdefault(page, []).append(post)
        else:
            reason = f"is for the page {post.account}, for which no channel is connected"
            strange.append(Unreadable(post.raw or body, reason, "account"))
    return found, strange


def _others(channel: Channel, wanted: set[str]) -> QuerySet[Channel]:
    return Channel.objects.active().filter(
        connector=channel.connector, settings__account_id__in=sorted(wanted)
    )


def _take_in(
    channel: Channel,
    delivery: Delivery,
    by_page: Mapping[Channel, Sequence[IncomingPost]],
    strange: Sequence[Unreadable],
) -> Taken:
    refused = [Unreadable(part.raw, part.reason, part.field) for part in delivery.refused]
    refused += strange
    if not refused and not delivery.unread and len(by_page) == 1:
        (page, posts), *_ = by_page.items()
        parts = [Part(post, post.raw, post.external_id) for post in posts]
        if whole := quarantine.take_in_whole(channel=page, parts=parts):
            return Taken(whole)
    receipts = []
    # In order of key, so that two deliveries for the same pages do not wait for each other.
    with transaction.atomic():
        for page in sorted(by_page, key=lambda page: page.pk):
            parts = [Part(post, post.raw, post.external_id) for post in by_page[page]]
            receipt, unstorable = quarantine.take_in(channel=page, parts=parts)
            receipts.append(receipt)
            refused += unstorable
        ledger.note(channel.pk, deliveries=1)
        quarantine.keep(channel=channel, source=Source.WEBHOOK, parts=refused)
        for start in range(0, len(delivery.unread), READ_AT_ONCE):
            references = list(delivery.unread[start : start + READ_AT_ONCE])
            async_task("inbox.tasks.read_unread", channel.pk, references)
    return Taken(quarantine.total(*receipts), tuple(refused))
