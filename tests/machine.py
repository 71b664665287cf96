"""Says before a test run what this machine lacks: `python -m tests.machine`."""

import os
import shutil
import sys
from pathlib import Path

from tests.networks.installed import lacks as networks_lacking

BASE_DIR = Path(__file__).resolve().parent.parent
BROWSERS = (
    # Without windows, which take as long as all that is in them.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def chromium() -> str | None:
    """The system's Chromium: CHROMIUM, or the first of the usual names."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, BROWSERS)), None)


def sample_data() -> Path:
    """The folder with the sample data, which need not exist."""
    return Path(os.environ.get("CROSSDESK_DATA") or BASE_DIR.parent / "shared" / "data")


def lacks() -> list[str]:
    """One line for each thing whose tests will be skipped."""
    lines = []
    if chromium() is None:
        lines.append("Chromium was not found: the browser tests are skipped (CHROMIUM names it).")
    if not sample_data().is_dir():
        lines.append(
            f"The sample data folder {sample_data()} was not found: the tests that read it are "
            "skipped (CROSSDESK_DATA names it)."
        )
    lines += networks_lacking()
    if os.geteuid() != 0:
        lines.append("Not root: the tests of running as root are skipped.")
    return lines


if __name__ == "__main__":
    for line in lacks():
        sys.stdout.write(f"{line}\n")
