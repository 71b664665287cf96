"""Ends open streams when the process is told to stop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType


def before_server(act: Callable[[], None]) -> None:
    """Run `act` on the event loop when a stop signal comes, besides what the server does then.

    A server waits for open requests before it tells the application; streams would never end.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        theirs = signal.getsignal(number)
        if callable(theirs):
            signal.signal(number, _both(act, theirs, loop))


def _both(
    act: Callable[[], None],
    theirs: Callable[[int, FrameType | None], object],
    loop: asyncio.AbstractEventLoop,
) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        theirs(number, frame)

    return handle
