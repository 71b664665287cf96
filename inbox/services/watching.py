"""Watching over channels: what an admin should hear of before anybody asks."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format

from inbox.models import Channel
from inbox.queries.silence import silence_of
from inbox.queries.waiting import waiting_deliveries
from routing.models import Alarm
from routing.services import clear_alarm, raise_alarm

# How unlikely a silence must be: one false alarm in a thousand looks at quiet channels.
UNLIKELY = 0.001
FIRST_WARNING = timedelta(days=7)
LAST_WARNING = timedelta(days=1)
LONG_WAIT = timedelta(minutes=5)
FILES = "import"  # A channel of files brings nothing by itself.


def watch_silence() -> list[Channel]:
    """Raise an alarm for each channel that is silent longer than is likely; return those.

    The alarm stays until a post comes or the channel is switched off: after weeks of silence
    silence is what its history knows. Call it after the ledger was kept.
    """
    channels = Channel.objects.select_related("state").exclude(connector=FILES)
    return [channel for channel in channels if _is_silent(channel)]


def watch_credentials() -> None:
    """Say a week and a day before the credentials of a channel end, and when they have."""
    for channel in Channel.objects.active().filter(state__isnull=False).select_related("state"):
        ends = channel.state.credentials_expire_at
        key = f"channel-expiring-{channel.pk}"
        left = ends - timezone.now() if ends else None
        if ends is None or left is None or left > FIRST_WARNING:
            clear_alarm(key)
            continue
        at = f"{date_format(ends, 'Y-m-d H:i')} UTC"
        if left > timedelta(0):
            severity = "critical" if left <= LAST_WARNING else "warning"
            message = f"{channel}: the credentials end at {at}. Connect it again before: {_WHERE}."
            raise_alarm(key, message, severity)
            continue
        clear_alarm(key)
        message = f"{channel}: the credentials ended at {at}. Nothing comes in before an admin "
        raise_alarm(f"channel-expired-{channel.pk}", f"{message}connects it again: {_WHERE}.")


def watch_waiting() -> None:
    """Say when deliveries wait longer than `LONG_WAIT` to be taken in, and when no more."""
    waiting = waiting_deliveries()
    if waiting.oldest is None or timezone.now() - waiting.oldest < LONG_WAIT:
        clear_alarm("deliveries-waiting")
        return
    at = f"{date_format(waiting.oldest, 'Y-m-d H:i')} UTC"
    message = (
        f"Deliveries wait to be taken in: {waiting.count}, the oldest since {at}. None is lost; "
        "more come than this server can take in, or something stops it: see the log of web and "
        "worker."
    )
    raise_alarm("deliveries-waiting", message)


def _is_silent(channel: Channel) -> bool:
    key = f"channel-silent-{channel.pk}"
    now = timezone.now()
    silence = silence_of(channel, now=now) if channel.is_active and _has_state(channel) else None
    if silence is None:
        clear_alarm(key)
        return False
    if silence.likelihood < UNLIKELY:
        hours = round((now - silence.since) / timedelta(hours=1), 1)
        message = (
            f"{channel}: no post for {hours:g} hours; about {round(silence.expected)} posts would "
            "have come, going by the same hours of the weeks before."
        )
        raise_alarm(key, message, "warning")
        return True
    if Alarm.objects.filter(key=key, cleared_at=None, raised_at__lt=silence.since).exists():
        clear_alarm(key)
    return False


def _has_state(channel: Channel) -> bool:
    return hasattr(channel, "state")


_WHERE = "Settings › Channels"
