"""The list of rules: what it says, its order, and who may do what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Department, Skill, SlaPolicy, User
from inbox.models import Channel, Ticket
from inbox.queries.rules import rule_lines
from routing import services
from routing.models import AuthorList, RouterSettings, Rule
from tests.routing.trees import all_of, phrase, word

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def rules(departments: dict[str, Department]) -> list[Rule]:
    """Two rules: lawyers to PR, jobs to HR."""
    return [
        services.create_rule(
            by=None,
            name="Lawyers",
            conditions=word("lawyer", "sue"),
            department=departments["pr"],
            priority=3,
        ),
        services.create_rule(
            by=None, name="Jobs", conditions=phrase("do you hire"), department=departments["hr"]
        ),
    ]


def order() -> list[str]:
    return list(Rule.objects.values_list("name", flat=True))


def test_each_rule_is_a_sentence(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    page = as_user(admin).get(reverse("inbox:rules")).content.decode()
    assert "When a post has the word “lawyer” or “sue”: to PR, urgent." in page


def test_a_sentence_names_channels_people_and_consequences(
    channel: Channel, departments: dict[str, Department], pr_officer: User
) -> None:
    services.save_author_list(name="Reporters", handles=["kate"])
    services.create_rule(
        by=None,
        name="x",
        conditions=all_of(
            {"channel": [channel.pk]},
            {"phrase": ["palm oil", "rainforest"]},
            {"any": [{"language": ["de"]}, {"list": ["reporters"]}]},
            {"none": [{"author": ["sam"]}]},
        ),
        department=departments["pr"],
        priority=3,
        tags=["palm"],
        assignee=pr_officer,
        consult=departments["marketing"],
        goes_on=True,
    )
    (line,) = rule_lines()
    assert line.sentence == (
        "When a post on Kestrel on Facebook says “palm oil” or “rainforest” and (is in German or "
        "is by someone on the list “Reporters”) and is not by @sam: to PR, urgent, tagged "
        "“palm”, given to Lee Novak, Marketing is asked, too, and the next rules may add to it."
    )


def test_a_sentence_says_what_is_promised(departments: dict[str, Department]) -> None:
    policy = SlaPolicy.objects.create(name="One hour", slug="one_hour", first_response_minutes=60)
    services.create_rule(
        by=None,
        name="x",
        conditions=word("sue"),
        department=departments["pr"],
        skill=Skill.objects.create(slug="legal"),
        sla_policy=policy,
        approval_by=departments["marketing"],
        approval_by_leads=True,
    )
    (line,) = rule_lines()
    assert line.sentence == (
        "When a post has the word “sue”: to PR, given to someone who knows “legal”, by the SLA "
        "policy “One hour”, replies approved by the leads of Marketing."
    )
    assert "Nobody has the skill “legal”: nobody would get the ticket." in line.faults
    SlaPolicy.objects.update(is_active=False)
    assert "The SLA policy “One hour” is put away." in rule_lines()[0].faults


def test_faults_stand_beside_the_rule(
    as_user: SignIn, admin: User, rules: list[Rule], departments: dict[str, Department]
) -> None:
    services.create_rule(
        by=None, name="Late", conditions=word("lawyer"), department=departments["pr"]
    )
    page = as_user(admin).get(reverse("inbox:rules")).content.decode()
    assert "It is never reached: “Lawyers” takes every post it could match." in page
    assert "Nobody works in HR: its tickets would wait." in page


def test_rules_move_up_and_down(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    client = as_user(admin)
    move = reverse("inbox:rule_move", args=[rules[1].pk])
    client.post(move, {"to": "up"})
    assert order() == ["Jobs", "Lawyers"]
    client.post(move, {"to": "up"})
    assert order() == ["Jobs", "Lawyers"]
    client.post(move, {"to": "down"})
    assert order() == ["Lawyers", "Jobs"]


def test_rules_are_dragged_into_an_order(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    client = as_user(admin)
    address = reverse("inbox:rule_order")
    client.post(address, {"ids": [rules[1].pk, rules[0].pk]})
    assert order() == ["Jobs", "Lawyers"]
    told = client.post(address, {"ids": [rules[0].pk]}, follow=True).content.decode()
    assert "The list of rules has changed" in told
    assert order() == ["Jobs", "Lawyers"]


def test_a_rule_is_switched_off_and_removed(
    as_user: SignIn, admin: User, rules: list[Rule]
) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:rule_switch", args=[rules[0].pk]), {"is_active": "0"})
    assert not Rule.objects.get(pk=rules[0].pk).is_active
    client.post(reverse("inbox:rule_delete", args=[rules[0].pk]))
    assert order() == ["Jobs"]
    page = client.get(reverse("inbox:rules")).content.decode()
    assert reverse("inbox:rule_history", args=[rules[0].pk]) in page


def test_a_text_can_be_tried(as_user: SignIn, admin: User, rules: list[Rule]) -> None:
    page = as_user(admin).post(reverse("inbox:rules"), {"text": "I will call my lawyer!"})
    assert "by the rule “Lawyers”" in page.content.decode()
    assert '<mark dir="auto">lawyer</mark>' in page.content.decode()
    assert not Ticket.objects.exists()


def test_the_threshold_is_set_in_per_cent(as_user: SignIn, admin: User) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:threshold"), {"percent": "70"})
    assert RouterSettings.objects.get().threshold == 0.7
    page = client.post(reverse("inbox:threshold"), {"percent": "101"}).content.decode()
    assert "field-error" in page
    assert RouterSettings.objects.get().threshold == 0.7


def test_the_time_zone_is_chosen(as_user: SignIn, admin: User) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:rule_time_zone"), {"time_zone": "Europe/Berlin"})
    assert RouterSettings.objects.get().time_zone == "Europe/Berlin"
    page = client.post(reverse("inbox:rule_time_zone"), {"time_zone": "Mars/Base"})
    assert "field-error" in page.content.decode()


def test_lists_of_people_are_kept(as_user: SignIn, admin: User) -> None:
    client = as_user(admin)
    client.post(reverse("inbox:author_list_create"), {"name": "Press", "handles": "@kate\n\ntim"})
    row = AuthorList.objects.get(slug="press")
    assert row.handles == ["@kate", "tim"]
    address = reverse("inbox:author_list", args=[row.pk])
    client.post(address, {"name": "The press", "handles": "tim"})
    row.refresh_from_db()
    assert (row.name, row.slug, row.handles) == ("The press", "press", ["tim"])
    again = client.post(reverse("inbox:author_list_create"), {"name": row.name, "handles": "x"})
    assert "There is a list of this name already." in again.content.decode()
    client.post(reverse("inbox:author_list_delete", args=[row.pk]))
    assert not AuthorList.objects.filter(pk=row.pk).exists()


def test_a_lead_reads_the_list_and_changes_nothing(
    as_user: SignIn, lead: User, rules: list[Rule]
) -> None:
    client = as_user(lead)
    page = client.get(reverse("inbox:rules")).content.decode()
    assert "Lawyers" in page
    assert "Propose a rule" in page
    assert "Switch off" not in page
    for name in ("rule_move", "rule_switch", "rule_delete"):
        assert client.post(reverse(f"inbox:{name}", args=[rules[0].pk])).status_code == 403
    assert order() == ["Lawyers", "Jobs"]
