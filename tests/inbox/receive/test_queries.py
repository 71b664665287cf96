"""A batch costs the same number of queries whatever its size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.connectors.types import IncomingPost
from inbox.models import Channel
from inbox.services.receive import receive
from tests.inbox.receive.conftest import deletion, minutes, own, post, reactions

pytestmark = pytest.mark.django_db


def queries(channel: Channel, posts: list[IncomingPost]) -> int:
    with CaptureQueriesContext(connection) as captured:
        receive(channel, posts)
    return len(captured)


def new(size: int) -> list[IncomingPost]:
    return [post(f"n{n}", at=n) for n in range(size)]


def mixed(size: int) -> list[IncomingPost]:
    """After `new`: replies, own replies, edits, deletions, reactions, orphans."""
    return [
        item
        for n in range(size)
        for item in (
            post(f"r{n}", under=f"n{n}", at=n + 1),
            own(f"o{n}", under=f"r{n}", at=n + 2),
            post(f"n{n}", "Where is my cake?", edited_at=minutes(n + 3)),
            deletion(f"r{n}", n + 99),
            reactions(f"n{n}", n + 99, like=n),
            post(f"x{n}", under=f"y{n}", at=n),
        )
    ]


def parents(size: int) -> list[IncomingPost]:
    """After `mixed`: the parents of its orphans."""
    return [post(f"y{n}", under=f"n{n}", at=n) for n in range(size)]


@pytest.mark.parametrize("kind", [new, mixed, parents])
def test_count_of_queries_does_not_grow_with_the_batch(
    channel: Channel, kind: Callable[[int], list[IncomingPost]]
) -> None:
    for before in (new, mixed):
        if before is kind:
            break
        receive(channel, before(40))
    few = queries(channel, kind(2))
    # The announcements are cut into messages of at most 200 tickets.
    assert queries(channel, kind(40)[12:]) <= few
    assert few <= 16
