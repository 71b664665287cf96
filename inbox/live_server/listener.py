"""Hears PostgreSQL's notifications, for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from accounts.notices import CHANNEL
from inbox.live_server.database import Unavailable

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
# A connection that died without a word is noticed by asking it something.
QUIET_SECONDS = 20


class Listener:
    """Calls `on_start` after each (re)connection, then `on_payload` for each notification."""

    def __init__(
        self,
        parameters: Callable[[], dict[str, Any]],
        *,
        on_start: Callable[[], Awaitable[None]],
        on_payload: Callable[[str], Awaitable[None]],
    ) -> None:
        self._parameters = parameters
        self._on_start = on_start
        self._on_payload = on_payload
        self.is_listening = False

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is made again, ever more patiently."""
        wait = FIRST_WAIT
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **self._parameters(), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._on_start()
                    self.is_listening, wait = True, FIRST_WAIT
                    await self._hear(connection)
            except (psycopg.Error, Unavailable, OSError) as error:
                logger.warning("Live updates lost the database: %s", error)
            except Exception:
                # Whatever it was, a process that no longer listens is worse.
                logger.exception("Live updates stumbled and begin anew.")
            finally:
                self.is_listening = False
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311
            wait = min(wait * 2, LONGEST_WAIT)

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notification in connection.notifies(timeout=QUIET_SECONDS):
                await self._on_payload(notification.payload)
            await asyncio.wait_for(connection.execute("SELECT 1"), QUIET_SECONDS)
