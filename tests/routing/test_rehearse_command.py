"""A rehearsal by command."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Department
from routing import services
from routing.facts import Facts
from routing.models import Rehearsal, RouterModel, Rule
from tests.routing.trees import word

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _decisions(model: RouterModel, departments: dict[str, Department]) -> None:
    services.create_rule(by=None, name="Oil", conditions=word("oil"), department=departments["pr"])
    for text in ("Palm oil again", "Oil in my bread", "I want a refund for my parcel"):
        services.decide(Facts(text=text))


def say(*arguments: str) -> str:
    out = StringIO()
    call_command("rehearse", *arguments, stdout=out)
    return out.getvalue()


def test_a_file_of_rules_is_rehearsed_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    call_command("rules", "--export", str(path), stdout=StringIO())
    document = json.loads(path.read_text())
    document["rules"][0] |= {"place": "spam", "department": None}
    path.write_text(json.dumps(document))
    told = say("--rules", str(path))
    assert "2 of 3 posts would move." in told
    assert "pr → parked as spam" in told
    assert Rule.objects.get().place == "department"
    assert not Rehearsal.objects.exists()


def test_a_threshold_and_a_model_are_rehearsed() -> None:
    surest = json.loads(say("--threshold", "1", "--json", "--posts", "2"))
    assert surest["n"] == 2
    assert "0 of 3 posts would move." in say("--model", "small", "--days", "3")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--threshold", "2"),
        ("--model", "none"),
        ("--rules", "/nowhere.json"),
        ("--threshold", "0.5", "--days", "0"),
        ("--threshold", "0.5", "--posts", "-1"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        say(*arguments)
