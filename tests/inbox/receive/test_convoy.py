"""Deliveries at the same moment go in together, and each is told of its own posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.db import DataError, connection

from inbox.connectors.types import IncomingPost
from inbox.models import Channel, Post, Ticket
from inbox.services.receive import Receipt, convoy, receive, receive_together
from inbox.services.receive.convoy import receive_in_company
from tests.inbox.receive.conftest import post

Outcome = Receipt | Exception


def test_each_delivery_of_a_batch_has_its_own_receipt(channel: Channel, db: None) -> None:
    receive(channel, [post("old")])
    first, second, third = receive_together(
        channel, [[post("a"), post("b", under="a", at=1)], [post("old"), post("c")], []]
    )
    tickets = {p.external_id: p.ticket_id for p in Post.objects.all()}
    assert (first.created, first.duplicates, first.tickets) == (2, 0, 1)
    assert (second.created, second.duplicates, second.tickets) == (1, 1, 1)
    assert (first.ticket_ids, second.ticket_ids) == ((tickets["a"],), (tickets["c"],))
    assert third == Receipt()


def test_who_is_alone_does_not_wait(channel: Channel, db: None) -> None:
    assert receive_in_company(channel, [post("a")]).created == 1
    assert receive_in_company(channel, [post(f"b{n}") for n in range(20)]).created == 20
    assert not convoy._waiting


class Road:
    """Threads that deliver; the first is held at the start until all others wait."""

    def __init__(self, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.channel = channel
        self.outcomes: dict[int, Outcome] = {}
        self.batches: list[list[int]] = []
        self.started, self.go = Event(), Event()
        self.fails: Callable[[Sequence[Sequence[IncomingPost]]], bool] = lambda _: False
        monkeypatch.setattr(convoy, "receive_together", self.drive)

    def drive(
        self, channel: Channel, deliveries: Sequence[Sequence[IncomingPost]], *, were_delivered: int
    ) -> list[Receipt]:
        assert were_delivered == len(deliveries)
        if not self.batches:
            self.batches.append([])
            self.started.set()
            assert self.go.wait(10)
            self.batches.pop()
        self.batches.append([len(posts) for posts in deliveries])
        if self.fails(deliveries):
            raise DataError("cannot be kept")
        return receive_together(channel, deliveries)

    @contextmanager
    def meeting(self, *deliveries: list[IncomingPost]) -> Iterator[None]:
        threads = [Thread(target=self.bring, args=pair) for pair in enumerate(deliveries)]
        threads[0].start()
        assert self.started.wait(10)
        for n, thread in enumerate(threads[1:], 1):
            thread.start()
            while len(convoy._waiting[self.channel.pk]) < n:
                pass
        self.go.set()
        for thread in threads:
            thread.join(20)
        yield
        assert not convoy._waiting

    def bring(self, n: int, posts: list[IncomingPost]) -> None:
        try:
            self.outcomes[n] = receive_in_company(self.channel, posts)
        except DataError as error:
            self.outcomes[n] = error
        finally:
            connection.close()

    @property
    def created(self) -> list[Any]:
        return [getattr(self.outcomes[n], "created", None) for n in sorted(self.outcomes)]


@pytest.fixture
def road(transactional_db: None, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> Road:
    return Road(channel, monkeypatch)


def test_those_who_wait_go_in_together(road: Road) -> None:
    with road.meeting([post("a")], [post("b"), post("c")], [post("d")], [post("a")]):
        assert road.batches == [[1], [2, 1, 1]]
        assert road.created == [1, 2, 1, 0]
        assert Ticket.objects.count() == 4


def test_what_finds_no_room_is_the_next_to_drive(road: Road) -> None:
    many = [[post(f"{letter}{n}") for n in range(5)] for letter in "bcd"]
    with road.meeting([post("a")], *many):
        assert road.batches == [[1], [5], [5], [5]]
        assert road.created == [1, 5, 5, 5]


def test_one_that_cannot_be_kept_stops_no_other(road: Road) -> None:
    road.fails = lambda deliveries: any(p.external_id == "bad" for d in deliveries for p in d)
    with road.meeting([post("a")], [post("b")], [post("bad")], [post("c")]):
        assert road.batches[:2] == [[1], [1, 1, 1]]
        assert road.created == [1, 1, None, 1]
        assert isinstance(road.outcomes[2], DataError)
        assert set(Post.objects.values_list("external_id", flat=True)) == {"a", "b", "c"}
