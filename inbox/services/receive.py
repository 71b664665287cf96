"""The only way in: posts of a channel become tickets, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.connectors.types import IncomingPost
from inbox.models import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; every incoming post is counted in one of the first five."""

    created: int = 0
    duplicates: int = 0
    edited: int = 0
    deleted: int = 0
    counted: int = 0
    tickets: int = 0
    ticket_ids: tuple[int, ...] = ()


def receive(channel: Channel, posts: Sequence[IncomingPost]) -> Receipt:
    """Take `posts` in, in one transaction: dedupe, thread, route, record and tell the browsers."""
    raise NotImplementedError
