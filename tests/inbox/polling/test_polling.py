"""Asking networks: turns, cursors, failures, limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import Expired, Limited, NetworkError, Unreachable
from inbox.connectors.types import IncomingPost, Page, RefusedPart
from inbox.models import Channel, ChannelState, Post, QuarantinedPayload, Ticket
from inbox.services import connecting, leases, polling
from inbox.services.channels import set_active
from routing.models import Alarm
from tests.towns import TOKEN, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]
START = timezone.now() - timedelta(days=3)


@pytest.fixture
def square(town: Town, admin: User) -> Channel:
    """The connected page on the town square, read from three days ago on."""
    channel = connecting.begin(
        network=town, name="Square", values={"page": "kestrel", "token": TOKEN}, by=admin
    )
    connecting.remember(channel=channel, identity=town.identity, by=admin)
    ChannelState.objects.update(cursor={"since": START.isoformat()})
    return set_active(channel=channel, is_active=True, by=admin)


def said(number: int, **more: Any) -> IncomingPost:
    at = START + timedelta(hours=number + 1)
    return IncomingPost(f"p{number}", text=f"Post {number}", posted_at=at, **more)


def next_look(square: Channel) -> datetime:
    square.state.refresh_from_db()
    assert square.state.next_poll_at is not None
    return square.state.next_poll_at


def in_pages(town: Town, *pages: Page | NetworkError) -> list[Mapping[str, Any]]:
    """Let the town answer with these; returns the cursors it is then asked with."""
    left, asked = list(pages), []

    def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
        asked.append(cursor)
        answer = left.pop(0)
        if isinstance(answer, NetworkError):
            raise answer
        return answer

    town.fetch = fetch  # type: ignore[method-assign]
    return asked


def test_posts_come_in_and_the_cursor_goes_on(town: Town, square: Channel) -> None:
    asked = in_pages(
        town,
        Page((said(0),), {"at": 1}, has_more=True),
        Page((said(1), said(0)), {"at": 2}),
        Page((), {"at": 2}),
    )
    polled = polling.poll(channel=square)
    assert polled is not None
    assert (polled.receipt.created, polled.receipt.duplicates, polled.posts) == (2, 1, 3)
    polling.poll(channel=square, force=True)
    assert asked[1:] == [{"at": 1}, {"at": 2}]
    assert Ticket.objects.count() == 2


def test_it_is_not_asked_before_its_time(town: Town, square: Channel) -> None:
    in_pages(town, Page((), {"at": 1}))
    assert polling.due_channels() == [square.pk]
    polling.poll(channel=square)
    assert polling.due_channels() == []
    assert polling.poll(channel=square) is None


def test_one_worker_asks_at_a_time(square: Channel) -> None:
    assert leases.claim(square, force=True)
    assert polling.poll(channel=square) is None


def test_a_page_that_cannot_be_written_leaves_the_cursor_where_it_was(
    town: Town, square: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pages(town, Page((said(0),), {"at": 1}))

    def fail(**_: object) -> None:
        raise DatabaseError("the connection is gone")

    monkeypatch.setattr(polling, "_keep", lambda *_: fail())
    with pytest.raises(DatabaseError):
        polling.poll(channel=square)
    square.state.refresh_from_db()
    assert "at" not in square.state.cursor
    assert not Post.objects.exists()


def test_whoever_took_too_long_writes_nothing(town: Town, square: Channel) -> None:
    def fetch(access: Access, cursor: Mapping[str, Any]) -> Page:
        square.state.__class__.objects.update(next_poll_at=timezone.now() + timedelta(hours=1))
        return Page((said(0),), {"at": 1})

    town.fetch = fetch  # type: ignore[method-assign]
    polled = polling.poll(channel=square)
    assert polled is not None
    assert "too long" in polled.error
    assert not Post.objects.exists()


def test_a_failure_is_told_and_tried_later_and_later(town: Town, square: Channel) -> None:
    for failures in range(1, 6):
        in_pages(town, Unreachable("answers 502"))
        polling.poll(channel=square, force=True)
        square.state.refresh_from_db()
        assert (square.state.failures, square.state.last_error) == (failures, "answers 502")
    assert next_look(square) > timezone.now() + timedelta(minutes=20)
    assert "502 (5 times in a row)" in Alarm.objects.get(key=f"channel-{square.pk}").message
    in_pages(town, Page((), {}))
    polling.poll(channel=square, force=True)
    assert Alarm.objects.get(key=f"channel-{square.pk}").cleared_at


def test_what_came_before_a_failure_stays(town: Town, square: Channel) -> None:
    in_pages(town, Page((said(0),), {"at": 1}, has_more=True), Unreachable("broke off"))
    polling.poll(channel=square)
    square.state.refresh_from_db()
    assert square.state.cursor == {"at": 1}
    assert Post.objects.count() == 1


def test_to_be_asked_to_wait_is_no_failure(town: Town, square: Channel) -> None:
    in_pages(town, Limited("answers 429", retry_after=3_000))
    polling.poll(channel=square)
    square.state.refresh_from_db()
    assert square.state.failures == 0
    assert next_look(square) > timezone.now() + timedelta(minutes=45)


def test_expired_credentials_are_an_alarm_and_ask_no_more(
    town: Town, square: Channel, admin: User
) -> None:
    in_pages(town, Expired("answers 401"))
    polling.poll(channel=square)
    square.state.__class__.objects.update(next_poll_at=None)
    assert polling.due_channels() == []
    alarm = Alarm.objects.get(key=f"channel-expired-{square.pk}")
    assert "connects it again" in alarm.message
    connecting.remember(channel=square, identity=town.identity, by=admin)
    alarm.refresh_from_db()
    assert alarm.cleared_at
    assert polling.due_channels() == [square.pk]


def test_a_used_up_quota_is_shared_by_all_workers(town: Town, square: Channel) -> None:
    from inbox.services.access import access_of

    resets = timezone.now() + timedelta(minutes=40)
    access_of(square).quota(Quota("reads", limit=100, remaining=0, resets_at=resets))
    asked = in_pages(town)
    polled = polling.poll(channel=square)
    assert polled is not None
    assert polled.error
    assert asked == []
    assert abs(next_look(square) - resets) < timedelta(minutes=1)


def test_what_cannot_be_understood_waits_in_quarantine(town: Town, square: Channel) -> None:
    refused = RefusedPart(1, b'{"id": 7}', "is missing", "posts[1].text")
    in_pages(town, Page((said(0),), {}, refused=(refused,)))
    polling.poll(channel=square)
    kept = QuarantinedPayload.objects.get()
    assert (kept.source, bytes(kept.raw), kept.reason) == ("network", b'{"id": 7}', "is missing")
    assert Post.objects.count() == 1


def test_an_admin_asks_at_once_and_reads_what_came(
    as_user: Any, admin: User, town: Town, square: Channel
) -> None:
    in_pages(town, Page((said(0), said(1)), {}))
    client: Client = as_user(admin)
    page = client.post(reverse("inbox:channel_fetch", args=[square.pk]), follow=True)
    assert "2 posts read, 2 are new." in page.content.decode()


def test_a_network_that_failed_often_is_tried_with_one_question(
    town: Town, square: Channel
) -> None:
    ChannelState.objects.update(failures=ChannelState.BREAKS_AFTER)
    asked = in_pages(town, Page((said(0),), {"at": 1}, has_more=True), Page((), {"at": 2}))
    polling.poll(channel=square)
    assert len(asked) == 1
    square.state.refresh_from_db()
    assert square.state.breaker == ChannelState.Breaker.CLOSED
    polling.poll(channel=square)
    assert len(asked) == 2


def test_the_breaker_opens_and_is_half_open_when_the_wait_is_over(
    town: Town, square: Channel
) -> None:
    for _ in range(ChannelState.BREAKS_AFTER):
        in_pages(town, Unreachable("answers 502"))
        polling.poll(channel=square, force=True)
    square.state.refresh_from_db()
    assert square.state.breaker == ChannelState.Breaker.OPEN
    assert polling.due_channels() == []
    ChannelState.objects.update(next_poll_at=timezone.now())
    assert ChannelState.objects.get().breaker == ChannelState.Breaker.HALF_OPEN


def test_a_dead_network_is_asked_after_fifty_good_ones(square: Channel) -> None:
    dead = ChannelState.objects.get()
    ChannelState.objects.update(failures=3, next_poll_at=timezone.now() - timedelta(hours=1))
    good = Channel.objects.bulk_create(
        Channel(name=f"Town {n}", network="town", connector="town") for n in range(50)
    )
    ChannelState.objects.bulk_create(
        ChannelState(channel=one, next_poll_at=timezone.now()) for one in good
    )
    due = polling.due_channels()
    assert len(due) == 51
    assert due[-1] == dead.channel_id
