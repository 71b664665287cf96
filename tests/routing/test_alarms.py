"""Alarms are raised once, cleared once, and raised anew."""

import pytest
from pytest_django import DjangoAssertNumQueries

from routing import services
from routing.models import Alarm

pytestmark = pytest.mark.django_db


def test_an_alarm_that_already_says_so_is_not_written_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    services.raise_alarm("disk", "The disk is full.")
    raised_at = Alarm.objects.get().raised_at
    with django_assert_num_queries(3):  # a savepoint around one look
        services.raise_alarm("disk", "The disk is full.")
    assert Alarm.objects.get().raised_at == raised_at


def test_a_new_message_keeps_the_time_since_when_it_stands() -> None:
    services.raise_alarm("disk", "The disk is nearly full.", Alarm.Severity.WARNING)
    raised_at = Alarm.objects.get().raised_at
    services.raise_alarm("disk", "The disk is full.")
    alarm = Alarm.objects.get()
    assert (alarm.message, alarm.severity) == ("The disk is full.", "critical")
    assert alarm.raised_at == raised_at


def test_an_alarm_is_cleared_once_and_may_come_back() -> None:
    services.raise_alarm("disk", "The disk is full.")
    first = Alarm.objects.get().raised_at
    assert services.clear_alarm("disk") is True
    assert services.clear_alarm("disk") is False
    services.raise_alarm("disk", "The disk is full.")
    alarm = Alarm.objects.get()
    assert alarm.cleared_at is None
    assert alarm.raised_at > first
