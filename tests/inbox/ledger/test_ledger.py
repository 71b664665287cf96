"""The ledger: what came in each hour, however often it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from inbox.connectors.types import IncomingAuthor, IncomingPost
from inbox.models import Channel, IntakeHour, IntakeTick, Post
from inbox.services import ledger
from inbox.services.receive import receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]


def said(name: str, ago: timedelta = timedelta(seconds=10), **more: Any) -> IncomingPost:
    author = IncomingAuthor(f"u{name}", handle=name)
    return IncomingPost(
        name, text=f"Post {name}", posted_at=timezone.now() - ago, author=author, **more
    )


def came(name: str, at: datetime) -> None:
    Post.objects.filter(external_id=name).update(received_at=at, posted_at=at)


def this_hour(channel: Channel) -> IntakeHour:
    ledger.keep_ledger()
    return IntakeHour.objects.filter(channel=channel).latest("hour")


def test_posts_are_counted_with_how_long_they_took(channel: Channel) -> None:
    posts = [said("a"), said("b", timedelta(seconds=30)), said("c", timedelta(minutes=5))]
    receive(channel, posts)
    row = this_hour(channel)
    assert row.new == 3
    assert row.lag_median == pytest.approx(30, abs=5)
    assert row.lag_most == pytest.approx(300, abs=5)
    assert row.last_at == Post.objects.latest("received_at").received_at


def test_what_is_older_than_a_day_is_history_and_says_nothing_of_delay(channel: Channel) -> None:
    receive(channel, [said("a", timedelta(days=3)), said("b", timedelta(seconds=2))])
    row = this_hour(channel)
    assert (row.new, row.old) == (1, 1)
    assert row.lag_most == pytest.approx(2, abs=5)


def test_the_pages_own_posts_do_not_speak_for_the_network(channel: Channel) -> None:
    receive(channel, [said("a", is_own=True)])
    assert this_hour(channel).new == 0


def test_doubles_edits_and_deliveries_are_counted(channel: Channel) -> None:
    now = timezone.now()
    first = said("a")
    receive(channel, [first], were_delivered=1)
    receive(channel, [first, said("b")], were_delivered=1)
    receive(
        channel, [IncomingPost("a", text="Other", posted_at=now, edited_at=now)], were_delivered=1
    )
    receive(channel, [said("c")])
    row = this_hour(channel)
    assert (row.new, row.doubled, row.edited, row.deliveries) == (3, 1, 1, 3)


def test_a_delivery_of_known_posts_is_counted_too(channel: Channel) -> None:
    first = said("a")
    receive(channel, [first], were_delivered=1)
    receive(channel, [first], were_delivered=1)
    row = this_hour(channel)
    assert (row.deliveries, row.doubled) == (2, 1)


def test_a_delivery_that_is_rolled_back_is_not_counted(channel: Channel) -> None:
    with pytest.raises(ValueError, match="posted_at"):
        receive(channel, [said("a"), IncomingPost("b")], were_delivered=1)
    row = this_hour(channel)
    assert (row.deliveries, row.new) == (0, 0)


def test_keeping_twice_counts_once(channel: Channel) -> None:
    receive(channel, [said("a"), said("a")], were_delivered=1)
    first = this_hour(channel)
    again = this_hour(channel)
    assert IntakeTick.objects.count() == 0
    assert [getattr(again, name) for name in ("new", "doubled", "deliveries")] == [1, 1, 1]
    assert first.pk == again.pk


def test_hours_missed_while_nobody_kept_it_are_caught_up_with(channel: Channel) -> None:
    ledger.keep_ledger()
    IntakeHour.objects.update(hour=ledger._hour_of(timezone.now()) - timedelta(hours=5))
    receive(channel, [said("a"), said("b")])
    at = timezone.now() - timedelta(hours=3)
    came("a", at)
    ledger.keep_ledger()
    rows = dict(IntakeHour.objects.values_list("hour", "new"))
    assert rows[ledger._hour_of(at)] == 1
    assert ledger._hour_of(timezone.now() - timedelta(hours=2)) not in rows


def test_an_hour_without_a_post_is_watched_all_the_same(channel: Channel) -> None:
    assert this_hour(channel).new == 0


def test_a_channel_that_is_switched_off_is_not_watched(channel: Channel) -> None:
    Channel.objects.update(is_active=False)
    ledger.keep_ledger()
    assert not IntakeHour.objects.exists()


def test_the_posts_of_five_weeks_are_history_when_the_ledger_begins(channel: Channel) -> None:
    receive(channel, [said("a"), said("b")])
    came("a", timezone.now() - timedelta(weeks=4))
    came("b", timezone.now() - timedelta(weeks=6))
    ledger.keep_ledger()
    assert sum(IntakeHour.objects.values_list("new", flat=True)) == 1


def test_ticks_of_a_channel_that_is_gone_are_dropped(channel: Channel) -> None:
    ledger.note(channel.pk + 1000, polls=1)
    ledger.keep_ledger()
    assert not IntakeTick.objects.exists()
    assert not IntakeHour.objects.filter(polls=1).exists()


def test_keeping_costs_the_same_whatever_came(
    channel: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    receive(channel, [said(f"p{n}") for n in range(50)])
    with django_assert_num_queries(7):
        ledger.keep_ledger()
