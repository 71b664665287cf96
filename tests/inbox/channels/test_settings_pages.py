"""Every settings page of intake is for admins alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.models import Backfill, Channel, Import, LessonImport, QuarantinedPayload
from inbox.urls_settings import urlpatterns
from routing.models import AuthorList, Rehearsal, Rule, RuleProposal, RuleVersion, Training
from tests.routing.trees import word
from tests.towns import Town

pytestmark = pytest.mark.django_db
POST_ONLY = {
    "channel_rotate", "channel_switch", "channel_fetch", "channel_replies", "quarantine_replay_all",
    "quarantine_replay", "quarantine_discard", "threshold", "rule_delete", "rule_switch",
    "rule_move", "rule_order", "rule_time_zone", "rule_restore", "author_list_delete",
    "channel_check", "lesson_take_back", "lessons_of_person", "first_hour_begin",
    "first_hour_answer",
    "model_train", "model_roll_back", "model_promote", "model_pin", "rehearsal_begin",
    "rehearsal_again", "rehearsal_cancel", "rehearsal_save",
    "backfill_estimate", "backfill_change", "consult_margin",
}  # fmt: skip
KEY = 2_000_000_901  # No sequence of a test run gets that far.
ARGUMENTS = {"pk": KEY, "number": 1, "connector": "town", "do": "pause"}
ELSEWHERE = {"channel_signed_in"}  # Sends on to another page.
NAMES = [str(pattern.name) for pattern in urlpatterns]


@pytest.fixture
def rows(channel: Channel, town: Town) -> None:
    """One of everything, all with the same key."""
    Channel.objects.create(
        pk=KEY, name="Blog", network="town", connector="town", url="https://b.example"
    )
    Import.objects.create(pk=KEY, channel=channel, name="old.csv", state="done")
    QuarantinedPayload.objects.create(
        pk=KEY, channel=channel, source="webhook", raw=b"{", reason="is odd"
    )
    conditions = word("lawyer")
    Rule.objects.create(pk=KEY, name="Lawyers", position=1, conditions=conditions)
    definition = {"name": "Lawyers", "conditions": conditions}
    RuleVersion.objects.create(pk=KEY, rule_id=KEY, number=1, definition=definition)
    RuleProposal.objects.create(pk=KEY, definition=definition, reason="why")
    AuthorList.objects.create(pk=KEY, name="Press", slug="press")
    LessonImport.objects.create(pk=KEY, name="old.csv", state="done")
    Training.objects.create(pk=KEY, state="done")
    now = timezone.now()
    Backfill.objects.create(pk=KEY, channel_id=KEY, since=now, history_before=now, most=10)
    change = {"kind": "threshold", "threshold": 0.7}
    Rehearsal.objects.create(pk=KEY, change=change, days=14)


def address(name: str) -> str:
    pattern = next(p for p in urlpatterns if p.name == name)
    return reverse(f"inbox:{name}", args=[ARGUMENTS[a] for a in pattern.pattern.converters])


def ask(client: Client, name: str) -> Any:
    return client.post(address(name)) if name in POST_ONLY else client.get(address(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_anonymous_are_sent_to_sign_in(client: Client, rows: None, name: str) -> None:
    answer = ask(client, name)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", NAMES)
def test_an_agent_is_refused(
    as_user: Callable[[User], Client], agent: User, rows: None, name: str
) -> None:
    assert ask(as_user(agent), name).status_code == 403


@pytest.mark.parametrize("persona", ["lead", "observer", "outsider"])
@pytest.mark.parametrize("name", ["channels", "imports", "quarantine", "health"])
def test_nobody_but_admins_gets_in(
    as_user: Callable[[User], Client], request: pytest.FixtureRequest, persona: str, name: str
) -> None:
    assert ask(as_user(request.getfixturevalue(persona)), name).status_code == 403


@pytest.mark.parametrize("persona", ["observer", "outsider"])
@pytest.mark.parametrize("name", ["rules", "rule_create", "rule_history", "rule_proposal"])
def test_rules_are_for_leads_and_admins(
    as_user: Callable[[User], Client],
    request: pytest.FixtureRequest,
    rows: None,
    persona: str,
    name: str,
) -> None:
    assert ask(as_user(request.getfixturevalue(persona)), name).status_code == 403
    assert ask(as_user(request.getfixturevalue("lead")), name).status_code == 200


@pytest.mark.parametrize("name", [n for n in NAMES if n not in POST_ONLY | ELSEWHERE])
def test_an_admin_sees_the_page(
    as_user: Callable[[User], Client], admin: User, rows: None, name: str
) -> None:
    assert ask(as_user(admin), name).status_code == 200


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_what_changes_something_is_no_link(
    as_user: Callable[[User], Client], admin: User, rows: None, name: str
) -> None:
    assert as_user(admin).get(address(name)).status_code == 405


@pytest.mark.parametrize("name", ["channels", "imports", "quarantine", "rules", "health"])
def test_empty_pages_say_what_to_do(
    as_user: Callable[[User], Client], admin: User, name: str
) -> None:
    assert ask(as_user(admin), name).status_code == 200
