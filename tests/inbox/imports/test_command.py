"""`import_posts`, as people and programs run it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from inbox.models import Channel, Import, Post, QuarantinedPayload, Ticket
from inbox.services import imports

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Four rows: a post, its reply, one without a time, another post."""
    path = tmp_path / "posts.csv"
    path.write_text(
        "id,ts,text,author,in_reply_to\n"
        "1,2026-03-01T12:00:00Z,Stale rolls again,sam,\n"
        "2,2026-03-01T12:05:00Z,Mine too,tom,1\n"
        "3,soon,No time,uma,\n"
        "4,2026-03-01T12:10:00Z,Do you hire?,eve,\n"
    )
    return path


def run(path: Path | str, *arguments: str, channel: str = "Kestrel on Facebook") -> dict[str, Any]:
    """The counts of one run."""
    out = StringIO()
    call_command(
        "import_posts",
        str(path),
        "--channel",
        channel,
        *arguments,
        "--json",
        stdout=out,
        stderr=StringIO(),
    )
    report: dict[str, Any] = json.loads(out.getvalue().strip().splitlines()[-1])
    return report


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in imports.COUNTS)


def test_good_rows_go_in_and_the_bad_one_is_named(file: Path, channel: Channel) -> None:
    report = run(file)
    assert counts(report) == (4, 3, 0, 0, 1, 2)
    assert report["errors"] == [
        {"line": 4, "field": "ts", "reason": "'soon' is not a time Crossdesk can read"}
    ]
    kept = QuarantinedPayload.objects.get()
    assert (kept.line, bytes(kept.raw)) == (4, b"3,soon,No time,uma,")


def test_the_second_time_nothing_changes(file: Path, channel: Channel) -> None:
    run(file)
    before = (
        list(Post.objects.order_by("pk").values()),
        list(Ticket.objects.order_by("pk").values()),
    )
    assert counts(run(file)) == (4, 0, 3, 0, 1, 0)
    after = list(Post.objects.order_by("pk").values()), list(Ticket.objects.order_by("pk").values())
    assert before == after
    assert QuarantinedPayload.objects.count() == 1


def test_a_changed_text_is_an_edit(file: Path, channel: Channel) -> None:
    run(file)
    file.write_text(file.read_text().replace("Do you hire?", "Do you hire bakers?"))
    assert counts(run(file)) == (4, 0, 2, 1, 1, 0)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(file: Path, channel: Channel) -> None:
    assert counts(run(file, "--dry-run")) == (4, 3, 0, 0, 1, 2)
    assert not Post.objects.exists()
    assert not Import.objects.exists()
    assert not QuarantinedPayload.objects.exists()


def test_a_dry_run_creates_no_channel(file: Path, db: None) -> None:
    run(file, "--dry-run", "--create", channel="New")
    assert not Channel.objects.exists()


def test_a_channel_is_created_when_asked(file: Path, db: None) -> None:
    assert run(file, "--create", channel="New")["created"] == 3
    assert Channel.objects.get().name == "New"


def test_an_unknown_channel_is_told_with_the_known_ones(file: Path, channel: Channel) -> None:
    with pytest.raises(CommandError, match=r"no channel “Nope”\. There are: “Kestrel on Facebook”"):
        run(file, channel="Nope")


def test_a_file_that_cannot_be_read_creates_no_channel(tmp_path: Path, db: None) -> None:
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(CommandError, match="is empty"):
        run(tmp_path / "a.csv", "--create", channel="New")
    assert not Channel.objects.exists()


def test_a_missing_file_is_one_sentence(channel: Channel) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv cannot be read: No such file"):
        run("/nowhere.csv")


def test_a_folder_is_one_sentence(channel: Channel, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Is a directory"):
        run(tmp_path)


@pytest.mark.parametrize("mapping", ["text", "=text", "mood=text", "text=nope"])
def test_a_wrong_mapping_is_one_sentence(file: Path, channel: Channel, mapping: str) -> None:
    with pytest.raises(CommandError):
        run(file, "--map", mapping)


def test_a_wrong_time_zone_is_one_sentence(file: Path, channel: Channel) -> None:
    with pytest.raises(CommandError, match="no time zone"):
        run(file, "--time-zone", "Mars/Olympus")


def test_columns_can_be_named(tmp_path: Path, channel: Channel) -> None:
    path = tmp_path / "p.csv"
    path.write_text("a,b,c\nx1,2026-03-01,Hello\n")
    report = run(path, "--map", "external_id=a", "--map", "posted_at=b", "--map", "text=c")
    assert report["created"] == 1
    assert Post.objects.get().external_id == "x1"


def test_an_import_cut_short_goes_on_where_it_stopped(
    file: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1)
    calls = 0
    receive = imports.quarantine.take_in  # type: ignore[attr-defined]

    def dies(**options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return receive(**options)

    with mock.patch("inbox.services.quarantine.take_in", dies), pytest.raises(KeyboardInterrupt):
        run(file)
    task = Import.objects.get()
    assert (task.state, task.position, Post.objects.count()) == ("running", 2, 2)
    assert counts(run(file)) == (4, 3, 0, 0, 1, 2)
    task.refresh_from_db()
    assert (Import.objects.count(), task.state, task.position) == (1, "done", 4)


def test_of_two_that_go_on_with_an_import_one_stops(file: Path, channel: Channel) -> None:
    with file.open("rb") as opened:
        task = imports.prepare(channel=channel, file=opened, name="p.csv", mapping={})
        other = Import.objects.get(pk=task.pk)
        assert imports.run(task=task, file=opened)
        with pytest.raises(imports.TakenOver):
            imports.run(task=other, file=opened)
    assert Post.objects.count() == 3
    assert Import.objects.get().report["created"] == 3


def test_plain_words_for_people(file: Path, channel: Channel) -> None:
    out = StringIO()
    call_command("import_posts", str(file), "--channel", channel.name, stdout=out)
    assert "line 4: ts 'soon'" in out.getvalue()
    assert "4 rows, 3 created, 0 duplicates, 0 edited, 1 quarantined, 2 tickets" in out.getvalue()
