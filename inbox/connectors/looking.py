"""Looking for what was published, where a network has no key that says "once only"."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.base import Access
from inbox.connectors.errors import Uncertain, Unreachable
from inbox.connectors.http import Reply

# A request that timed out here may still be at work there; longer than ours last it will not be.
SETTLES_AFTER = timedelta(seconds=30)
# Their clock and ours, and their times cut to the second.
CLOCKS_DIFFER = timedelta(seconds=5)


def made(reply: Reply) -> dict[str, Any]:
    """The object a write was answered with. Raises `Uncertain` when the answer is none."""
    try:
        return reply.object()
    except Unreachable as error:
        raise Uncertain(error.reason) from None


def is_same(theirs: str, ours: str) -> bool:
    """Whether two texts are one, but for what networks change: composition and white space."""
    return _plain(theirs) == _plain(ours)


def is_of_attempt(at: datetime | None, since: datetime) -> bool:
    """Whether what was written `at` can be of an attempt that began at `since`."""
    return at is None or at >= since - CLOCKS_DIFFER


def found_nothing(access: Access, since: datetime) -> None:
    """Return when an attempt begun at `since` can leave nothing any more; else `Unreachable`.

    The setting `settle_seconds` says after how long that is.
    """
    settles = float(access.settings.get("settle_seconds", SETTLES_AFTER.total_seconds()))
    left = settles - (datetime.now(UTC) - since).total_seconds()
    if left > 0:
        raise Unreachable("may still be at work on it: look again in a moment", retry_after=left)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
