"""Two processes take the same things in at once: one after the other, or as if it were so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from inbox.connectors.types import IncomingAuthor
from inbox.models import Channel, Contact, Post, Ticket, TicketEvent
from inbox.services.receive import batch, receive
from tests.factories import make_channel
from tests.inbox.receive.conftest import minutes, own, post

pytestmark = pytest.mark.django_db(transaction=True)


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Run each action in a thread and connection of its own; what one raises is raised here."""

    def run(action: Callable[[], Any]) -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, a) for a in actions]]


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing, let everybody else read too, if nothing keeps them from it."""
    meeting = threading.Barrier(2)
    settle = batch.Batch.settle

    def settle_together(self: batch.Batch) -> Any:
        try:
            meeting.wait(timeout=0.4)
        except threading.BrokenBarrierError:
            meeting.reset()
        return settle(self)

    monkeypatch.setattr(batch.Batch, "settle", settle_together)


def test_same_post_twice_at_once_is_one_post(channel: Channel, side_by_side: None) -> None:
    receipts = together(*[lambda: receive(channel, [post("a")])] * 2)
    assert sorted((r.created, r.duplicates) for r in receipts) == [(0, 1), (1, 0)]
    assert Ticket.objects.count() == Post.objects.count() == Contact.objects.count() == 1


def test_same_large_batch_twice_at_once_is_one(channel: Channel, side_by_side: None) -> None:
    posts = [post(f"p{n}", at=n) for n in range(50)]
    receipts = together(lambda: receive(channel, posts), lambda: receive(channel, posts[::-1]))
    assert sorted(r.created for r in receipts) == [0, 50]
    assert Ticket.objects.count() == 50


def test_reply_and_its_parent_at_once_are_one_ticket(channel: Channel, side_by_side: None) -> None:
    together(
        lambda: receive(channel, [post("a")]),
        lambda: receive(channel, [post("b", under="a", at=1)]),
    )
    assert Ticket.objects.current().get().post_count == 2


def test_two_replies_to_a_new_thread_at_once_open_one_ticket(
    channel: Channel, side_by_side: None
) -> None:
    thread = post("a")
    together(
        lambda: receive(channel, [thread, post("b", under="a", at=1)]),
        lambda: receive(channel, [thread, post("c", under="a", at=2)]),
    )
    ticket = Ticket.objects.current().get()
    assert ticket.post_count == 3
    assert Post.objects.filter(ticket=ticket).count() == 3


def test_two_replies_at_once_are_both_counted(channel: Channel, side_by_side: None) -> None:
    receive(channel, [post("a"), own("b", under="a", at=1), own("c", under="a", at=2)])
    together(
        lambda: receive(channel, [post("d", "first", under="b", at=3)]),
        lambda: receive(channel, [post("e", "second", under="c", at=4)]),
    )
    ticket = Ticket.objects.get()
    assert (ticket.post_count, ticket.excerpt) == (5, "second")


def test_two_late_replies_at_once_open_one_follow_up(channel: Channel, side_by_side: None) -> None:
    receive(channel, [post("a"), own("b", under="a", at=1)])
    Ticket.objects.update(state="resolved", resolved_at=minutes(5))
    late = minutes(6) + channel.reopen_within
    together(
        lambda: receive(channel, [post("c", under="a", posted_at=late)]),
        lambda: receive(channel, [post("d", under="b", posted_at=late)]),
    )
    assert Ticket.objects.get(previous__isnull=False).post_count == 2


def test_parents_that_close_a_gap_from_both_ends_make_one_ticket(
    channel: Channel, side_by_side: None
) -> None:
    receive(channel, [post("e", under="d", at=5), post("c", under="b", at=3)])
    together(
        lambda: receive(channel, [post("a"), post("b", under="a", at=1)]),
        lambda: receive(channel, [post("d", under="c", at=4)]),
    )
    assert Ticket.objects.current().get().post_count == 5


@contextmanager
def open_transaction() -> Iterator[None]:
    with transaction.atomic():
        yield


def test_reply_while_somebody_resolves_opens_the_ticket_again(channel: Channel) -> None:
    receive(channel, [post("a")])
    resolving = threading.Event()

    def resolve() -> None:
        with open_transaction():
            Ticket.objects.update(state="resolved", resolved_at=minutes(5), is_touched=True)
            resolving.set()
            time.sleep(0.3)

    def reply() -> None:
        resolving.wait(10)
        receive(channel, [post("b", under="a", at=6)])

    together(resolve, reply)
    ticket = Ticket.objects.get()
    assert ticket.state == Ticket.State.OPEN
    assert ticket.is_touched
    assert TicketEvent.objects.filter(kind=TicketEvent.Kind.REOPENED).count() == 1


def test_same_people_on_two_pages_at_once_lock_nobody_out(channel: Channel) -> None:
    second = make_channel("Second page")
    people = [IncomingAuthor(f"u{n}", name=f"Person {n}") for n in range(60)]
    posts = [post(f"p{n}", author=author, at=n) for n, author in enumerate(people)]
    for _ in range(3):
        together(lambda: receive(channel, posts), lambda: receive(second, posts[::-1]))
    assert Contact.objects.count() == 60


def test_a_storm_of_everything_ends_with_each_post_once(channel: Channel) -> None:
    thread = [post(f"p{n}", under=f"p{n // 2}" if n else "", at=n) for n in range(40)]

    def deliver(start: int) -> Callable[[], None]:
        def run() -> None:
            for n in range(len(thread)):
                receive(channel, [thread[(start + n * 7) % len(thread)]])

        return run

    together(*(deliver(start) for start in (0, 11, 23, 31)))
    assert Post.objects.count() == 40
    ticket = Ticket.objects.current().get()
    assert ticket.post_count == Post.objects.filter(ticket=ticket).count() == 40
