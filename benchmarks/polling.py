"""Fifty channels with nothing new: what asking them costs, beside a dead network or not."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from benchmarks.harness import Figure, at_most, fresh_database
from inbox.connectors.facebook import Facebook
from inbox.models import Channel, ChannelState
from inbox.services.access import store_credentials
from tests.networks.graph import APP_SECRET, TOKEN, FacebookPage
from tests.networks.stub import running
from tests.servers import Server, worker

CHANNELS = 50
ROUNDS = 3
IDLE_SECONDS = 15.0
PATIENCE = 120.0  # seconds a round may take on a busy machine
FAR = timedelta(days=1)


def measure() -> Iterator[Figure]:
    """Return the processor time of a round, as a share of a core at the usual pace."""
    with fresh_database(), running(FacebookPage("1111")) as stub, _silent() as dead:
        good = [_channel(f"Page {n}", stub.url) for n in range(CHANNELS)]
        with worker(ALLOW_PRIVATE_ADDRESSES="1") as server:
            _round(good)
            _rest()
            before = _spent(server)
            time.sleep(IDLE_SECONDS)
            idle = (_spent(server) - before) / IDLE_SECONDS
            times, costs = [], []
            for _ in range(ROUNDS):
                before = _spent(server)
                times.append(_round(good))
                costs.append(_spent(server) - before - idle * times[-1])
            asked = len(stub.asked) / (ROUNDS + 1) / CHANNELS
            failing = _channel("Dead", dead, failures=1)
            _rest()
            beside = _round(good, failing)
    cost, quickest = min(costs), min(times)
    yield Figure("requests a channel and round", asked, "")
    yield Figure("a worker with nothing to do, of a core", idle * 100, "%")
    yield Figure("asking one channel, processor time", cost * 1000 / CHANNELS, "ms")
    a_second = cost / Facebook.poll_every.total_seconds()
    yield at_most("50 channels with nothing new, of a core", a_second * 100, "%", 2)
    yield Figure("a round of 50", quickest, "s")
    yield at_most("the same beside a dead network, times as long", beside / quickest, "×", 1.5)


@contextmanager
def _silent() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _channel(name: str, url: str, *, failures: int = 0) -> Channel:
    channel = Channel.objects.create(
        name=name,
        network="facebook",
        connector="facebook",
        settings={"account_id": "1111", "base_url": url, "app_id": "app"},
    )
    now = timezone.now()
    cursor = {"since": (now - timedelta(hours=1)).isoformat()}
    ChannelState.objects.create(
        channel=channel, cursor=cursor, next_poll_at=now + FAR, failures=failures
    )
    secrets = {"app_secret": APP_SECRET, "page_token": TOKEN, "verify_token": "verify"}
    store_credentials(channel=channel, secrets=secrets, by=None)
    return channel


def _rest() -> None:
    """Let nothing be due, and what was asked for be done."""
    ChannelState.objects.update(next_poll_at=timezone.now() + FAR, reconciled_at=timezone.now())
    _wait(lambda: not OrmQ.objects.exists())


def _round(good: list[Channel], *others: Channel) -> float:
    """Seconds until each of `good` was asked once, when they and `others` are due."""
    start, begun = timezone.now(), time.perf_counter()
    states = ChannelState.objects.filter(channel__in=[*good, *others])
    states.update(next_poll_at=start, last_polled_at=None)
    async_task("inbox.tasks.poll_due_networks")
    asked = ChannelState.objects.filter(channel__in=good, last_polled_at__gte=start)
    _wait(lambda: asked.filter(next_poll_at__lt=start + FAR / 2).count() == len(good))
    return time.perf_counter() - begun


def _wait(is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_over():
        assert time.monotonic() < until, "the worker does not get there"
        time.sleep(0.05)


def _spent(server: Server) -> float:
    """Processor seconds of the worker and its processes so far."""
    parent = psutil.Process(server.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(found.user + found.system for found in times)
