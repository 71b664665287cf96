"""How much a back-fill would bring, told from the newest pages; nothing of them is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from inbox.connectors.base import Network, network_of
from inbox.connectors.errors import NetworkError
from inbox.connectors.types import Page
from inbox.models import Channel, ChannelQuota
from inbox.services.access import access_of

LOOK_BACK = timedelta(days=7)
DAY = timedelta(days=1)
MOST_PAGES = 4
MOST_SECONDS = 8.0
# A back-fill takes pages in while it asks for them; measured on posts that open tickets.
SECONDS_A_POST = 0.004


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a back-fill over some days asks of the network and of time."""

    days: int
    posts: int
    requests: int
    minutes: int
    allowed: int | None  # requests the network allows before `resets_at`; None when not told
    resets_at: datetime | None

    @property
    def is_over_quota(self) -> bool:
        return self.allowed is not None and self.requests > self.allowed


@dataclass(frozen=True, slots=True)
class Sample:
    """What the newest pages of the last seven days held."""

    posts: int = 0
    pages: int = 0
    seconds: float = 0.0
    has_more: bool = False
    oldest: datetime | None = None
    newest: datetime | None = None
    allowed: int | None = None
    resets_at: datetime | None = None
    fault: str = ""  # why no more could be read, after "The network"

    @property
    def a_day(self) -> float:
        """Posts a day: over the seven days, or over what of them the pages reached."""
        if not self.posts or self.oldest is None or self.newest is None:
            return 0.0
        # When there is more, the pages reach from one end to somewhere inside the seven days.
        reached = self.newest - self.oldest if self.has_more else timezone.now() - self.oldest
        return self.posts / max(reached / DAY, 0.05)

    def estimate(self, days: int) -> Estimate:
        """About what `days` days hold, if they are as busy as those that were seen."""
        posts = round(self.a_day * days)
        a_page = self.posts / self.pages if self.pages and self.posts else 1.0
        requests = max(math.ceil(posts / a_page), self.pages, 1)
        asking = self.seconds / self.pages if self.pages else 1.0
        minutes = math.ceil((requests * asking + posts * SECONDS_A_POST) / 60)
        return Estimate(days, posts, requests, minutes, self.allowed, self.resets_at)


def sample(*, channel: Channel) -> Sample:
    """Look at the newest pages of `channel`. Never raises for what the network does."""
    network = network_of(channel.connector)
    if network is None or not network.capabilities.polling:
        raise LookupError(channel.connector)
    begun, fault, pages = time.monotonic(), "", list[Page]()
    try:
        for page in _pages(channel, network):
            pages.append(page)
            if time.monotonic() - begun > MOST_SECONDS:
                break
    except NetworkError as error:
        fault = error.reason
    return _sample_of(channel, pages, time.monotonic() - begun, fault)


def _pages(channel: Channel, network: Network) -> Iterator[Page]:
    cursor = network.cursor_since(timezone.now() - LOOK_BACK)
    for _number in range(MOST_PAGES):
        page = network.fetch(access_of(channel), cursor)
        yield page
        if not page.has_more:
            return
        cursor = page.cursor


def _sample_of(channel: Channel, pages: Sequence[Page], seconds: float, fault: str) -> Sample:
    posts = [post for page in pages for post in page.posts]
    times = sorted(post.posted_at for post in posts if post.posted_at is not None)
    tightest = ChannelQuota.objects.filter(channel=channel, resets_at__gt=timezone.now())
    quota = tightest.order_by("remaining").first()
    return Sample(
        posts=len(posts),
        pages=len(pages),
        seconds=seconds,
        has_more=bool(pages) and pages[-1].has_more,
        oldest=times[0] if times else None,
        newest=times[-1] if times else None,
        allowed=quota.remaining if quota else None,
        resets_at=quota.resets_at if quota else None,
        fault=fault,
    )
