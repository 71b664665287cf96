"""Silence longer than a channel's own history makes likely, and credentials that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from inbox.models import Channel, ChannelState, IntakeHour
from inbox.queries.silence import chance_of_none, silence_of
from inbox.services import channels, watching
from routing.models import Alarm

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _frozen(time_machine: time_machine.TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def forum() -> Channel:
    made = channels.create_channel(name="Forum", network="forum", connector="webhook", by=None)
    Channel.objects.update(created_at=NOW - timedelta(weeks=8))
    return made


def history(channel: Channel, *, by_day: int, by_night: int, weeks: int = 5) -> None:
    """Every hour of the last weeks, up to the one before this."""
    start = NOW.replace(minute=0) - timedelta(weeks=weeks)
    hours = [start + n * HOUR for n in range(weeks * 168 + 1)]
    rows = [(hour, by_day if 8 <= hour.hour < 20 else by_night) for hour in hours]
    IntakeHour.objects.bulk_create(
        IntakeHour(channel=channel, hour=hour, new=n, last_at=hour + HOUR / 2 if n else None)
        for hour, n in rows
    )


def silent_for(channel: Channel, silence: timedelta) -> None:
    quiet = IntakeHour.objects.filter(channel=channel, hour__gt=NOW - silence - HOUR / 2)
    quiet.update(new=0, last_at=None)
    last = IntakeHour.objects.filter(channel=channel, new__gt=0).latest("hour")
    IntakeHour.objects.filter(pk=last.pk).update(last_at=NOW - silence)


def alarm(channel: Channel) -> Alarm | None:
    watching.watch_silence()
    return Alarm.objects.filter(key=f"channel-silent-{channel.pk}", cleared_at=None).first()


def test_a_busy_channel_that_falls_silent_is_an_alarm_that_says_what_is_missing(
    forum: Channel,
) -> None:
    history(forum, by_day=10, by_night=0)
    silent_for(forum, timedelta(hours=2.5))
    raised = alarm(forum)
    assert raised is not None
    assert raised.message == (
        "Forum: no post for 2.5 hours; about 25 posts would have come, going by the same hours of "
        "the weeks before."
    )


def test_the_quiet_of_the_night_is_no_silence(
    forum: Channel, time_machine: time_machine.TimeMachineFixture
) -> None:
    history(forum, by_day=10, by_night=0)
    IntakeHour.objects.filter(hour__gte=NOW.replace(hour=20, minute=0) - timedelta(days=1)).update(
        new=0, last_at=None
    )
    time_machine.move_to(NOW.replace(hour=7, minute=50), tick=False)
    assert alarm(forum) is None


def test_a_channel_with_a_post_a_day_is_given_time(forum: Channel) -> None:
    history(forum, by_day=0, by_night=0)
    IntakeHour.objects.filter(hour__hour=10).update(new=1)
    IntakeHour.objects.filter(hour__hour=10).update(last_at=NOW - timedelta(days=4))
    silent_for(forum, timedelta(days=2))
    assert alarm(forum) is None


def test_less_than_a_week_of_history_says_nothing(forum: Channel) -> None:
    history(forum, by_day=10, by_night=10)
    IntakeHour.objects.filter(hour__lt=NOW - timedelta(days=6)).delete()
    silent_for(forum, timedelta(hours=5))
    assert alarm(forum) is None


def test_hours_nobody_watched_are_no_silence(forum: Channel) -> None:
    history(forum, by_day=10, by_night=0)
    silent_for(forum, timedelta(hours=5))
    IntakeHour.objects.filter(hour__gt=NOW - timedelta(hours=5)).delete()
    assert alarm(forum) is None


def test_a_wave_in_one_week_does_not_make_the_next_suspicious(forum: Channel) -> None:
    history(forum, by_day=0, by_night=0)
    wave = NOW - timedelta(weeks=1, hours=1)
    IntakeHour.objects.filter(hour__gte=wave - HOUR, hour__lte=wave).update(new=300)
    silent_for(forum, timedelta(hours=3))
    assert silence_of(forum, now=NOW).expected > 30  # type: ignore[union-attr]
    assert alarm(forum) is None


def test_the_alarm_stays_until_a_post_comes(
    forum: Channel, time_machine: time_machine.TimeMachineFixture
) -> None:
    history(forum, by_day=10, by_night=10)
    silent_for(forum, timedelta(hours=3))
    assert alarm(forum)
    IntakeHour.objects.filter(hour__lt=NOW - timedelta(days=1)).update(new=0)  # forgotten
    assert alarm(forum)
    later = NOW + timedelta(hours=1)
    time_machine.move_to(later, tick=False)
    IntakeHour.objects.create(
        channel=forum, hour=later.replace(minute=0), new=1, last_at=later - HOUR / 4
    )
    assert alarm(forum) is None


def test_a_channel_that_is_switched_off_may_be_silent(forum: Channel, admin: User) -> None:
    history(forum, by_day=10, by_night=10)
    silent_for(forum, timedelta(hours=3))
    assert alarm(forum)
    channels.set_active(channel=forum, is_active=False, by=admin)
    assert alarm(forum) is None


def test_silence_begins_when_the_channel_was_switched_on_again(forum: Channel, admin: User) -> None:
    history(forum, by_day=10, by_night=10)
    silent_for(forum, timedelta(hours=30))
    channels.set_active(channel=forum, is_active=False, by=admin)
    channels.set_active(channel=forum, is_active=True, by=admin)
    assert alarm(forum) is None


def test_switching_on_what_is_on_hides_no_silence(forum: Channel, admin: User) -> None:
    history(forum, by_day=10, by_night=10)
    silent_for(forum, timedelta(hours=3))
    channels.set_active(channel=forum, is_active=True, by=admin)
    assert alarm(forum)


@pytest.mark.parametrize(
    ("weeks", "chance"),
    [([], 1.0), ([10], 0.5**10.5), ([10, 10, 10, 10], 0.8**40.5), ([0, 0, 0, 0], 0.8**0.5)],
)
def test_the_chance_of_none(weeks: list[float], chance: float) -> None:
    assert chance_of_none(weeks) == pytest.approx(chance)


def test_weeks_that_differ_much_make_none_more_likely() -> None:
    assert chance_of_none([2, 50, 3, 1]) > 0.1
    assert chance_of_none([14, 14, 14, 14]) < 0.00001


@pytest.mark.parametrize(
    ("left", "severity"),
    [(timedelta(days=8), None), (timedelta(days=6), "warning"), (timedelta(hours=20), "critical")],
)
def test_credentials_that_end_are_told_before(
    forum: Channel, left: timedelta, severity: str | None
) -> None:
    ChannelState.objects.update(credentials_expire_at=NOW + left)
    watching.watch_credentials()
    found = Alarm.objects.filter(key=f"channel-expiring-{forum.pk}", cleared_at=None).first()
    assert (found.severity if found else None) == severity


def test_credentials_that_ended_are_told_and_no_longer_announced(forum: Channel) -> None:
    for left in (timedelta(days=1), -timedelta(minutes=1)):
        ChannelState.objects.update(credentials_expire_at=NOW + left)
        watching.watch_credentials()
    standing = Alarm.objects.filter(cleared_at=None)
    assert [found.key for found in standing] == [f"channel-expired-{forum.pk}"]


def test_renewed_credentials_end_the_warning(forum: Channel) -> None:
    for left in (timedelta(days=2), timedelta(days=60)):
        ChannelState.objects.update(credentials_expire_at=NOW + left)
        watching.watch_credentials()
    assert not Alarm.objects.filter(cleared_at=None).exists()
