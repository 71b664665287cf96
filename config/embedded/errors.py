"""What goes wrong with the embedded database, in words for the person at the terminal."""

import errno
import shutil
from pathlib import Path

FULL_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT}
FULL_DISK_WORDS = ("no space left on device", "disk quota exceeded", "disk full")
TELLING = ("FATAL:", "PANIC:", "error:")
NEARLY_NOTHING = 32 * 1024 * 1024


class EmbeddedError(Exception):
    """The embedded database cannot be used; the message is one sentence that says what to do."""


def full_disk(folder: Path) -> EmbeddedError:
    return EmbeddedError(
        f"The disk that holds {folder} is full: free some space, or set VAR_DIR to a folder "
        "on another disk."
    )


def from_os_error(error: OSError, folder: Path) -> EmbeddedError:
    """Turn a failed file operation below `folder` into a sentence."""
    # Copying a tree gathers its faults into one error without a number.
    if error.errno in FULL_DISK_ERRORS or _tells_of_full_disk(str(error)):
        return full_disk(folder)
    return EmbeddedError(
        f"{error.filename or folder} cannot be used for the embedded database "
        f"({error.strerror or 'copying failed'}): correct that, or set VAR_DIR to a folder this "
        "user may write to."
    )


def from_output(output: str, folder: Path, *, doing: str) -> EmbeddedError:
    """Turn the output of a failed PostgreSQL program into a sentence."""
    if _tells_of_full_disk(output) or is_full(folder):
        return full_disk(folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in TELLING)]
    reason = (telling or lines or ["it gave no reason"])[-1]
    return EmbeddedError(f"The embedded database {doing}: {reason} (log: {folder / 'log'})")


def _tells_of_full_disk(text: str) -> bool:
    return any(words in text.lower() for words in FULL_DISK_WORDS)


def is_full(folder: Path) -> bool:
    # A full disk swallows the log line that would have said so.
    return shutil.disk_usage(folder).free < NEARLY_NOTHING
