"""Whether a network tells a channel at once of what is new, as the page and the API show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from inbox.connectors.base import capabilities_of
from inbox.models import Channel, ChannelState


@dataclass(frozen=True, slots=True)
class Stream:
    """One channel's connection: `connected`, `reconnecting`, or `closed` when nobody listens."""

    state: str
    since: datetime | None  # when this connection was opened
    last_event_at: datetime | None
    error: str  # why there is none, after "the stream"


def stream_of(channel: Channel) -> Stream | None:
    """The stream of `channel`, whose state is loaded; None where the network has none."""
    if not capabilities_of(channel.connector, channel.settings).stream:
        return None
    known: ChannelState | None = getattr(channel, "state", None)
    if known is None:
        return Stream("closed", None, None, "")
    last = known.stream_told_at
    if known.is_streaming:
        return Stream("connected", known.stream_opened_at, last, "")
    watched = known.stream_watched_at
    is_watched = watched is not None and watched > timezone.now() - known.SEEMS_OPEN
    return Stream("reconnecting" if is_watched else "closed", None, last, known.stream_error)
