"""`manage.py channels`: looking after channels from a shell."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from inbox.connectors.errors import Unreachable
from inbox.models import Backfill, Channel, Post
from tests.inbox.backfills.conftest import Past, past, said, square

__all__ = ["past", "square"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("departments")]


def run(*words: str) -> str:
    out = StringIO()
    call_command("channels", *words, stdout=out)
    return out.getvalue()


def test_every_channel_has_a_line(square: Channel, channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    lines = run("list").splitlines()
    assert [("paused" in line, "Asked as ever" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]


def test_a_channel_is_asked_at_once(square: Channel, past: Past) -> None:
    past.posts = [said("a", timedelta(minutes=1))]
    assert "1 new, 0 known already" in run("poll", "Square")


def test_what_the_network_says_is_told(square: Channel, past: Past) -> None:
    past.faults = [Unreachable("answers 502")]
    with pytest.raises(CommandError, match="answers 502"):
        run("poll", "Square")


def test_pausing_and_resuming(square: Channel) -> None:
    run("pause", "Square")
    assert not Channel.objects.get(pk=square.pk).is_active
    run("resume", "Square")
    assert Channel.objects.get(pk=square.pk).is_active


def test_the_past_is_read_until_it_is_done(square: Channel, past: Past) -> None:
    assert "10 posts read, 10 new" in run("backfill", "Square", "--days", "30")
    assert Post.objects.count() == 10


def test_at_the_limit_the_command_says_so(square: Channel, past: Past) -> None:
    with pytest.raises(CommandError, match="as many as allowed"):
        run("backfill", "Square", "--days", "30", "--most", "4")
    assert Backfill.objects.get().state == "paused"


def test_an_unknown_name_is_said_so() -> None:
    with pytest.raises(CommandError, match="There is no channel “Nowhere”"):
        run("poll", "Nowhere")
