"""History with a department column teaches the router, and doubtful labels are named."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Department, User
from inbox import tasks
from inbox.models import LessonImport
from inbox.services import lesson_imports
from routing.models import Lesson, Training
from routing.services import corpus, doubting
from routing.services.doubting import Doubt, doubtful
from tests.routing.conftest import starter_rows

ADDRESS = "/settings/lessons/history/"
CONTENT = (
    "body,team\n"
    "My parcel never came,Customer service\n"
    "Is the job still open?,hr\n"
    "WIN A PHONE,Spam\n"
    "Great advert!,The ad people\n"
    ",hr\n"
    "My parcel never came!,customer_service\n"
)


@pytest.fixture
def file(tmp_path: Path, departments: dict[str, Department]) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(CONTENT)
    return path


@pytest.fixture
def no_doubts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained: looking for wrong labels has a test of its own."""
    monkeypatch.setattr(lesson_imports, "doubtful", lambda _texts, _labels: [])


def run(*args: str) -> str:
    out = StringIO()
    call_command("import_lessons", *args, stdout=out)
    return out.getvalue()


def test_the_command_learns_and_says_what(file: Path, no_doubts: None) -> None:
    told = json.loads(run(str(file), "--json"))
    assert (told["rows"], told["answers"], told["empty"]) == (6, 4, 1)
    assert told["unknown"] == {"The ad people": 1}
    assert told["by_department"] == {"customer_service": 2, "hr": 1, "spam": 1}
    assert (told["learned"], told["known"]) == (3, 1)
    assert set(Lesson.objects.values_list("source", flat=True)) == {"import"}
    again = json.loads(run(str(file), "--json", "--value", "The ad people=marketing"))
    assert (again["learned"], again["known"]) == (1, 4)


def test_a_dry_run_learns_nothing(file: Path, no_doubts: None) -> None:
    assert "Dry run" in run(
        str(file), "--dry-run", "--map", "text=body", "--map", "department=team"
    )
    assert not Lesson.objects.exists()


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--map", "text=words"], "no column “words”"),
        (["--map", "department="], "which column holds the department"),
        (["--map", "nonsense"], "NAME=VALUE"),
    ],
)
def test_the_command_says_what_is_wrong(
    file: Path, no_doubts: None, args: list[str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        run(str(file), *args)
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(file) + "x")


def test_labels_that_look_wrong_are_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    starter = [e for e in corpus.starter_examples() if e.group == "mixed"][::2]
    monkeypatch.setattr(doubting, "starter_examples", lambda: starter)
    rows = starter_rows("short")[::8]
    texts, labels = [r["text"] for r in rows], [r["department"] for r in rows]
    wrong = [at for at, label in enumerate(labels) if label == "hr"][:3]
    for at in wrong:
        labels[at] = "customer_service"
    doubts = doubtful(texts, labels)
    found = [d for d in doubts if d.place in wrong]
    assert len(found) >= 2
    assert {(d.given, d.likely) for d in found} == {("customer_service", "hr")}
    assert len(doubts) < len(rows) / 3


def upload(client: Client, name: str = "history.csv", content: str = CONTENT) -> LessonImport:
    client.post(ADDRESS, {"file": SimpleUploadedFile(name, content.encode())})
    return LessonImport.objects.get()


@pytest.fixture
def signed_in(
    client: Client,
    admin: User,
    departments: dict[str, Department],
    settings: object,
    tmp_path: Path,
) -> Client:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    client.force_login(admin)
    return client


COLUMNS = {"text": "body", "department": "team", "language": ""}


def test_the_page_checks_first_and_then_learns(signed_in: Client, no_doubts: None) -> None:
    task = upload(signed_in)
    assert task.mapping["columns"] == {"text": "body", "department": "team"}
    address = f"{ADDRESS}{task.pk}/"
    assert "being checked" in signed_in.post(address, COLUMNS, follow=True).content.decode()
    tasks.run_lesson_import(task.pk)
    page = signed_in.get(address).content.decode()
    assert "The ad people" in page
    assert "<dt>Customer service</dt>" in page
    assert not Lesson.objects.exists()
    signed_in.post(address, COLUMNS | {"name0": "marketing", "do": "learn"})
    tasks.run_lesson_import(task.pk)
    assert Lesson.objects.count() == 4
    assert Training.objects.exists()
    assert "What was learned" in signed_in.get(address).content.decode()


def test_a_file_that_names_nobody_of_ours_is_kept_and_says_so(
    signed_in: Client, no_doubts: None, tmp_path: Path
) -> None:
    content = "body,team\n🥯 yes please,Press\nWhere is it?,Support\nمتى يصل؟,Support\n"
    task = upload(signed_in, content=content)
    address = f"{ADDRESS}{task.pk}/"
    signed_in.post(address, COLUMNS)
    tasks.run_lesson_import(task.pk)
    page = signed_in.get(address)
    assert not page.context["may_learn"]
    # What is most often in the file is asked first.
    assert page.context["form"].names == ["Support", "Press"]
    signed_in.post(address, COLUMNS | {"do": "learn"})
    tasks.run_lesson_import(task.pk)
    assert "no row names a department of ours" in signed_in.get(address).content.decode()
    assert list(tmp_path.rglob("*.csv"))
    signed_in.post(address, COLUMNS | {"name0": "customer_service", "do": "learn"})
    tasks.run_lesson_import(task.pk)
    assert set(Lesson.objects.values_list("text", flat=True)) == {"Where is it?", "متى يصل؟"}
    assert "left out: “<bdi>Press</bdi>”" in signed_in.get(address).content.decode()


def test_a_file_whose_worker_died_can_be_checked_again(signed_in: Client, no_doubts: None) -> None:
    task = upload(signed_in)
    address = f"{ADDRESS}{task.pk}/"
    signed_in.post(address, COLUMNS)
    assert 'value="check"' not in signed_in.get(address).content.decode()
    LessonImport.objects.update(heartbeat_at=timezone.now() - lesson_imports.LONGEST)
    page = signed_in.get(address).content.decode()
    assert "The worker stopped." in page
    assert 'value="check"' in page
    assert "being checked" in signed_in.post(address, COLUMNS, follow=True).content.decode()


def test_the_file_is_gone_once_it_was_learned(
    signed_in: Client, no_doubts: None, tmp_path: Path
) -> None:
    task = upload(signed_in)
    address = f"{ADDRESS}{task.pk}/"
    signed_in.post(address, COLUMNS | {"do": "learn"})
    assert list(tmp_path.rglob("*.csv"))
    tasks.run_lesson_import(task.pk)
    assert not list(tmp_path.rglob("*.csv"))
    again = signed_in.post(address, COLUMNS | {"do": "learn"}, follow=True)
    assert "bring it again" in again.content.decode()


def test_doubted_words_about_hr_are_not_shown(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubts = [Doubt(0, "customer_service", "pr", 0.1), Doubt(1, "hr", "pr", 0.2)]
    monkeypatch.setattr(lesson_imports, "doubtful", lambda _texts, _labels: doubts)
    task = upload(signed_in)
    signed_in.post(f"{ADDRESS}{task.pk}/", COLUMNS)
    tasks.run_lesson_import(task.pk)
    page = signed_in.get(f"{ADDRESS}{task.pk}/").content.decode()
    assert "2 labels look wrong" in page
    assert "My parcel never came" in page
    assert "job still open" not in page


def test_a_file_that_is_none_is_refused(signed_in: Client) -> None:
    answer = signed_in.post(ADDRESS, {"file": SimpleUploadedFile("x.csv", b" ")})
    assert "empty" in answer.content.decode()
    assert not LessonImport.objects.exists()


def test_a_job_that_comes_twice_learns_once(signed_in: Client, no_doubts: None) -> None:
    task = upload(signed_in)
    signed_in.post(f"{ADDRESS}{task.pk}/", COLUMNS | {"do": "learn"})
    again = signed_in.post(f"{ADDRESS}{task.pk}/", COLUMNS, follow=True)
    assert "running already" in again.content.decode()
    tasks.run_lesson_import(task.pk)
    tasks.run_lesson_import(task.pk)
    assert Lesson.objects.count() == 3
