"""The real stream of the sample data folder, whole and twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from inbox.models import Channel, Post
from tests import servers

FOLDER = Path(os.environ.get("CROSSDESK_DATA", settings.BASE_DIR.parent / "shared" / "data"))
STREAM = FOLDER / "posts_stream.jsonl"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not STREAM.exists(), reason=f"the sample data folder is not there: {FOLDER}"
    ),
]


def imported(channel: Channel) -> tuple[dict[str, int], int]:
    """What an import of the stream by a process of its own reports, and its peak memory in kB."""
    command = [sys.executable, "manage.py", "import_posts", str(STREAM), "--json"]
    process = subprocess.Popen(
        [*command, "--channel", channel.name],
        cwd=settings.BASE_DIR, env=servers.surroundings(), stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as out:
        said = out.read()
    # The process's own peak: whatever ran in this one before does not count.
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(said.decode().strip().splitlines()[-1]), usage.ru_maxrss


def test_the_stream_comes_in_whole_and_changes_nothing_the_second_time(channel: Channel) -> None:
    (first, peak), (second, _peak) = imported(channel), imported(channel)
    assert (first["rows"], first["created"], first["quarantined"]) == (35_127, 35_127, 0)
    assert (second["created"], second["duplicates"], second["tickets"]) == (0, 35_127, 0)
    assert Post.objects.filter(is_stub=False).count() == 35_127
    assert peak < 450_000
