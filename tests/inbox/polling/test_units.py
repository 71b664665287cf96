"""Units of a day that the network does not count for us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inbox.connectors.base import Quota
from inbox.models import Channel, ChannelQuota
from inbox.services.access import access_of
from tests.inbox.receive.test_at_once import together
from tests.towns import Town

TODAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def page(db: None, town: Town) -> Channel:
    return Channel.objects.create(name="Videos", network="town", connector="town")


def spend(page: Channel, units: int, *, until: datetime = TODAY) -> None:
    access_of(page).quota(Quota("units a day", 100, 100, until, cost=units))


def left(page: Channel) -> int:
    return ChannelQuota.objects.get(channel=page).remaining


def test_what_is_spent_is_taken_off_and_never_below_nothing(page: Channel) -> None:
    spend(page, 1)
    spend(page, 50)
    assert left(page) == 49
    spend(page, 50)
    assert left(page) == 0


def test_a_new_day_begins_with_all_units(page: Channel) -> None:
    spend(page, 80)
    spend(page, 1, until=TODAY + timedelta(days=1))
    assert left(page) == 99


def test_what_the_network_says_counts_more(page: Channel) -> None:
    spend(page, 1)
    access_of(page).quota(Quota("units a day", 100, 0, TODAY))
    assert left(page) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_spend_at_once_are_all_counted(page: Channel) -> None:
    together(*[lambda: spend(page, 1)] * 8)
    assert left(page) == 92
