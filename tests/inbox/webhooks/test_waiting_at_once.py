"""Who takes in what waits: threads, side by side, on connections of their own."""

from __future__ import annotations

import time
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from inbox.models import Channel, Post, WaitingDelivery
from inbox.services import waiting
from inbox.services.waiting import take_all_waiting
from tests.inbox.webhooks.sender import a_post, body_of, busy, deliver, keep, names

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("departments"),
]  # fmt: skip


def test_a_thread_takes_in_what_waits(client: Client, hook: Channel) -> None:
    with busy(hook):
        for name in "abc":
            deliver(client, hook, body_of([a_post(name)]))
    _until_nothing_waits()
    assert names() == ["a", "b", "c"]


def test_it_is_started_again_for_what_comes_after(client: Client, hook: Channel) -> None:
    for name in "ab":
        with busy(hook):
            deliver(client, hook, body_of([a_post(name)]))
        _until_nothing_waits()
    assert names() == ["a", "b"]


def test_two_who_take_in_take_each_once(hook: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_wake", lambda _: None)
    keep(hook, *(f"p{n:02}" for n in range(2 * waiting.TOGETHER)))
    together, taken = Barrier(2), []

    def take() -> None:
        together.wait(10)
        taken.append(take_all_waiting(hook.pk))
        connection.close()

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(taken) == Post.objects.count() == 2 * waiting.TOGETHER


def test_a_connection_that_broke_is_made_anew(client: Client, hook: Channel) -> None:
    connection.ensure_connection()
    connection.connection.close()
    assert deliver(client, hook, body_of([a_post()])).status_code == 200


def _until_nothing_waits() -> None:
    deadline = time.monotonic() + 20
    while WaitingDelivery.objects.exists() or waiting._at_work:
        assert time.monotonic() < deadline
        time.sleep(0.02)
