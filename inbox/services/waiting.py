"""Deliveries that wait: answered as soon as they are kept, taken in together a moment later.

Taking in one post alone costs ten times what keeping it does, and four times what it costs in
company. So who comes while another delivery of the channel is being taken in by this process, or
while others wait already, is kept as it came and answered; a thread takes in those that wait, many
in one transaction, until none is left. What a process left behind that was ended, the worker takes
in within a minute.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from threading import Lock, Thread

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from inbox.connectors import webhook
from inbox.connectors.base import network_of
from inbox.connectors.errors import NetworkError
from inbox.connectors.types import ParseError
from inbox.models import Channel, QuarantinedPayload, WaitingDelivery
from inbox.services import ledger, quarantine
from inbox.services.access import access_of
from inbox.services.quarantine import Part, Unreadable
from inbox.services.receive.locks import SMALL

TOGETHER = 32  # deliveries in one transaction
# What could open a door is not kept; no network says with it what a body means.
PRIVATE_HEADERS = ("authorization", "cookie", "proxy-authorization")
SOURCE = QuarantinedPayload.Source.WEBHOOK

logger = logging.getLogger(__name__)


@contextmanager
def turn(channel: Channel, *, posts: int, has_waiting: bool) -> Iterator[bool]:
    """Whether a delivery of so many `posts` is to be taken in now, in the body, or to wait.

    A large one never waits: it is company enough.
    """
    with _lock:
        may_wait = posts <= SMALL and (has_waiting or channel.pk in _busy)
        is_first = not may_wait and channel.pk not in _busy
        if is_first:
            _busy.add(channel.pk)
    try:
        yield not may_wait
    finally:
        if is_first:
            with _lock:
                _busy.discard(channel.pk)


def set_aside(*, channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
    """Keep a delivery that is signed, readable and whole, and see that it is soon taken in."""
    kept = {name: value for name, value in headers.items() if name.lower() not in PRIVATE_HEADERS}
    with connection.cursor() as cursor:  # A third of what the model's own way costs.
        cursor.execute(_KEEP, [channel.pk, json.dumps(kept), body, timezone.now()])
    _wake(channel.pk)


def take_waiting(channel_id: int) -> int:
    """Take in the oldest that wait for a channel and that nobody else takes; return how many.

    They are gone from here in the transaction that makes them posts, whoever dies meanwhile. What
    cannot be read or kept goes to quarantine.
    """
    with transaction.atomic():
        rows = _locked(channel_id, most=TOGETHER)
        if rows:
            _take_in(Channel.objects.get(pk=channel_id), rows)
            WaitingDelivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def take_left_behind(*, seconds: float) -> int:
    """Take in what waits for any channel, beginning nothing new after `seconds`; how many."""
    until = time.monotonic() + seconds
    channels = WaitingDelivery.objects.order_by("channel").values_list("channel", flat=True)
    return sum(take_all_waiting(pk, until=until) for pk in list(channels.distinct()))


def take_all_waiting(channel_id: int, *, until: float = inf) -> int:
    """Take in what waits for a channel until nothing is left; return how many deliveries.

    Stops early once `time.monotonic()` is past `until`. A delivery that breaks the others is found
    and put into quarantine, so that it stops nobody.
    """
    total = 0
    while time.monotonic() < until:
        try:
            taken = take_waiting(channel_id)
        except (OperationalError, InterfaceError):
            raise  # The database is out of reach: they wait on.
        except Exception:
            logger.exception("Deliveries that waited are taken in one by one")
            taken = sum(_take_one(channel_id) for _ in range(TOGETHER))
        total += taken
        if not taken:
            break
    return total


def _take_one(channel_id: int) -> int:
    """Take in the oldest that waits, whatever happens: what nobody foresaw goes to quarantine."""
    with transaction.atomic():
        rows = _locked(channel_id, most=1)
        for row in rows:
            try:
                with transaction.atomic():
                    _take_in(row.channel, [row])
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                logger.exception("A delivery that waited could not be taken in")
                reason = f"could not be taken in ({type(error).__name__})"
                part = Unreadable(bytes(row.body), reason)
                quarantine.keep(channel=row.channel, source=SOURCE, parts=[part])
            row.delete()
    return len(rows)


def _locked(channel_id: int, *, most: int) -> list[WaitingDelivery]:
    mine = WaitingDelivery.objects.filter(channel_id=channel_id).order_by("pk")
    return list(mine.select_for_update(skip_locked=True)[:most])


def _take_in(channel: Channel, rows: Sequence[WaitingDelivery]) -> None:
    parts: list[Part] = []
    refused: list[Unreadable] = []
    for row in rows:
        try:
            parts += _read(channel, row.headers, bytes(row.body))
        except ParseError as error:
            refused.append(Unreadable(bytes(row.body), error.reason, error.field))
    _, unstorable = quarantine.take_in(channel=channel, parts=parts)
    ledger.note(channel.pk, deliveries=len(rows))
    quarantine.keep(channel=channel, source=SOURCE, parts=[*refused, *unstorable])


def _read(channel: Channel, headers: Mapping[str, str], body: bytes) -> list[Part]:
    network = network_of(channel.connector)
    is_ours = network is None or not network.has_account
    try:
        if network is None or is_ours:
            delivery = webhook.parse_delivery(body)
        else:
            delivery = network.parse_delivery(access_of(channel), headers, body)
    except NetworkError as error:
        raise ParseError(f"the connector {error.reason}") from None
    if delivery.refused or delivery.unread:
        # It was whole when it was set aside: another release reads it now.
        reason = delivery.refused[0].reason if delivery.refused else "names what is to be read"
        raise ParseError(reason)
    if is_ours:
        pairs = zip(delivery.posts, delivery.paths, strict=True)
        return [Part(replace(post, raw=body), body, path) for post, path in pairs]
    return [Part(post, post.raw, post.external_id) for post in delivery.posts]


def _wake(channel_id: int) -> None:
    with _lock:
        _wanted.add(channel_id)
        if channel_id in _at_work:
            return
        _at_work.add(channel_id)
    Thread(target=_work, args=[channel_id], name=f"waiting-{channel_id}", daemon=True).start()


def _work(channel_id: int) -> None:
    try:
        while _is_wanted(channel_id):
            take_all_waiting(channel_id)
    except Exception:
        # The next delivery that is set aside starts another thread.
        logger.exception("Deliveries that wait are left to the worker")
        with _lock:
            _at_work.discard(channel_id)
    finally:
        connection.close()


def _is_wanted(channel_id: int) -> bool:
    """Whether anything was set aside since the last look; who hears no is at work no more."""
    with _lock:
        if channel_id in _wanted:
            _wanted.discard(channel_id)
            return True
        _at_work.discard(channel_id)
        return False


_KEEP = """
    INSERT INTO inbox_waitingdelivery (channel_id, headers, body, received_at)
    VALUES (%s, %s, %s, %s)
"""
_lock = Lock()
_busy: set[int] = set()  # channels for which a request is taking something in
_wanted: set[int] = set()
_at_work: set[int] = set()
