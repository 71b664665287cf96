"""Signed webhook deliveries: who sent it, how much, and taking it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from inbox.connectors import webhook
from inbox.connectors.signature import PREFIX, SignatureError, verify
from inbox.connectors.types import Delivery, ParseError
from inbox.models import Channel, DeliveryWindow, QuarantinedPayload
from inbox.services import ledger, quarantine, waiting
from inbox.services.quarantine import Part, Unreadable
from inbox.services.receive import Receipt
from routing.services import raise_alarm

Source = QuarantinedPayload.Source


class NoSuchChannel(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """No webhook answers at this address."""


class SwitchedOff(Exception):  # noqa: N818
    """The channel is known and the signature good, but the channel takes nothing in."""


class SecretUnreadable(Exception):  # noqa: N818
    """The channel's secret cannot be decrypted, so that nothing can be checked."""


class TooFast(Exception):  # noqa: N818
    """More posts this minute than the channel may send; `retry_after` is in seconds."""

    def __init__(self, retry_after: int, *, is_hopeless: bool) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
        self.is_hopeless = is_hopeless


NOTHING = Receipt()


@dataclass(frozen=True, slots=True)
class Known:
    """A channel as it is now, and whether deliveries for it wait to be taken in."""

    channel: Channel
    has_waiting: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery."""

    receipt: Receipt = NOTHING
    refused: tuple[Unreadable, ...] = ()
    is_waiting: bool = False

    def as_json(self) -> dict[str, object]:
        """The counts and what went to quarantine, as the sender reads it."""
        if self.is_waiting:
            return {"waiting": True}
        faults = [{"field": part.field, "reason": part.reason} for part in self.refused]
        counts = {name: getattr(self.receipt, name) for name in _COUNTS}
        return counts | {"quarantined": faults}


def take_delivery(*, known: Known, headers: Mapping[str, str], body: bytes) -> Taken:
    """Check and take in one delivery; when it returns, everything is committed.

    When too many come at once, that is the delivery as it came: its posts follow in a moment, see
    `waiting`. Raises `NoSuchChannel`, `SignatureError`, `SwitchedOff`, `TooFast`, and `ParseError`
    for a body whose posts cannot be told apart (it is then in quarantine).
    """
    channel = known.channel
    _check(channel, headers, body)
    try:
        delivery = webhook.parse_delivery(body)
    except ParseError as error:
        count(channel, 1)
        part = Unreadable(body, error.reason, error.field)
        quarantine.keep(channel=channel, source=Source.WEBHOOK, parts=[part])
        raise
    count(channel, len(delivery.posts) + len(delivery.refused))
    if delivery.refused:
        return _take_in(channel, delivery, body)
    posts = len(delivery.posts)
    with waiting.turn(channel, posts=posts, has_waiting=known.has_waiting) as is_now:
        if is_now:
            return _take_in(channel, delivery, body)
    waiting.set_aside(channel=channel, headers={}, body=body)
    return Taken(is_waiting=True)


def clear_windows(*, before: datetime | None = None) -> int:
    """Forget how fast channels delivered more than ten minutes ago; return how many rows went."""
    limit = before or timezone.now() - timedelta(minutes=10)
    deleted, _ = DeliveryWindow.objects.filter(minute__lt=int(limit.timestamp()) // 60).delete()
    return deleted


def secrets_of(channel: Channel) -> list[str]:
    """The secrets that are valid now. Raises `SecretUnreadable` and an alarm after a lost key."""
    found = [channel.secret]
    until = channel.previous_secret_until
    if channel.previous_secret and until and until > timezone.now():
        found.append(channel.previous_secret)
    # The encrypted field hands out the ciphertext when the key does not fit.
    if channel.secret and not channel.secret.startswith(PREFIX):
        raise_alarm(
            f"channel-secret-{channel.pk}",
            f"The secret of {channel} cannot be decrypted: SECRET_KEY or SALT_KEY has changed. "
            "Restore it, or make a new secret.",
            "critical",
        )
        raise SecretUnreadable
    return [secret for secret in found if secret and secret.startswith(PREFIX)]


def _check(channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
    if not channel.secret:
        raise NoSuchChannel
    try:
        verify(secrets_of(channel), headers, body, now=timezone.now())
    except SignatureError:
        if channel.is_active:
            raise
        # Only who holds the secret learns that the channel exists.
        raise NoSuchChannel from None
    if not channel.is_active:
        raise SwitchedOff


def _take_in(channel: Channel, delivery: Delivery, body: bytes) -> Taken:
    refused = [Unreadable(part.raw, part.reason, part.field) for part in delivery.refused]
    parts = [
        Part(replace(post, raw=body), b"", path)
        for post, path in zip(delivery.posts, delivery.paths, strict=True)
    ]
    if not refused and (whole := quarantine.take_in_whole(channel=channel, parts=parts)):
        return Taken(whole)
    with transaction.atomic():
        receipt, unstorable = quarantine.take_in(channel=channel, parts=parts)
        ledger.note(channel.pk, deliveries=1)
        if unstorable:
            raws = webhook.raws_of(body)
            refused += [replace(part, raw=raws.get(part.field, body)) for part in unstorable]
        quarantine.keep(channel=channel, source=Source.WEBHOOK, parts=refused)
    return Taken(receipt, tuple(refused))


def known_channel(pk: int) -> Known | None:
    """The channel as it is now, whatever brings its posts, or None.

    It is read only after a change, for each delivery begins with it, and shared between threads:
    nobody may change it.
    """
    row = _version_of(pk)
    if row is None:
        return None
    version, channel = _channels.get(pk, ("", None))
    if channel is None or version != row[0]:
        channel = Channel.objects.get(pk=pk)
        _channels[pk] = row[0], channel
    return Known(channel, row[1])


def _version_of(pk: int) -> tuple[str, bool] | None:
    # Whether the connection is still good shows here; to ask before costs as much as the question.
    link: Any = connection  # The attribute is Django's, and not in its types.
    link.health_check_done = True
    try:
        return _ask_version(pk)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _ask_version(pk)


def _ask_version(pk: int) -> tuple[str, bool] | None:
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, [pk])
        row: tuple[str, bool] | None = cursor.fetchone()
        return row


def count(channel: Channel, posts: int) -> None:
    """Book `posts` on this minute, shared by all processes, or raise `TooFast`.

    Outside the intake's transaction: a row every delivery writes must not stay locked while one of
    them is routed. A process books some ahead, which are lost when the minute ends without them.
    """
    limit: int = settings.WEBHOOK_POSTS_PER_MINUTE
    minute, second = divmod(int(timezone.now().timestamp()), 60)
    with _booking:
        of_minute, left = _ahead.get(channel.pk, (0, 0))
        if of_minute == minute and left >= posts:
            _ahead[channel.pk] = minute, left - posts
            return
    for booked in (posts + limit // BOOK_AHEAD, posts):
        if _book(channel, minute, booked, limit):
            with _booking:
                _ahead[channel.pk] = minute, booked - posts
            return
    raise TooFast(60 - second, is_hopeless=posts > limit)


def _book(channel: Channel, minute: int, posts: int, limit: int) -> bool:
    if posts > limit:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, [channel.pk, minute, posts, limit])
        return cursor.fetchone() is not None


# A change of a row changes its xmin (the transaction) or ctid (the place).
_VERSION = """
    SELECT xmin || '/' || ctid,
        EXISTS (SELECT FROM inbox_waitingdelivery WHERE channel_id = inbox_channel.id)
    FROM inbox_channel WHERE id = %s
"""
_channels: dict[int, tuple[str, Channel]] = {}  # with the version they were read at

BOOK_AHEAD = 1000  # A process books this part of a minute's limit at once.
_booking = Lock()
_ahead: dict[int, tuple[int, int]] = {}  # minute and posts left, by channel
_COUNTS = ("created", "duplicates", "edited", "deleted", "counted", "hidden", "tickets")
_BOOK = """
    INSERT INTO inbox_deliverywindow AS w (channel_id, minute, posts) VALUES (%s, %s, %s)
    ON CONFLICT (channel_id, minute) DO UPDATE SET posts = w.posts + excluded.posts
    WHERE w.posts + excluded.posts <= %s
    RETURNING posts
"""
