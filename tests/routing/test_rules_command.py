"""Rules listed, exported and imported on the command line."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Department, User
from routing import services
from routing.definitions import definition_of
from routing.models import Rule
from tests.routing.trees import phrase, word

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rules", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def rule(departments: dict[str, Department], pr_officer: User) -> Rule:
    return services.create_rule(
        by=None,
        name="Palm",
        conditions=phrase("palm oil"),
        department=departments["pr"],
        assignee=pr_officer,
        tags=["palm"],
    )


def test_the_list_is_sentences_or_json(rule: Rule) -> None:
    assert "1. Palm\n   When a post says “palm oil”: to PR" in run("--list")
    (row,) = json.loads(run("--json"))
    assert (row["id"], row["assignee"]) == (rule.pk, "lee")


def test_what_is_exported_can_be_imported(rule: Rule, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    assert json.loads(run("--export", str(path), "--json")) == {"exported": 1}
    definition = definition_of(rule)
    assert run("--import", str(path)) == "0 added, 0 changed, 1 same.\n"
    services.update_rule(rule=rule, by=None, tags=[])
    assert run("--import", str(path)) == "0 added, 1 changed, 0 same.\n"
    services.delete_rule(rule=rule)
    assert run("--import", str(path)) == "1 added, 0 changed, 0 same.\n"
    assert definition_of(Rule.objects.get()) == definition


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "no file of rules"),
        ({"format": "crossdesk-rules-1", "rules": [{"name": "x"}]}, "“x”: A rule needs"),
        ({"format": "crossdesk-rules-1", "rules": [7]}, "“?”: unreadable"),
        (
            {"format": "crossdesk-rules-1", "rules": [{"name": "x", "department": "sales"}]},
            "There is no department “sales”.",
        ),
    ],
)
def test_a_wrong_file_changes_nothing(document: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    fine = {"name": "fine", "conditions": word("fine")}
    if isinstance(document, dict):
        document = {**document, "rules": [fine, *document["rules"]]}
    path.write_text(json.dumps(document))
    with pytest.raises(CommandError, match=message.replace("?", r"\?")):
        run("--import", str(path))
    assert not Rule.objects.exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("--import", str(tmp_path / "none.json"))
