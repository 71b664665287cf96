"""What could not be taken in: kept whole, and taken in once it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.connectors import feed, files, webhook
from inbox.connectors.base import Network, network_of
from inbox.connectors.errors import NetworkError
from inbox.connectors.types import IncomingPost, ParseError
from inbox.models import Channel, Import, QuarantinedPayload
from inbox.queries.intake import layout_of
from inbox.services import ledger
from inbox.services.access import access_of
from inbox.services.conflicts import Refused
from inbox.services.receive import Receipt, receive

State = QuarantinedPayload.State
Source = QuarantinedPayload.Source
# One post that cannot be kept must not stop the others of its batch, for ever.
UNSTORABLE = (DataError, ParseError, UnicodeError)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of what came in that cannot be taken in: its bytes, and why."""

    raw: bytes
    reason: str
    field: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A post and where it came from, in case it cannot be kept."""

    post: IncomingPost
    raw: bytes
    field: str = ""
    line: int | None = None


def keep(
    *,
    channel: Channel,
    source: str,
    parts: Iterable[Unreadable],
    from_import: Import | None = None,
) -> None:
    """Put `parts` in quarantine; what already waits there is not kept twice."""
    rows = [
        QuarantinedPayload(
            channel=channel,
            source=source,
            from_import=from_import,
            line=part.line,
            raw=part.raw,
            digest=hashlib.sha256(part.raw).hexdigest(),
            field=part.field[:200],
            reason=part.reason,
        )
        for part in parts
    ]
    if rows:
        QuarantinedPayload.objects.bulk_create(rows, ignore_conflicts=True)
        ledger.note(channel.pk, errors=len(rows))


def take_in_whole(*, channel: Channel, parts: Sequence[Part]) -> Receipt | None:
    """Receive all posts, or none of them and return None when one cannot be kept.

    Call it outside of a transaction: only then do deliveries of one channel go in side by side.
    """
    try:
        return receive(channel, [part.post for part in parts], were_delivered=1)
    except UNSTORABLE:
        return None


def take_in(
    *, channel: Channel, parts: Sequence[Part], history_before: datetime | None = None
) -> tuple[Receipt, list[Unreadable]]:
    """Receive all posts but those that cannot be kept; those come back with the reason.

    Call it inside the caller's transaction. `history_before` is as of `receive`.
    """
    if not parts:
        return Receipt(), []
    try:
        with transaction.atomic():
            posts = [part.post for part in parts]
            return receive(channel, posts, history_before=history_before), []
    except UNSTORABLE as error:
        if len(parts) == 1:
            part, reason = parts[0], str(error).strip().partition("\n")[0]
            return Receipt(), [Unreadable(part.raw, reason, part.field, part.line)]
    middle = len(parts) // 2
    first, refused_first = take_in(
        channel=channel, parts=parts[:middle], history_before=history_before
    )
    second, refused_second = take_in(
        channel=channel, parts=parts[middle:], history_before=history_before
    )
    return total(first, second), refused_first + refused_second


def total(*receipts: Receipt) -> Receipt:
    """One receipt for several."""
    return Receipt(
        created=sum(r.created for r in receipts),
        duplicates=sum(r.duplicates for r in receipts),
        edited=sum(r.edited for r in receipts),
        deleted=sum(r.deleted for r in receipts),
        counted=sum(r.counted for r in receipts),
        hidden=sum(r.hidden for r in receipts),
        tickets=sum(r.tickets for r in receipts),
        ticket_ids=tuple(dict.fromkeys(pk for r in receipts for pk in r.ticket_ids)),
    )


def replay(*, payload: QuarantinedPayload, by: User | None, raw: bytes | None = None) -> Receipt:
    """Try again to take `payload` in, or `raw`, a repaired version of it.

    Raises `ParseError` when it still cannot be understood (the new reason is then kept, unless it
    was a repaired version), and `Refused` when somebody settled it already.
    """
    try:
        with transaction.atomic():
            _settle(payload, State.REPLAYED, by)
            return _take_in_again(payload, bytes(payload.raw) if raw is None else raw)
    except ParseError as error:
        if raw is None:
            QuarantinedPayload.objects.waiting().filter(pk=payload.pk).update(
                reason=error.reason, field=error.field[:200]
            )
        raise


def replay_many(*, payloads: Iterable[QuarantinedPayload], by: User | None) -> tuple[int, int]:
    """Try each again, each in a transaction of its own; how many went in and how many did not."""
    done = failed = 0
    for payload in payloads:
        try:
            replay(payload=payload, by=by)
        except (ParseError, Refused):
            failed += 1
        else:
            done += 1
    return done, failed


def discard(*, payload: QuarantinedPayload, by: User) -> None:
    """Settle `payload` without taking it in. Raises `Refused` when somebody settled it already."""
    _settle(payload, State.DISCARDED, by)


def _settle(payload: QuarantinedPayload, state: str, by: User | None) -> None:
    now = timezone.now()
    settled = (
        QuarantinedPayload.objects.waiting()
        .filter(pk=payload.pk)
        .update(state=state, settled_at=now, settled_by=by)
    )
    if not settled:
        raise Refused(_("Somebody dealt with this one in the meantime."))


def _take_in_again(payload: QuarantinedPayload, raw: bytes) -> Receipt:
    posts = _read(payload, raw)
    channel = payload.channel
    receipt, refused = take_in(
        channel=channel, parts=[Part(post, raw, payload.field) for post in posts]
    )
    if refused:
        raise ParseError(refused[0].reason, field=refused[0].field)
    return receipt


def _read(payload: QuarantinedPayload, raw: bytes) -> Sequence[IncomingPost]:
    """The posts of `raw`; raises `ParseError` for the first that cannot be understood."""
    network = network_of(payload.channel.connector)
    if network is not None and network.has_account and payload.source != Source.IMPORT:
        return _read_by(network, payload.channel, raw)
    if payload.source == Source.WEBHOOK:
        delivery = webhook.parse_delivery(raw)
        if delivery.refused:
            raise ParseError(delivery.refused[0].reason, field=delivery.refused[0].field)
        return delivery.posts
    if payload.source == Source.FEED:
        return feed.parse(raw, address=payload.channel.url).posts
    layout = layout_of(payload.from_import) if payload.from_import else files.Layout()
    return files.read_again(raw, layout, salt=str(payload.channel_id))


def _read_by(network: Network, channel: Channel, raw: bytes) -> Sequence[IncomingPost]:
    try:
        delivery = network.parse_delivery(access_of(channel), {}, raw)
    except NetworkError as error:
        raise ParseError(f"the connector {error.reason}") from None
    if delivery.refused:
        raise ParseError(delivery.refused[0].reason, field=delivery.refused[0].field)
    return delivery.posts
