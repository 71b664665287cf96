"""Deliveries that were answered and are not yet taken in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from inbox.models import Channel, WaitingDelivery


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries wait, and since when the oldest does."""

    count: int
    oldest: datetime | None


def waiting_deliveries(channel: Channel | None = None) -> Waiting:
    """What waits, for one channel or for all."""
    rows = WaitingDelivery.objects.order_by()
    if channel is not None:
        rows = rows.filter(channel=channel)
    return Waiting(**rows.aggregate(count=Count("pk"), oldest=Min("received_at")))
