"""Programs that tests start, each with its children in a group that ends with the test."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

STOP_SECONDS = 10


@contextmanager
def started(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program that writes to `log`; with whatever it started it is gone afterwards."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=cwd, env=os.environ | dict(environment or {}), stdin=subprocess.DEVNULL,
            stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _end(process)


def until(
    is_true: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float
) -> None:
    """Return once `is_true`. Raises `RuntimeError` with the log when the program ends before."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not come up:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    # Workers of PHP outlive the program that started them: the group ends as one.
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
