"""The real stream of the sample data folder, whole and twice."""

from __future__ import annotations

import json
import os
import resource
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from inbox.models import Channel, Post

FOLDER = Path(os.environ.get("CROSSDESK_DATA", settings.BASE_DIR.parent / "shared" / "data"))
STREAM = FOLDER / "posts_stream.jsonl"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not STREAM.exists(), reason=f"the sample data folder is not there: {FOLDER}"
    ),
]


def test_the_stream_comes_in_whole_and_changes_nothing_the_second_time(channel: Channel) -> None:
    reports = []
    for _ in range(2):
        out = StringIO()
        call_command("import_posts", str(STREAM), "--channel", channel.name, "--json", stdout=out)
        reports.append(json.loads(out.getvalue().strip().splitlines()[-1]))
    first, second = reports
    assert (first["rows"], first["created"], first["quarantined"]) == (35_127, 35_127, 0)
    assert (second["created"], second["duplicates"], second["tickets"]) == (0, 35_127, 0)
    assert Post.objects.filter(is_stub=False).count() == 35_127
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 400_000  # KB, the suite included
