"""Small deliveries that arrive while another is being taken in go in together.

A transaction costs some ten times as much as a post in it. So of the threads that bring posts to
one channel at the same time one drives: it takes in what the others, who wait, have brought
meanwhile, and hands the wheel to the first that came too late. Nobody is answered before the
commit, nobody drives twice, and a thread alone never waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock

from inbox.connectors.types import IncomingPost
from inbox.models import Channel
from inbox.services.receive import Receipt, receive_together
from inbox.services.receive.locks import SMALL


@dataclass(slots=True, eq=False)
class _Delivery:
    posts: Sequence[IncomingPost]
    turn: Event = field(default_factory=Event)
    receipt: Receipt | None = None
    is_left_behind: bool = False


_lock = Lock()
# Channels somebody is driving for, and who waits; what is no key has no driver.
_waiting: dict[int, deque[_Delivery]] = {}


def receive_in_company(channel: Channel, posts: Sequence[IncomingPost]) -> Receipt:
    """As `receive`, which it is for a large delivery or a lonely one."""
    if len(posts) > SMALL:
        return _alone(channel, posts)
    mine = _Delivery(posts)
    with _lock:
        is_driver = channel.pk not in _waiting
        _waiting.setdefault(channel.pk, deque())
        if not is_driver:
            _waiting[channel.pk].append(mine)
    if not is_driver:
        mine.turn.wait()
    if mine.receipt is not None:
        return mine.receipt
    if mine.is_left_behind:
        return _alone(channel, posts)
    return _drive(channel, mine)


def _drive(channel: Channel, mine: _Delivery) -> Receipt:
    company = [mine]
    try:
        company += _board(channel, room=SMALL - len(mine.posts))
        brought = [delivery.posts for delivery in company]
        receipts = receive_together(channel, brought, were_delivered=len(company))
        for delivery, receipt in zip(company, receipts, strict=True):
            delivery.receipt = receipt
    except Exception:
        if len(company) == 1:
            raise
        # One of them cannot be kept: each finds out by itself whether it is the one.
        return _alone(channel, mine.posts)
    finally:
        _pass_on(channel, company[1:])
    return receipts[0]


def _alone(channel: Channel, posts: Sequence[IncomingPost]) -> Receipt:
    (receipt,) = receive_together(channel, [posts], were_delivered=1)
    return receipt


def _board(channel: Channel, *, room: int) -> list[_Delivery]:
    """Those who wait, in order, as far as there is room for their posts."""
    aboard: list[_Delivery] = []
    with _lock:
        waiting = _waiting[channel.pk]
        while waiting and (room := room - len(waiting[0].posts)) >= 0:
            aboard.append(waiting.popleft())
    return aboard


def _pass_on(channel: Channel, passengers: Sequence[_Delivery]) -> None:
    with _lock:
        waiting = _waiting[channel.pk]
        following = waiting.popleft() if waiting else None
        if following is None:
            del _waiting[channel.pk]
    if following is not None:
        following.turn.set()
    for delivery in passengers:
        delivery.is_left_behind = delivery.receipt is None
        delivery.turn.set()
