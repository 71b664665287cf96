"""The demo organisation has words at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Department
from inbox.demo.furnishing import furnish_all
from publishing.macro_text import faults_in
from publishing.models import Macro, Signing
from routing import labels

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_every_department_has_macros_that_are_sound(departments: dict[str, Department]) -> None:
    furnish_all()
    macros = Macro.objects.all()
    assert {macro.department for macro in macros} == {None, *departments.values()}
    assert [macro.name for macro in macros if faults_in(macro.text)] == []
    assert {macro.topic for macro in macros} <= {"", *labels.TOPICS}


def test_what_people_changed_stays(departments: dict[str, Department]) -> None:
    furnish_all()
    Macro.objects.filter(shortcut="late").update(text="Ours")
    Signing.objects.update(style="off")
    furnish_all()
    assert Macro.objects.get(shortcut="late").text == "Ours"
    assert set(Signing.objects.values_list("style", flat=True)) == {"off"}
