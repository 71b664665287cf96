"""The health of channels, for admins alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from inbox.models import Channel, ChannelQuota, ChannelState, IntakeHour
from inbox.queries.channel_health import channel_healths, readable_cursor
from inbox.services import channels
from routing.services import raise_alarm

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


@pytest.fixture
def blog() -> Channel:
    made = channels.create_channel(
        name="Blog", network="blog", connector="feed", url="https://b.example", by=None
    )
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    IntakeHour.objects.create(channel=made, hour=now, new=4, lag_median=95, errors=1, gaps=2)
    IntakeHour.objects.create(channel=made, hour=now - timedelta(hours=30), new=8)
    return made


def test_the_page_of_a_channel_shows_its_hours(as_user: As, admin: User, blog: Channel) -> None:
    ChannelQuota.objects.create(channel=blog, name="reads", limit=300, remaining=120)
    ChannelState.objects.update(cursor={"known": {"mentions": "99"}}, failures=5, last_error="died")
    raise_alarm(f"channel-silent-{blog.pk}", "About 25 posts would have come.", "warning")
    page = as_user(admin).get(reverse("inbox:channel_health", args=[blog.pk])).content.decode()
    for said in ("1.6 min", "known: mentions:", "120 of 300 left", "25 posts", "To be tried once"):
        assert said in page


def test_a_lead_may_not_look(as_user: As, lead: User, blog: Channel) -> None:
    assert as_user(lead).get(reverse("inbox:channel_health", args=[blog.pk])).status_code == 403


def test_the_health_page_has_a_line_for_each_channel(
    as_user: As, admin: User, blog: Channel
) -> None:
    page = as_user(admin).get(reverse("inbox:health")).content.decode()
    assert reverse("inbox:channel_health", args=[blog.pk]) in page
    assert "4 posts in the last day" in page


def test_lines_cost_the_same_however_many(
    blog: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(5):
        channels.create_channel(name=f"Blog {n}", network="blog", connector="feed", by=None)
    with django_assert_num_queries(3):
        rows = channel_healths()
    assert [(row.new, row.gaps, row.errors, row.lag) for row in rows[:1]] == [(4, 2, 1, 95)]


def test_a_cursor_is_told_in_words() -> None:
    found = dict(readable_cursor({"since": "2026-11-28T10:00:00+00:00", "a_b": {"c": 3}, "no": ""}))
    assert found["a b: c"] == "3"
    assert found["since"].hour == 10
    assert "no" not in found
