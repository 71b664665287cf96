"""Importing a file in the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from accounts.models import User
from inbox import tasks
from inbox.models import Channel, Import, Post, QuarantinedPayload
from inbox.services import imports

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

ROWS = b"id,ts,text,author\n1,2026-03-01T12:00:00Z,Stale rolls,sam\n2,soon,No time,uma\n"
MAPPING = {"external_id": "id", "posted_at": "ts", "text": "text", "author": "author"}


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    """Uploads stay in the test's folder."""
    settings.MEDIA_ROOT = tmp_path


def upload(
    client: Client, channel: Channel, content: bytes = ROWS, name: str = "posts.csv"
) -> Import:
    sent = {"channel": channel.pk, "file": SimpleUploadedFile(name, content), "time_zone": "UTC"}
    client.post(reverse("inbox:import_create"), sent)
    return Import.objects.latest("pk")


def test_a_file_waits_with_guesses_and_its_first_rows(
    as_user: SignIn, admin: User, channel: Channel
) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    assert (task.state, task.mapping, task.total, task.created_by) == ("waiting", MAPPING, 2, admin)
    page = client.get(reverse("inbox:import", args=[task.pk])).content.decode()
    assert "Stale rolls" in page
    assert '<option value="ts" selected>' in page
    assert not Post.objects.exists()


def test_a_dry_run_then_the_real_one(as_user: SignIn, admin: User, channel: Channel) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    address = reverse("inbox:import", args=[task.pk])
    client.post(address, MAPPING | {"do": "dry-run"})
    assert OrmQ.objects.count() == 1
    tasks.run_import(task.pk)
    assert "What would happen" in client.get(address).content.decode()
    assert not Post.objects.exists()
    client.post(address, MAPPING | {"do": "start"})
    tasks.run_import(task.pk)
    page = client.get(address).content.decode()
    assert "What happened" in page
    assert "&#x27;soon&#x27; is not a time" in page
    assert Post.objects.count() == 1
    task.refresh_from_db()
    assert (task.state, task.report["created"], task.report["quarantined"]) == ("done", 1, 1)


def test_progress_polls_until_it_is_done(as_user: SignIn, admin: User, channel: Channel) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    progress = reverse("inbox:import_progress", args=[task.pk])
    running = client.get(progress)
    assert "hx-trigger" in running.content.decode()
    assert "HX-Refresh" not in running
    tasks.run_import(task.pk)
    assert client.get(progress)["HX-Refresh"] == "true"


def test_a_second_start_is_refused_while_it_runs(
    as_user: SignIn, admin: User, channel: Channel
) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    answer = client.post(
        reverse("inbox:import", args=[task.pk]), MAPPING | {"do": "start"}, follow=True
    )
    assert "running already" in answer.content.decode()
    assert OrmQ.objects.count() == 1


def test_a_long_import_asks_for_another_job(
    as_user: SignIn, admin: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = upload(as_user(admin), channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    monkeypatch.setattr(imports, "BATCH", 1)
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0)
    for _ in range(3):
        tasks.run_import(task.pk)
    task.refresh_from_db()
    assert (task.state, task.report["rows"]) == ("done", 2)
    assert OrmQ.objects.count() == 3


def test_an_import_whose_worker_died_is_found_and_finished(
    as_user: SignIn, admin: User, channel: Channel
) -> None:
    task = upload(as_user(admin), channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    OrmQ.objects.all().delete()
    assert tasks.resume_imports() == 0
    Import.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    assert tasks.resume_imports() == 1
    assert OrmQ.objects.count() == 1


def test_a_command_that_died_is_told_how_to_go_on(channel: Channel) -> None:
    old = timezone.now() - timedelta(minutes=3)
    task = Import.objects.create(channel=channel, name="p.csv", state="running", heartbeat_at=old)
    assert tasks.resume_imports() == 0
    task.refresh_from_db()
    assert task.state == "failed"
    assert "continues where it stopped" in task.error


def test_a_lost_file_fails_the_import(as_user: SignIn, admin: User, channel: Channel) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    Path(task.file.path).unlink()
    tasks.run_import(task.pk)
    task.refresh_from_db()
    assert task.state == "failed"
    assert client.get(reverse("inbox:import", args=[task.pk])).status_code == 200


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00\x00"])
def test_a_file_that_cannot_be_read_is_told_on_the_form(
    as_user: SignIn, admin: User, channel: Channel, content: bytes
) -> None:
    sent = {"channel": channel.pk, "file": SimpleUploadedFile("a.csv", content), "time_zone": "UTC"}
    page = as_user(admin).post(reverse("inbox:import_create"), sent)
    assert page.status_code == 200
    assert "field-error" in page.content.decode()
    assert not Import.objects.exists()


def test_a_bad_row_is_repaired_and_taken_in(as_user: SignIn, admin: User, channel: Channel) -> None:
    client = as_user(admin)
    task = upload(client, channel)
    imports.start(task=task, mapping=MAPPING, dry_run=False)
    tasks.run_import(task.pk)
    kept = QuarantinedPayload.objects.get()
    address = reverse("inbox:quarantined", args=[kept.pk])
    page = client.post(address, {"raw": "2,later,No time,uma"})
    assert "later" in page.content.decode()
    client.post(address, {"raw": "2,2026-03-01T13:00:00Z,No time,uma"})
    kept.refresh_from_db()
    assert (kept.state, kept.settled_by, bytes(kept.raw)) == (
        "replayed",
        admin,
        b"2,soon,No time,uma",
    )
    assert Post.objects.filter(external_id="2").exists()
