"""Polling a feed into tickets."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from inbox.models import Channel, ChannelState, Post, QuarantinedPayload, Ticket
from inbox.services import feeds, leases
from routing.models import Alarm
from tests.inbox.feeds.server import Blog, atom, entry

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def state_of(channel: Channel) -> ChannelState:
    return ChannelState.objects.get(channel=channel)


def the_alarm(channel: Channel) -> Alarm:
    return Alarm.objects.get(key=f"feed-{channel.pk}")


def test_entries_become_tickets_and_replies_join_them(blog: Blog, feed: Channel) -> None:
    blog.body = atom(entry(2, "I want two.", reply_to="urn:e1"), entry(1))
    polled = feeds.poll(channel=feed)
    assert polled is not None
    assert (polled.entries, polled.receipt.created) == (2, 2)
    assert (Post.objects.count(), Ticket.objects.count()) == (2, 1)


def test_the_second_look_brings_nothing_new(blog: Blog, feed: Channel) -> None:
    blog.body = atom(entry())
    feeds.poll(channel=feed)
    again = feeds.poll(channel=feed, force=True)
    assert again is not None
    assert (again.receipt.created, again.receipt.duplicates) == (0, 1)


def test_an_unchanged_feed_costs_nothing(blog: Blog, feed: Channel) -> None:
    blog.body, blog.headers = atom(entry()), {"ETag": '"7"'}
    feeds.poll(channel=feed)
    assert state_of(feed).cursor == {"etag": '"7"'}
    again = feeds.poll(channel=feed, force=True)
    assert again is not None
    assert again.is_unchanged
    assert blog.asked[1][1]["if-none-match"] == '"7"'


def test_a_crash_before_the_commit_forgets_the_etag_too(blog: Blog, feed: Channel) -> None:
    blog.body, blog.headers = atom(entry()), {"ETag": '"7"'}
    crash = mock.patch("inbox.services.quarantine.receive", side_effect=KeyboardInterrupt)
    with crash, pytest.raises(KeyboardInterrupt):
        feeds.poll(channel=feed)
    assert state_of(feed).cursor == {}
    assert not Post.objects.exists()


def test_a_changed_entry_is_an_edit(blog: Blog, feed: Channel) -> None:
    blog.body = atom(entry(1, "A new rye."))
    feeds.poll(channel=feed)
    later = (b"<updated>2026-03-01T11:01", b"<updated>2026-03-01T13:00")
    blog.body = atom(entry(1, "A new spelt.")).replace(*later)
    again = feeds.poll(channel=feed, force=True)
    assert again is not None
    assert again.receipt.edited == 1
    assert Post.objects.get().text.endswith("A new spelt.")


def test_a_feed_is_asked_by_one_worker_at_a_time(blog: Blog, feed: Channel) -> None:
    assert feeds.due_channels() == [feed.pk]
    first = leases.claim(feed, force=False)
    assert first is not None
    assert leases.claim(feed, force=False) is None
    assert feeds.due_channels() == []


def test_of_two_that_saw_the_same_row_one_wins(feed: Channel) -> None:
    """Both have read the row before either writes."""
    rows = [state_of(feed), state_of(feed)]
    with mock.patch.object(
        ChannelState.objects, "get_or_create", side_effect=[(row, False) for row in rows]
    ):
        claims = [leases.claim(feed, force=False) for _ in rows]
    assert [claim is not None for claim in claims] == [True, False]


def test_a_dead_worker_holds_a_feed_no_longer_than_its_lease(feed: Channel) -> None:
    leases.claim(feed, force=False)
    ChannelState.objects.update(next_poll_at=timezone.now() - timedelta(seconds=1))
    assert feeds.due_channels() == [feed.pk]


def test_a_failing_feed_is_left_alone_longer_and_longer(blog: Blog, feed: Channel) -> None:
    blog.status = 500
    waits = []
    for _ in range(3):
        polled = feeds.poll(channel=feed, force=True)
        assert polled is not None
        assert polled.error == "answers 500 Internal Server Error"
        waits.append((state_of(feed).next_poll_at or timezone.now()) - timezone.now())
    assert waits[0] < waits[1] < waits[2]
    assert state_of(feed).failures == 3


def test_no_wait_is_longer_than_six_hours_and_a_fifth() -> None:
    assert max(leases.wait_after(n, feeds.EVERY) for n in range(1, 60)) <= timedelta(hours=7.2)
    assert leases.wait_after(1, feeds.EVERY) < timedelta(minutes=6.1)


def test_a_server_that_says_when_is_believed(blog: Blog, feed: Channel) -> None:
    blog.status, blog.headers = 429, {"Retry-After": "7200"}
    feeds.poll(channel=feed)
    next_poll_at = state_of(feed).next_poll_at
    assert next_poll_at is not None
    assert next_poll_at > timezone.now() + timedelta(minutes=119)


def test_five_failures_raise_an_alarm_and_a_success_clears_it(blog: Blog, feed: Channel) -> None:
    blog.status = 500
    for _ in range(5):
        feeds.poll(channel=feed, force=True)
    assert the_alarm(feed).cleared_at is None
    blog.status, blog.body = 200, atom(entry())
    feeds.poll(channel=feed, force=True)
    assert the_alarm(feed).cleared_at is not None
    assert (state_of(feed).failures, state_of(feed).last_error) == (0, "")


def test_a_feed_that_is_gone_switches_its_channel_off(blog: Blog, feed: Channel) -> None:
    blog.status = 410
    feeds.poll(channel=feed)
    feed.refresh_from_db()
    assert not feed.is_active
    assert "gone for good" in the_alarm(feed).message


def test_a_feed_that_moved_for_good_is_asked_there_next_time(blog: Blog, feed: Channel) -> None:
    blog.body, blog.redirects = atom(entry()), {"/feed": (301, "/new")}
    feeds.poll(channel=feed)
    feed.refresh_from_db()
    assert feed.url == f"{blog.address}/new"


def test_what_is_no_feed_waits_in_quarantine_once(blog: Blog, feed: Channel) -> None:
    blog.body = b"<html><body>Sorry</body></html>"
    for _ in range(2):
        polled = feeds.poll(channel=feed, force=True)
        assert polled is not None
        assert "web page" in polled.error
    kept = QuarantinedPayload.objects.get()
    assert (kept.source, bytes(kept.raw)) == ("feed", blog.body)


def test_a_private_address_is_refused_unless_allowed(
    blog: Blog, feed: Channel, settings: Settings
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    polled = feeds.poll(channel=feed)
    assert polled is not None
    assert "private address" in polled.error
    assert blog.asked == []


def test_a_channel_that_is_off_is_not_due(feed: Channel) -> None:
    Channel.objects.update(is_active=False)
    assert feeds.due_channels() == []
